"""A setting on and off: ``with and without checkpointing``, ``开不开重计算``."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from bot.understanding.conflicts import Conflict, conflicts
from bot.understanding.reading import Reading

_OTHER: Mapping[str, Mapping[str, str]] = {
    "checkpointing": {"full": "none", "selective": "none", "none": "full"},
    "offload": {"optimizer": "none", "parameters": "none", "none": "optimizer"},
    "attention": {"flash": "eager", "sdpa": "eager", "eager": "flash"},
}
_NAMES = {
    ("checkpointing", "none"): "no recompute",
    ("checkpointing", "full"): "full recompute",
    ("offload", "none"): "no offload",
    ("offload", "optimizer"): "optimizer offload",
}
_JOINT = "(?:and|or|vs|versus|/|,|和|跟|与|还是|或|或者|比|、)"
_BOTH_WAYS = (
    re.compile(rf"\bwith (?:\S+ ){{0,4}}?{_JOINT} (?:\S+ )?without\b"),
    re.compile(rf"\bwithout (?:\S+ ){{0,4}}?{_JOINT} with\b"),
    re.compile(rf"\bon {_JOINT} off\b"),
    re.compile(rf"[开用有加](?: \S+){{0,3}} (?:{_JOINT} )?(?:不开|不用|没有|不加|无|关|不)"),
)


def toggled(reading: Reading) -> Iterator[Conflict]:
    """Yield the one setting that is asked about both on and off, and is said once."""
    words = " ".join(item.word for item in reading.items)
    if not any(form.search(words) for form in _BOTH_WAYS):
        return
    fields = [field for field, other in _OTHER.items() if reading.facts.get(field) in other]
    if len(fields) != 1 or any(conflict.field == fields[0] for conflict in conflicts(reading)):
        return
    field = fields[0]
    value = str(reading.facts[field])
    values = (value, _OTHER[field][value])
    yield Conflict(field, values, tuple(_NAMES.get((field, v), v) for v in values), weighed=True)
