"""Follow-ups: a message that changes something of what was said before."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from bot.understanding.changing import is_changed
from bot.understanding.cues import Cues
from bot.understanding.intent import Intent
from bot.understanding.serving import asks_speed
from bot.understanding.understood import Problem
from bot.understanding.vocabulary import cards, choose_card, families_of, model_of

Context = Mapping[str, Any]

_MODE_CALCULATORS = {"training": "train", "inference": "infer"}
_ONLY_TRAINING = ("optimizer", "method", "lora_rank", "zero_stage", "sharding", "checkpointing",
                  "grad_accumulation", "global_batch", "headroom", "shard_group",
                  "precision")  # fmt: skip
_GENERAL = frozenset({"training", "inference", "fit", "gpu_info"})
_ALONE = frozenset({"gpu_info", "compare_gpu", "convert", "dtype_bits", "cuda_overhead",
                    "model_info"})  # fmt: skip
# What a share of the peak is a setting of.
_AT_A_SHARE = frozenset({"training_time", "throughput", "min_gpus"})
# What a KV cache is a part of: its format alone changes these.
_WITH_A_CACHE = frozenset({"inference", "fit", "min_gpus", "max_batch", "max_context", "latency",
                           "max_params", "plan"})  # fmt: skip
# What was measured of one model on one kind of card, and holds for no other; TFLOPS over a peak are
# a sum for any card.
_MEASURED = ("tokens_per_s_gpu", "tokens_per_s", "examples_per_s", "steps_per_s", "step_s")
_FEW_WORDS = 5
_LONGEST_REPLY = 12
_LONGEST_AGAIN = 7
_A_UNIT = 2
_AGREEING = frozenset(["ok", "okay", "好", "好的", "行", "那", "嗯"])
_STRANGE_IN_A_REPLY = 6
_DERIVED = ("sizes", "formats")


def is_follow_up(cues: Cues, intent: Intent, context: Context | None) -> bool:
    """Whether the message leans on what was said before.

    ``intent`` is that of the message read with the conversation behind it. Nearly every word has
    to be one of the field or of no meaning: what else people say in a thread stands alone.
    """
    if not context or not context.get("inputs"):
        return False
    said = _said(cues)
    strong = cues.reading.says("follow", "strong") or cues.reading.says("correction")
    if not (said or cues.reading.says("mode") or _asks_in_the_field(cues)):
        return False
    if cues.topic("generic"):
        return False
    if said and context.get("asked_back") and _replies(cues):
        return True
    led = bool(said) and cues.reading.items[0].has("follow") and cues.words <= _FEW_WORDS
    changed = is_changed(cues.reading)
    if cues.strange > (4 if changed else 2 if strong or led else 0):
        return False
    if cues.knowledge("remedy") and not cues.knowledge("advice", "why") and cues.words <= 6:
        return True
    if cues.knowledge("why", "how_see", "what_is", "advice", "remedy"):
        return False
    if strong or led or changed:
        return True
    if intent.calculator in _ALONE and (intent.confidence >= 0.8 or not said):
        return False
    if cues.own_sized:
        return not _explicit(cues) and cues.words <= 3 and len(said) <= 2
    return cues.terse or cues.asks or cues.words <= _FEW_WORDS


def _replies(cues: Cues) -> bool:
    """Whether it can be the answer to a question back: ``I've got four A100s in the lab``."""
    if cues.knowledge("why", "how_see", "what_is", "advice", "remedy") or cues.question_mark:
        return False
    whole = cues.own_sized and (cues.hardware_said or _explicit(cues))
    return not whole and cues.strange <= _STRANGE_IN_A_REPLY and cues.words <= _LONGEST_REPLY


def _asks_in_the_field(cues: Cues) -> bool:
    """Whether something of the field is asked with no new value: ``够吗``, ``how many cards?``."""
    if cues.knowledge("remedy"):
        return cues.words <= 6
    if asks_speed(cues) or _asks_again(cues) or cues.within_said or cues.fact("per_token"):
        return True
    if not cues.asks or not (cues.question_mark or cues.words <= 6):
        return False
    if cues.ask("count", "time") or cues.reading.open_keys:
        return True
    if cues.memory_asked or cues.topic("kv_cache", "activation", "optimizer", "gradient"):
        return True
    return cues.question_mark and cues.ask("fit") and cues.words <= 3


def _asks_again(cues: Cues) -> bool:
    """Whether the figure before is asked in a unit: ``how much is that in GiB?``."""
    short = cues.unit_asked and cues.words <= _LONGEST_AGAIN and not _said(cues)
    asked = cues.ask("how_much", "convert") or cues.words <= _A_UNIT
    return short and not cues.memory_asked and asked


def _explicit(cues: Cues) -> bool:
    """Whether the message asks in words of its own."""
    fits = cues.reading.tagged("ask", "fit")
    agreed = fits == [0] and cues.reading.items[0].word in _AGREEING
    if cues.ask("fit") and not agreed:
        return True
    return cues.ask("count", "time", "max") or _amount_asked(cues) or cues.memory_asked


def _amount_asked(cues: Cues) -> bool:
    """Whether an amount is asked for; the word of ``要多少`` is none in ``不要重计算``."""
    asking = cues.reading.tagged("ask", "how_much")
    before = [cues.reading.at(place - 1) for place in asking]
    return any(item is None or item.word not in ("不", "别") for item in before)


def _said(cues: Cues) -> dict[str, Any]:
    return {k: v for k, v in cues.reading.facts.items() if k not in _DERIVED}


