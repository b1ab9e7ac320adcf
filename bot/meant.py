"""Whether a message that nobody addressed to the bot is a follow-up of its answer, or talk.

The bot rather says nothing than answers people who talk to each other: only a message that changes
one thing of what the thread has said, and that has no word besides, is a follow-up.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Any

from bot.understanding import understand
from bot.understanding.understood import Problem, Understood

MOST_CHARACTERS = 60
_WORD = re.compile(r"[a-z0-9_']+|[\u3400-\u9fff]+")
_MARKUP = re.compile(r"[`<>@#\n]|://")
# What counts as one thing: all that is changed has to lie within one of these.
_ONE_THING = (
    frozenset({"gpu", "gpus", "gpu_count", "gpu_memory_bytes", "nodes"}),
    frozenset({"model", "params"}),
    frozenset({"dtype", "weight_dtype", "kv_dtype", "precision", "method"}),
    frozenset({"method", "lora_rank", "lora"}),
    frozenset({"batch", "micro_batch", "global_batch", "batch_tokens"}),
    frozenset({"zero_stage", "sharding"}),
    frozenset({"mode", "headroom"}),
)


def is_meant(text: str, state: Mapping[str, Any] | None, *, others_talk: bool = False) -> bool:
    """Return whether ``text`` is a follow-up of a conversation in ``state``, without a mention.

    ``others_talk``: the last message before it was one between people. Then a value alone
    (``int8``) may be an answer to them, and only one that asks is taken (``int8?``).
    """
    if state is None or not state.get("calculator") or not may_be_meant(text):
        return False
    understood = understand(text, state)
    if not _changes_one_thing(understood) or _speaks_of_data(understood):
        return False
    if not _nothing_besides(understood):
        return False
    return not others_talk or _asks(understood.text.lower())


def may_be_meant(text: str) -> bool:
    """Return whether a message is short and plain enough to be looked at: costs next to nothing.

    What ends in a full stop or an exclamation mark is stated, to people.
    """
    said = text.strip()
    return (
        0 < len(said) <= MOST_CHARACTERS
        and said[-1] not in ".!。！…~"
        and _MARKUP.search(said) is None
    )


def _changes_one_thing(understood: Understood) -> bool:
    changed = set(understood.changed)
    return bool(
        understood.follow_up
        and understood.special is None
        and understood.calculator is not None
        and changed
        and not understood.ignored
        and all(_lacks_one_word(problem) for problem in understood.problems)
        and (len(changed) == 1 or any(changed <= group for group in _ONE_THING))
    )


def _lacks_one_word(problem: Problem) -> bool:
    """Return whether what is asked back was meant all the same; ``两张卡坏了一张`` is told."""
    told = problem.field == "change" and not problem.choices
    return problem.code == "ambiguous" and not told


def _speaks_of_data(understood: Understood) -> bool:
    """Return whether samples are counted as data (``五十条数据``): mostly a data set, no batch."""
    return any(span.slot == "batch" and "数据" in span.text for span in understood.spans)


def _nothing_besides(understood: Understood) -> bool:
    """Return whether all words are values or words that lead to a value."""
    text = understood.text.lower()
    for span in understood.spans:
        text = text[: span.start] + "\x00" * (span.end - span.start) + text[span.end :]
    frame = _frame(asking=_asks(text))
    pieces = re.split("[\x00,，.。:：=×]+", text)
    return all(_cut(" ".join(_WORD.findall(piece)), frame) for piece in pieces)


def _cut(rest: str, frame: tuple[str, ...]) -> bool:
    """Return whether the frame's words, one after the other, make up all of ``rest``."""
    rest = rest.strip()
    if not rest:
        return True
    for word in frame:
        if rest.startswith(word):
            after = rest[len(word) :]
            whole = not word.isascii() or not after or not after[0].isalnum()
            if whole and _cut(after, frame):
                return True
    return False


def _asks(text: str) -> bool:
    return any(word in text for word in _words()["asking"])


@cache
def _words() -> dict[str, list[str]]:
    return tomllib.loads((files("bot") / "meant.toml").read_text(encoding="utf-8"))


@cache
def _frame(*, asking: bool) -> tuple[str, ...]:
    """Return the words that may stand beside a value, longest first."""
    words = _words()
    more = words["frame_asking"] if asking else []
    return tuple(sorted({*words["frame_en"], *words["frame_zh"], *more}, key=len, reverse=True))
