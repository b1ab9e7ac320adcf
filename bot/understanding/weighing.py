"""What becomes of two values of one setting: both calculated, or a question back."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from bot.understanding.assemble import request_of
from bot.understanding.conflicts import Conflict, conflicts
from bot.understanding.items import Item
from bot.understanding.lists import rows
from bot.understanding.reading import Reading
from bot.understanding.saving import instead
from bot.understanding.sets import other_sets
from bot.understanding.toggles import toggled
from bot.understanding.understood import Compared, Problem

# Calculators that settings of a model mean nothing to.
_WITHOUT_SETTINGS = frozenset({"dtype_bits", "gpu_info", "compare_gpu", "convert", "cuda_overhead"})
_SAID_AS = {
    "batch": "batch {}",
    "micro_batch": "{} per GPU",
    "global_batch": "global batch {}",
    "seq": "seq {}",
    "lora_rank": "rank {}",
    "tp": "TP {}",
    "pp": "PP {}",
    "dp": "DP {}",
    "utilization_percent": "{} MFU",
}
_CHOOSING = frozenset(
    ["or", "还是", "或", "或者", "/", "which", "哪个", "or just", "either", "than"]
)
_SHARING = frozenset(["share", "sharing", "shared", "simultaneously", "together", "colocate"])
_SHARING_ZH = ("同时", "一起", "共用", "共享", "混部", "同一张", "合起来", "加起来", "一块跑")
_EACH = frozenset(["each", "for each", "each of", "for each of", "every", "table", "tabulate"])
_EACH_ZH = ("列表", "表格", "列个表", "依次", "各自")
_MOST_COMPARED = 6


def contradictions(calculator: str | None, reading: Reading) -> Iterator[Problem]:
    """Yield the question back for each setting with two values that are not weighed."""
    if calculator is None or calculator in _WITHOUT_SETTINGS:
        return
    for conflict in conflicts(reading):
        if conflict.weighed:
            continue
        form = _SAID_AS.get(conflict.field, "{}")
        choices = tuple(form.format(text) for text in conflict.texts)
        yield Problem("contradiction", " / ".join(conflict.texts), choices, conflict.field)


def compared(
    calculator: str | None, facts: Mapping[str, Any], reading: Reading, *, trains: bool
) -> tuple[Compared, ...]:
    """Return the other values of the settings that the message weighs, with their requests."""
    if calculator is None or calculator in _WITHOUT_SETTINGS:
        return ()
    found = []
    sizes = _sizes(reading) if _compares(reading) else ()
    weighed = [conflict for conflict in conflicts(reading) if conflict.weighed]
    saved = tuple(instead(reading))
    settled = request_of(calculator, facts, trains=trains)
    for conflict in (*sizes, *weighed, *saved, *(() if saved else toggled(reading))):
        form = _SAID_AS.get(conflict.field, "{}")
        for value, text in zip(conflict.values, conflict.texts, strict=True):
            if value == facts.get(conflict.field):
                continue
            other = {**facts, conflict.field: value}
            if conflict.field in ("model", "params"):
                other.pop("params" if conflict.field == "model" else "model", None)
            request = request_of(calculator, other, trains=trains)
            if request != settled:
                found.append(Compared(conflict.field, form.format(text), request))
    for text, other in other_sets(reading, facts):
        request = request_of(calculator, other, trains=trains)
        found.append(Compared("gpu", text, request))
    return tuple(found[:_MOST_COMPARED])


def weighed_sizes(reading: Reading) -> bool:
    """Whether two models or sizes are weighed, so that neither has to be chosen."""
    return _compares(reading) and any(True for _ in _sizes(reading))


def _compares(reading: Reading) -> bool:
    """Whether sizes are compared; ``7B or 13B`` alone leaves open which one is meant.

    Three in a row are a list of which each is asked. Models that share a card are none of these.
    """
    words = {item.word for item in reading.items}
    text = "".join(item.word for item in reading.items)
    if words & _SHARING or any(word in text for word in _SHARING_ZH):
        return False
    places = reading.tagged("weighing")
    if any(reading.items[place].word not in _CHOOSING for place in places):
        return True
    each = bool(words & _EACH) or any(word in text for word in _EACH_ZH)
    return each or _three_in_a_row(reading)


def _three_in_a_row(reading: Reading) -> bool:
    """Whether three models, or three bare sizes, are listed."""

    def sized(item: Item) -> bool:
        scale = item.quantity.scale if item.quantity is not None else ""
        return item.is_kind("params") or (item.is_kind("scaled") and scale in ("b", "亿"))

    lists = [rows(reading.items, lambda item: item.has("model")), rows(reading.items, sized)]
    found = [row for several in lists for row in several]
    return any(len({reading.items[place].word for place in row}) > 2 for row in found)


def _sizes(reading: Reading) -> Iterator[Conflict]:
    for field in ("model", "params"):
        said = dict(reading.said_values.get(field, ()))
        if len(said) > 1:
            yield Conflict(field, tuple(said), tuple(said.values()))
            return