def merge(
    facts: dict[str, Any], context: Context, *, corrects: bool = False
) -> tuple[dict[str, Any], tuple[str, ...]]:
    """Lay what is said now over what was said before; return the whole and what changed.

    ``corrects`` says that a slip is put right, so that what was measured still holds.
    """
    before = dict(context.get("inputs", {}))
    merged = dict(before)
    new = dict(facts)
    _swapped_size(new, before)
    _same_family(new, before)
    _replace_groups(merged, new)
    if not corrects and _another_run(new, before):
        for name in _MEASURED:
            merged.pop(name, None)
    merged.update(new)
    if "nodes" in new and "gpu_count" not in new and _divides(before):
        merged["gpu_count"] = before["gpu_count"] // before["nodes"] * new["nodes"]
    if new.get("mode") == "infer":
        for name in _ONLY_TRAINING:
            if name not in new:
                merged.pop(name, None)
    changed = tuple(
        name for name in merged if merged.get(name) != before.get(name) and name not in _DERIVED
    )
    return merged, changed


def _another_run(new: Mapping[str, Any], before: Mapping[str, Any]) -> bool:
    """Whether another size or card is asked about than was measured: ``13B 呢`` after 7B."""
    sized = "params" in new and before.get("params") not in (None, new["params"])
    cards_said = str(new.get("gpu", "")).lower(), str(before.get("gpu", "")).lower()
    swapped = all(cards_said) and not any(
        one.startswith(other) for one, other in (cards_said, cards_said[::-1])
    )
    return sized or swapped


def _divides(before: Mapping[str, Any]) -> bool:
    """Whether the conversation says how many cards each machine has."""
    count, nodes = before.get("gpu_count"), before.get("nodes")
    return bool(count and nodes and count % nodes == 0)


def cards_unclear(new: Mapping[str, Any], context: Context) -> Problem | None:
    """Return the question back for ``2 nodes?`` after 8 cards: 8 in each, or 8 over both."""
    before = context.get("inputs") or {}
    nodes, count = new.get("nodes"), before.get("gpu_count")
    if not nodes or "gpu_count" in new or not count or before.get("nodes") or nodes < 2:
        return None
    splits = [count // nodes, count] if count % nodes == 0 and count > nodes else [count]
    choices = tuple(f"{nodes} nodes of {split} GPUs" for split in splits)
    return Problem("ambiguous", f"{nodes} nodes", choices, "gpu_count")


def _swapped_size(new: dict[str, Any], before: Mapping[str, Any]) -> None:
    """``65B 换成 33B`` names the old size and the new one: the new one counts."""
    sizes = new.pop("sizes", None)
    if sizes and sizes[0] == before.get("params"):
        new["params"] = sizes[-1]


def _same_family(new: dict[str, Any], before: Mapping[str, Any]) -> None:
    """``那 13B 呢`` after LLaMA 7B means LLaMA 13B."""
    if "params" not in new or "model" in new or "model" not in before:
        return
    for family in families_of(str(before["model"])):
        name = model_of(family, new["params"])
        if name is not None:
            new["model"] = name
            return


def _replace_groups(merged: dict[str, Any], new: Mapping[str, Any]) -> None:
    """Drop what a new value makes stale: a model's size, a card's memory, another batch."""
    if "model" in new or "params" in new:
        merged.pop("model", None)
        merged.pop("params", None)
        merged.pop("size_of", None)
    if "gpu" not in new and _has_variant(merged.get("gpu"), new.get("gpu_memory_bytes")):
        new = {**new, "gpu": merged["gpu"]}
    if "gpu" in new or "gpu_memory_bytes" in new:
        kept = merged.get("gpu") if new.get("gpu") == merged.get("gpu") else None
        merged.pop("gpu_memory_bytes", None)
        merged.pop("gpu", None)
        if kept is not None:
            merged["gpu"] = kept
    if "gpu_count" in new:
        merged.pop("nodes", None)
    batches = ("batch", "micro_batch", "global_batch", "batch_tokens")
    if any(name in new for name in batches):
        for name in batches:
            merged.pop(name, None)
    if new.get("per_token"):
        for name in ("seq", *batches):
            merged.pop(name, None)
    if new.get("method") == "full":
        merged.pop("lora_rank", None)
    if "sharding" in new:
        merged.pop("zero_stage", None)


def _has_variant(gpu: object, memory_bytes: object) -> bool:
    """Whether the card of the conversation is made with this memory: ``the 40GB ones``."""
    if not isinstance(gpu, str) or not isinstance(memory_bytes, int | float):
        return False
    card = cards().get(gpu)
    return choose_card(card.family if card else gpu, memory_bytes / 1e9, None) is not None


def carried_calculator(
    cues: Cues, intent: Intent, facts: Mapping[str, Any], context: Context
) -> str | None:
    """Return a follow-up's calculator: its own where it asks for one, else the one before."""
    before = context.get("calculator")
    own = intent.calculator
    calculator = own
    rated = before in _AT_A_SHARE and "utilization_percent" in cues.reading.facts
    rated = rated and not (cues.rated or cues.fact("tflops_gpu"))
    if (
        own == "kv_cache"
        and before in _WITH_A_CACHE
        and _said(cues).keys() <= {"kv_dtype", "dtype"}
    ):
        own = own if cues.ask("how_much") else None
        calculator = own
    same = not _explicit(cues) or _asks_again(cues) or is_changed(cues.reading)
    general = own in _GENERAL and same
    if before and (own is None or rated or general):
        calculator = before
    if calculator in _MODE_CALCULATORS and facts.get("mode") is not None:
        return {"train": "training", "infer": "inference"}[str(facts["mode"])]
    return None if calculator is None else str(calculator)
