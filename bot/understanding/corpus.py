"""How many tokens a run trains on: examples times their length, and all of it times the epochs.

``5万条数据，每条 1k token，训 2 个 epoch`` and ``50k samples of 2k tokens, 3 epochs``.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from bot.understanding.accepted import tokens_of
from bot.understanding.items import Item
from bot.understanding.numerals import numeral_of
from bot.understanding.reading import Reading

_EPOCHS = frozenset(["epoch", "epochs", "轮", "遍", "ep", "eps", "轮次", "轮训练"])
_BETWEEN = frozenset(["个", "x", "*", "full", "whole"])
_BEFORE = frozenset(["=", ":", "是", "为", "设", "num"])
_OF_DATA = (
    "数据",
    "语料",
    "样本",
    "samples",
    "examples",
    "dataset",
    "docs",
    "documents",
    "conversations",
)
_LEAST = 1_000
_TOKENS_OF_RUN = 1e11
_MANY_TOKENS = 2e7
_LONGEST = 1_100_000
_MOST_EPOCHS = 1_000


def bind_run_tokens(reading: Reading) -> None:
    """``7B 训 2 万亿多久``: hundreds of billions beside a size and a time asked are tokens."""
    sizes = [item for _, item in reading.free("scaled") if item.quantity]
    large = [i for i in sizes if i.quantity and i.quantity.scale == "亿" and _huge(i)]
    others = [i for i in sizes if i not in large and i.quantity and i.quantity.scale in "b亿"]
    named = bool(others) or bool(reading.tagged("model"))
    if len(large) == 1 and named and reading.says("ask", "time"):
        reading.take(large[0], "total_tokens", large[0].quantity and large[0].quantity.value)


def _huge(item: Item) -> bool:
    return item.quantity is not None and item.quantity.value >= _TOKENS_OF_RUN


def bind_corpus(reading: Reading) -> None:
    """Set the tokens of a run from its data; what is data is no batch."""
    flagged = reading.facts.pop("epochs", None)
    epochs = flagged or _epochs(reading)
    data = _examples(reading)
    tokens = reading.facts.get("total_tokens") or _told(reading)
    if tokens is None and data is not None:
        length = _length(reading)
        assert data.quantity is not None
        tokens = None if length is None else data.quantity.value * length
    if tokens is None or not epochs:
        if tokens is not None:
            reading.facts["total_tokens"] = tokens
        if flagged:
            reading.unplaced.append("num_train_epochs")
        elif epochs:
            reading.facts["epochs"] = epochs
        return
    reading.facts["epochs"] = epochs
    reading.facts["total_tokens"] = tokens * epochs


def bind_more_epochs(reading: Reading, context: Mapping[str, Any]) -> None:
    """``那 5 个 epoch 呢``: the data of the conversation, read another number of times."""
    said = context.get("inputs") or {}
    tokens, epochs = said.get("total_tokens"), reading.facts.get("epochs")
    if tokens and epochs and "total_tokens" not in reading.facts:
        reading.facts["total_tokens"] = tokens / (said.get("epochs") or 1) * epochs


def _epochs(reading: Reading) -> float | None:
    for index, item in enumerate(reading.items):
        if item.word not in _EPOCHS or item.quantity is not None:
            continue
        before = reading.at(reading.skip(index - 1, -1, _BETWEEN))
        after = reading.at(reading.skip(index + 1, 1, _BEFORE))
        for number in (before, after):
            value = _whole(number)
            if value is not None and number is not None:
                number.slots.add("epochs")
                item.slots.add("epochs")
                return value
    return None


def _whole(item: Item | None) -> float | None:
    """Return a number of epochs, in digits or as one Chinese character."""
    if item is None or item.used:
        return None
    if item.is_kind("number") and item.quantity is not None:
        value = item.quantity.value
        return value if 0 < value <= _MOST_EPOCHS and value == int(value) else None
    spelled = item.get("numword")
    return float(spelled) if spelled is not None else numeral_of(item.word)


def _examples(reading: Reading) -> Item | None:
    """Return the number of examples of the data: far more than a batch, or called data."""
    for index, item in reading.free("examples"):
        assert item.quantity is not None
        after = reading.at(index + 1)
        called = any(word in item.word for word in _OF_DATA)
        called = called or (after is not None and after.word in _OF_DATA)
        if item.quantity.value >= _LEAST and (called or item.quantity.value >= 10 * _LEAST):
            item.slots.add("total_tokens")
            return item
    return None


def _length(reading: Reading) -> float | None:
    """Return the tokens of one example: a length that is said, or that stands by itself."""
    said = reading.facts.get("seq")
    if said is not None:
        return float(said)
    for _, item in reading.free("tokens", "scaled"):
        assert item.quantity is not None
        short = item.is_kind("tokens") or item.quantity.scale == "k"
        if short and item.quantity.value < _LONGEST:
            length = tokens_of(item.quantity)
            reading.take(item, "seq", int(length))
            return length
    return None


def _told(reading: Reading) -> float | None:
    """Return tokens in all that nothing has taken yet: ``10亿 token``."""
    for index, item in reading.free("tokens"):
        assert item.quantity is not None
        before = reading.at(index - 1)
        total = before is not None and before.has("per", "total")
        value = item.quantity.value
        if (value >= _MANY_TOKENS or _of_a_run(reading, value)) and not total:
            item.slots.add("total_tokens")
            return value
    return None


def _of_a_run(reading: Reading, tokens: float) -> bool:
    """Whether more tokens than a context holds are trained on: ``finetune on 10M tokens``."""
    spoken = reading.says("mode", "train") or not _EPOCHS.isdisjoint(reading.words)
    return tokens > _LONGEST and spoken and reading.says("ask", "time")
