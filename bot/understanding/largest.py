"""The largest something: which batch, context, model or rank is asked for, if any."""

from __future__ import annotations

from bot.understanding.batches import batch_at_length
from bot.understanding.cues import Cues
from bot.understanding.lexicon import glue

_PRONOUNS = glue("pronouns")
_WHAT = frozenset(
    ["what", "which", "how long a", "how much", "多长的", "多长", "多大", "多大的", "多少"]
)


def _asks_how_long_a_sequence(cues: Cues) -> bool:
    """Whether it asks ``how long can sequences be``: a length, not a time."""
    long = any(item.word == "how long can" for item in cues.reading.items)
    return long and cues.open("seq", "sequences") and not cues.fact("seq")


def _biggest_for_us(cues: Cues) -> bool:
    """Whether ``the biggest I can do`` stands for the biggest model."""
    items = cues.reading.items
    return cues.trains and any(
        item.word in ("biggest", "largest") and items[index + 1].word in _PRONOUNS
        for index, item in enumerate(items[:-1])
    )


def _biggest_of_family(cues: Cues) -> bool:
    """Whether a family's name stands for any size of it: ``the biggest llama i can run``."""
    if not cues.fact("unsized") or cues.fact("params", "model"):
        return False
    items = cues.reading.items
    return any(
        item.has("ask", "max") and items[index + 1].has("family")
        for index, item in enumerate(items[:-1])
    )


def _names_how_large(cues: Cues) -> bool:
    """``能训多大的模型``: what can be done and how large stand in one phrase."""
    return any(
        "多大" in item.word
        and bool(set("能训跑装放") & set(item.word))
        and (item.has("mode") or item.has("topic", "vague_size"))
        for item in cues.reading.items
    )


def _limit_on_cards(cues: Cues) -> bool:
    """``context limit if llama-3-8b runs on a 3090``: what its card holds, not its config."""
    if not (cues.sized and cues.hardware_said) or cues.fact("seq"):
        return False
    return any(item.get("dimension") == "context" for item in cues.reading.items)


def _ends_in_open_batch(cues: Cues) -> bool:
    """Whether settings begin or end with what is asked: ``llama-2-7b, A100, 4k ctx: batch?``."""
    if not (cues.sized and cues.hardware and cues.question_mark):
        return False
    items = [item for item in cues.reading.items if item.word not in ("?", "size")]
    keys = ("batch", "micro_batch")
    return any(
        item.has("key", key) and not item.used for item in (*items[:1], *items[-1:]) for key in keys
    )


def largest_of(cues: Cues) -> str | None:
    """Which ``max_…`` is asked for, if any."""
    asked = cues.ask("max") or (cues.ask("how_much") and cues.ask("fit"))
    asked = asked or _names_how_large(cues) or _limit_on_cards(cues)
    what = cues.reading.says("ask", "how_much") and cues.open("batch", "micro_batch", "rank")
    what = what or (_asks_how_many(cues) and cues.hardware)
    what = what or (cues.topic("kv_cache") and _asks_how_many_tokens(cues))
    what = what or (cues.open("rank") and cues.ask("fit") and not cues.fact("lora_rank"))
    what = what or _ends_in_open_batch(cues) or (cues.sized and batch_at_length(cues.reading))
    if not (asked or what):
        return None
    if cues.open("rank") and not cues.fact("lora_rank") and cues.hardware:
        return "max_rank"
    if _asks_how_long_a_sequence(cues):
        return "max_context"
    if cues.open("batch", "micro_batch", "sequences", "global_batch") and not cues.fact(
        "batch", "micro_batch"
    ):
        return "max_batch"
    samples = any(
        item.has("unit", "example") and not item.has("key") for item in cues.reading.items
    )
    if samples and cues.sized and cues.hardware and not cues.fact("batch", "examples_per_s"):
        return "max_batch"
    if _limit_on_cards(cues):
        return "max_context"
    if (cues.open("seq") or cues.open("prompt_tokens")) and not cues.fact("seq"):
        asked = cues.ask("max") or _asks_how_many_tokens(cues) or _asks_what_length(cues)
        return "max_context" if asked else None
    if _asks_longest(cues) or _asks_how_many_tokens(cues):
        return "max_context"
    usable = any(set("能跑训") & set(item.word) for item in cues.reading.items)
    usable = (
        usable
        or bool(cues.reading.cards)
        or (cues.question_mark and not cues.yes_or_no and cues.fact("gpu_memory_bytes"))
        or cues.reading.says("mode")
        or cues.ask("fit")
        or cues.reading.says("method")
    )
    asked_model = cues.topic("model_object", "vague_size") or cues.open("params")
    asked_model = asked_model or _biggest_for_us(cues)
    if not cues.sized and usable and asked_model and not cues.topic("file"):
        return "max_params"
    if usable and _biggest_of_family(cues):
        return "max_params"
    return None


def _asks_how_many(cues: Cues) -> bool:
    """Whether a number of requests is asked: ``how many 4k requests``, ``多少路``."""
    for index, item in enumerate(cues.reading.items):
        if item.word in ("how many", "多少", "几", "多少个", "几个"):
            for place in (index + 1, index + 2):
                follower = cues.reading.at(place)
                if follower is not None and follower.has("key", "sequences"):
                    return not follower.used
    return False


def _asks_longest(cues: Cues) -> bool:
    """Whether the longest text is asked in tokens: ``最长能塞多少 token``."""
    counted = cues.reading.says("unit", "token") or cues.reading.says("key", "tokens")
    longest = any(item.word in ("最长", "longest") for item in cues.reading.items)
    return counted and longest and cues.sized and not cues.fact("seq")


def _asks_what_length(cues: Cues) -> bool:
    """Whether a length that fits is asked: ``what ctx length fits``, ``能开多长的上下文``."""
    if not (cues.sized and cues.hardware and cues.ask("fit")):
        return False
    for key, index in cues.reading.open_keys:
        before = cues.reading.at(index - 1)
        if key == "seq" and before is not None and before.word in _WHAT:
            return True
    return False


def _asks_how_many_tokens(cues: Cues) -> bool:
    """``how many tokens can I fit``, ``能塞多少 token``: the longest text, not a rate."""
    cached = cues.topic("kv_cache")
    if not (cues.sized and cues.hardware and (cues.ask("fit") or cues.ask("max") or cached)):
        return False
    if cues.fact("seq", "total_tokens") or cues.reading.says("per", "second") or cues.rated:
        return False
    items = cues.reading.items
    return any(
        item.has("unit", "token")
        and items[index - 1].word in ("how many", "多少", "几个", "多少个")
        for index, item in enumerate(items)
        if index
    )
