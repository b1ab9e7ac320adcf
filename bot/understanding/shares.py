"""The share of one: ``KV cache per user``, ``每个请求的 KV``, ``a token's KV``.

Of what is served at once one is asked about, however many are said beside it; a length that each
one has (``8k per user``, ``每个用户 8k``) asks nothing.
"""

from __future__ import annotations

from typing import Any

from bot.understanding.items import Item
from bot.understanding.lexicon import glue
from bot.understanding.reading import Reading

_EACH = frozenset(["per", "each", "every", "one", "single", "a", "a single", "each single", "1",
                   "/", "每", "单", "一", "每个", "单个", "一个", "每一个"])  # fmt: skip
_SERVED = frozenset(["user", "request", "sequence", "session", "person", "client", "customer",
                     "conversation", "chat", "stream", "query", "prompt", "seq", "req",
                     "用户", "请求", "会话", "对话", "人", "路", "序列", "并发", "客户",
                     "求"])  # fmt: skip
_TOKENS = frozenset(["token", "词元"])
_CLASSIFIERS = "个位名条"
_IDLE = frozenset(["个", "位", "名", "条", "一", "请", "single", "concurrent"])
_FOR = frozenset(["for", "in", "of", "with", "给"])
_LENGTHS = frozenset({"seq", "prompt_tokens", "new_tokens"})
_HOLDS = glue("before_value") | frozenset(["有", "长", "上下文", "context", "has", "gets", "with"])
_FOR = frozenset(["for", "of", "in", "to"])
_BATCHES = ("micro_batch", "global_batch", "batch_tokens")


def of_one_served(reading: Reading) -> bool:
    """Whether one user, request or sequence is asked about, not the length that each has."""
    return any(
        not _has_a_length(reading, start, end) for start, end in _ones(reading.items, _SERVED)
    )


def of_one_token(reading: Reading) -> bool:
    """Whether one token is asked about: ``per token``, ``a token's KV``."""
    return reading.says("each", "token") or bool(_ones(reading.items, _TOKENS))


def take_share(facts: dict[str, Any], reading: Reading) -> None:
    """Make ``facts`` of a question about a KV cache those of one token or of one sequence."""
    token = of_one_token(reading)
    if token or of_one_served(reading):
        for name in _BATCHES:
            facts.pop(name, None)
        if token:
            facts["per_token"] = True
            if not _asks_total(reading):
                facts.pop("seq", None)
                facts.pop("batch", None)
        elif "batch" in facts:
            facts["batch"] = 1


def _asks_total(reading: Reading) -> bool:
    """Whether a length is asked about too: ``per token? and 4k in all``."""
    if "seq" not in reading.facts:
        return False
    lengths = reading.slotted("seq")
    asked = [index for index, item in enumerate(reading.items) if item.word in ("?", "？")]
    afterwards = any(index < lengths[-1] for index in asked) if lengths else False
    return afterwards or reading.says("per", "total")


def _ones(items: list[Item], named: frozenset[str]) -> list[tuple[int, int]]:
    """Return where one of what is ``named`` stands, from its number word to its noun."""
    found = []
    for end, item in enumerate(items):
        word = item.word.lstrip(_CLASSIFIERS)
        if word[:1] in ("每", "单") and word.lstrip("每单一" + _CLASSIFIERS) in named:
            found.append((end, end))
        if word not in named:
            continue
        start = end - 1
        while start >= 0 and items[start].word in _IDLE and items[start].word not in _EACH:
            start -= 1
        if start >= 0 and items[start].word.rstrip(_CLASSIFIERS) in _EACH:
            found.append((start, end))
    return found


def _has_a_length(reading: Reading, start: int, end: int) -> bool:
    """Whether a length stands right before or behind: ``8k context per user``."""
    step = reading.skip(start - 1, -1, _FOR)
    before = reading.at(step)
    if before is not None and before.quantity is None and before.has("key"):
        step -= 1
    beside = (reading.at(step), reading.at(reading.skip(end + 1, 1, _HOLDS)))
    return any(
        item is not None and item.quantity is not None and not _LENGTHS.isdisjoint(item.slots)
        for item in beside
    )
