"""Numbers with their units, read from the atoms: ``7b``, ``80 GiB``, ``1536 tokens/s per GPU``."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace

from bot.understanding import numerals
from bot.understanding.atoms import Atom
from bot.understanding.data_units import BITRATES, FLOPS, read_unit
from bot.understanding.items import Quantity, QuantityKind
from bot.understanding.lexicon import Match, glue, units
from bot.understanding.number_words import LARGE, words_number

Found = tuple[Quantity, int]

_NOT_UNITS = glue("not_units")
_SCALES = {
    **dict.fromkeys(("k", "thousand", "千"), ("k", 1e3)),
    **dict.fromkeys(("m", "mn", "million", "millions", "mio"), ("m", 1e6)),
    **dict.fromkeys(("b", "bn", "billion", "billions", "bil"), ("b", 1e9)),
    **dict.fromkeys(("t", "trillion", "trillions", "tn"), ("t", 1e12)),
    "w": ("w", 1e4),
    "p": ("p", 1e15),
}
_PARAM_WORDS = {"param", "params", "parameter", "parameters", "parms"}
_COUNTED: dict[str, QuantityKind] = {
    "token": "tokens",
    "example": "examples",
    "step": "steps",
    "gpu": "gpus",
    "node": "nodes",
    "percent": "percent",
    "bit": "bits",
    "byte": "bytes",
}
# What a length in thousands of tokens may stand before: ``4k seqs``, ``64k conversations``.
_TEXTS = frozenset(
    [
        "seq",
        "seqs",
        "sequence",
        "sequences",
        "conversation",
        "conversations",
        "chat",
        "chats",
        "prompt",
        "prompts",
        "doc",
        "docs",
        "document",
        "documents",
        "session",
        "sessions",
        "request",
        "requests",
        "会",
        "对",
    ]
)
# Units that may be hyphened to their number: ``8-gpu``, ``200-step``.
_MEMORY_SIZES = frozenset([16, 24, 32, 40, 48, 64, 80, 94, 96, 141, 192])
_HYPHENED = frozenset({"gpu", "node", "step", "second", "bit"})
PER_TIME = frozenset(["/", "per", "a", "an", "each", "every", "每"])
SLOWER = ("minute", "hour")
SECONDS = {
    "second": 1.0,
    "millisecond": 1e-3,
    "minute": 60.0,
    "hour": 3600.0,
    "day": 86_400.0,
    "week": 604_800.0,
    "month": 2_592_000.0,
}


def read_number(atoms: Sequence[Atom], start: int) -> tuple[float, int, bool] | None:
    """Read a number: its value, its atoms, whether it is a Chinese numeral.

    Powers of ten are read; a tower of powers gives infinity.
    """
    atom = atoms[start]
    if atom.kind == "word":
        spoken = words_number(atoms, start)
        return None if spoken is None else (*spoken, False)
    if atom.kind != "number":
        found = numerals.numeral(atoms, start)
        return None if found is None else (found[0], found[1], True)
    value, index = atom.number, start + 1
    powers = 0
    while (width := _power(atoms, index)) and powers < 8:
        exponent = atoms[index + width].number
        huge = powers or exponent > 300 or exponent * math.log10(max(value, 1)) > 300
        value = float("inf") if huge else value**exponent
        index += width + 1
        powers += 1
    if index + 2 < len(atoms) and atoms[index].text in "x*" and atoms[index + 1].text == "10":
        width = _power(atoms, index + 2)
        if width:
            exponent = atoms[index + 2 + width].number
            value = value * 10**exponent if exponent < 300 else float("inf")
            index += width + 3
    scale, extra = numerals.multiplier(atoms, index)
    return value * scale, index + extra - start, bool(extra)


def _power(atoms: Sequence[Atom], index: int) -> int:
    """Length of a power sign (``^`` or ``**``) followed by a number, else 0."""
    texts = [atom.text for atom in atoms[index : index + 3]]
    if len(texts) > 1 and texts[0] == "^" and atoms[index + 1].kind == "number":
        return 1
    if len(texts) > 2 and texts[:2] == ["*", "*"] and atoms[index + 2].kind == "number":
        return 2
    return 0


def _tag(atoms: Sequence[Atom], index: int, slot: str) -> tuple[str, int] | None:
    """Return a unit or ``per`` phrase at ``index``: its value and where it ends."""
    match = units().longest(atoms, index)
    if match is None or _begins_name(atoms, match.end) or _begins_word(atoms, match):
        return None
    value = next((v for s, v in match.tags if s == slot), None)
    return None if value is None else (value, match.end)


def _begins_word(atoms: Sequence[Atom], match: Match) -> bool:
    """Whether a unit's character is the first of another word: the 分 of 分别 is no minute."""
    last, after = atoms[match.end - 1].text, atoms[match.end : match.end + 1]
    return bool(after) and last + after[0].text in _NOT_UNITS


def _begins_name(atoms: Sequence[Atom], index: int) -> bool:
    """Whether a unit's letters run on into a number: the ``h`` of ``8 H100`` is no hour."""
    if index >= len(atoms) or atoms[index].kind != "number" or atoms[index].gap:
        return False
    return atoms[index - 1].kind == "word"


def read_quantity(
    atoms: Sequence[Atom], start: int, text: str, *, expected: bool = False
) -> Found | None:
    """Read a number and its unit at ``start``; ``text`` is the normalised text with its case.

    Returns the quantity and the atom after it. A number in words without a unit is left alone
    unless it is a large one, or ``expected`` after a word such as ``length``.
    """
    read = read_number(atoms, start)
    if read is None:
        return None
    value, length, chinese = read
    base = Quantity("number", value, number=value, chinese=chinese)
    index = start + length
    found = _with_unit(atoms, index, text, base)
    if found is not None and found[0].kind in ("gpus", "nodes") and _in_a_name(atoms, start):
        return base, index
    if atoms[start].kind == "word":
        scaled = found is not None and (found[0].kind == "params" or bool(found[0].scale))
        single = value < 2 and not scaled
        if found is None and (expected or value > 10):
            return base, index
        return None if single and not expected else found
    if found is not None:
        return found
    if atoms[start].kind == "cjk" and value < 1e6:
        alone = expected or _stands_alone(atoms, start, index)
        return (base, index) if alone else None
    if chinese and value >= 1e6:
        return replace(base, kind="scaled", scale="亿"), index
    return base, index


def _in_a_name(atoms: Sequence[Atom], start: int) -> bool:
    """Whether a number is glued to letters before it: the ``700`` of ``QZ700 卡`` counts none.

    So it is where a hyphen stands between (``foo-9000 cards``) and the letters make a name.
    """
    if not start or atoms[start].gap or atoms[start].kind != "number":
        return False
    before = atoms[start - 1]
    if before.text == "-" and not before.gap and start > 1:
        if start > 2 and atoms[start - 2].kind == "number" and not atoms[start - 2].gap:
            # ``A100-80 box``: the memory in a card's name; ``A100-8卡`` counts cards.
            return atoms[start - 3].kind == "word" and atoms[start].number in _MEMORY_SIZES
        return atoms[start - 2].kind == "word" and len(atoms[start - 2].text) > 2
    if before.text == "x":
        standing = before.gap and start > 1 and atoms[start - 2].text in BEFORE_X
        return standing and len(atoms[start].text) > 3
    return before.kind == "word"


# What ``X9000`` stands after where it is a name: elsewhere an ``x`` before a number multiplies.
BEFORE_X = frozenset(["on", "the", "an", "our", "my", "this", "can", "用", "张"])


def bare_number(atoms: Sequence[Atom], start: int) -> Found | None:
    """Read only the number at ``start``, whatever unit follows it."""
    read = read_number(atoms, start)
    if read is None:
        return None
    value, length, chinese = read
    return Quantity("number", value, number=value, chinese=chinese), start + length


def _stands_alone(atoms: Sequence[Atom], start: int, index: int) -> bool:
    """Whether a Chinese numeral counts what follows it: a card's name, as in 四A100."""
    return (
        index < len(atoms)
        and atoms[index].kind in ("word", "number")
        and not (start and atoms[start - 1].kind == "cjk" and atoms[start - 1].text in "第同统")
    )


def _with_unit(atoms: Sequence[Atom], index: int, text: str, base: Quantity) -> Found | None:
    if index >= len(atoms):
        return None
    if atoms[index].text in "-_" and index + 1 < len(atoms) and not atoms[index].gap:
        hyphened = _tag(atoms, index + 1, "unit")
        unit = hyphened[0] in _HYPHENED if hyphened else atoms[index + 1].text in LARGE
        return _with_unit(atoms, index + 1, text, base) if unit and _glued(atoms, index) else None
    if atoms[index].text == "个" and index + 1 < len(atoms) and atoms[index + 1].text in "tb":
        index += 1
    if _begins_name(atoms, index + 1):
        return None
    atom = atoms[index]
    original = text[atom.start : atom.end]
    data = read_unit(atom.text, original) if atom.kind == "word" else None
    if data is not None:
        return _data(atoms, index + 1, base, *data)
    if atom.text in BITRATES:
        spelling, size = BITRATES[atom.text]
        return replace(base, kind="bandwidth", value=base.value * size, unit=spelling), index + 1
    if atom.text in FLOPS and base.value * FLOPS[atom.text] >= 1e8:
        return _flops(atoms, index + 1, base, FLOPS[atom.text])
    tenths = _tenths(atoms, index, base)
    if tenths is not None:
        return tenths
    if atom.text == "兆" and _chinese_params(atoms, index + 1):
        return replace(base, kind="params", value=base.value * 1e6, scale="m"), index + 3
    if atom.text == "p" and (atom.gap or base.value >= 720):
        return None
    if atom.text in _SCALES and (atom.kind == "cjk" or not _is_time(atoms, index)):
        return _scaled(atoms, index, base)
    return _counted(atoms, index, base)


def _tenths(atoms: Sequence[Atom], index: int, base: Quantity) -> Found | None:
    """Read ``四成`` (40 %) and ``四成五`` (45 %): tenths, said of a whole."""
    whole = (
        1 <= base.value <= 9 and base.value == int(base.value) and atoms[index - 1].kind == "cjk"
    )
    if atoms[index].text != "成" or not whole:
        return None
    share, end = base.value * 10, index + 1
    after = numerals.numeral(atoms, end) if end < len(atoms) else None
    if after is not None and after[1] == 1 and after[0] < 10:
        share, end = share + after[0], end + 1
    return replace(base, kind="percent", value=share, unit="percent"), end


def _glued(atoms: Sequence[Atom], index: int) -> bool:
    return not atoms[index + 1].gap


def _is_time(atoms: Sequence[Atom], index: int) -> bool:
    return atoms[index].text == "w" and atoms[index].gap


def _data(atoms: Sequence[Atom], index: int, base: Quantity, unit: str, size: float) -> Found:
    value = base.value * size
    per = _tag(atoms, index, "per")
    if per is not None and per[0] == "second":
        return replace(base, kind="bandwidth", value=value, unit=unit), per[1]
    return replace(base, kind="bytes", value=value, unit=unit), index


def _flops(atoms: Sequence[Atom], index: int, base: Quantity, size: float) -> Found:
    found = replace(base, kind="flops", value=base.value * size)
    per = _tag(atoms, index, "per")
    if per is not None and per[0] == "second":
        index = per[1]
    return _sharing(atoms, index, found)


def _scaled(atoms: Sequence[Atom], index: int, base: Quantity) -> Found:
    scale, size = _SCALES[atoms[index].text]
    found = replace(base, kind="scaled", value=base.value * size, scale=scale)
    index += 1
    if atoms[index - 1].text in LARGE and index < len(atoms) and atoms[index].text == "weights":
        return replace(found, kind="params"), index + 1
    if index < len(atoms) and atoms[index].text in ("flops", "flop"):
        return _flops(atoms, index + 1, base, size)
    return _counted(atoms, index, found) or (found, index)


def _counted(atoms: Sequence[Atom], index: int, base: Quantity) -> Found | None:
    """Read what is counted: parameters, tokens, examples, seconds, cards; then any rate."""
    if index >= len(atoms):
        return None
    if atoms[index].text in "-_" and index + 1 < len(atoms):
        index += 1
    skip = 1 if atoms[index].text in ("个", "of") and index + 1 < len(atoms) else 0
    counts = base.value == 0 or base.value >= 1e3
    if counts and atoms[index + skip].text in _PARAM_WORDS:
        return replace(base, kind="params"), index + skip + 1
    if counts and _chinese_params(atoms, index + skip):
        return replace(base, kind="params"), index + skip + 2
    tag = _tag(atoms, index, "unit")
    if tag is None or _is_length(atoms, index, tag[1], base):
        return None
    name, end = tag
    if name in SECONDS:
        return _time(atoms, end, replace(base, value=base.value * SECONDS[name], unit=name))
    kind = _COUNTED[name]
    if kind in ("gpus", "nodes", "percent", "bits") and base.kind == "scaled" and base.scale != "k":
        return None
    found = replace(base, kind=kind, unit=name)
    if kind in ("tokens", "examples", "steps"):
        return _rate(atoms, end, found)
    return found, end


def _chinese_params(atoms: Sequence[Atom], index: int) -> bool:
    return index + 1 < len(atoms) and atoms[index].text == "参" and atoms[index + 1].text in "数量"


def _time(atoms: Sequence[Atom], index: int, base: Quantity) -> Found:
    per = _tag(atoms, index, "per")
    if per is not None and per[0] == "step":
        return replace(base, kind="step_s"), per[1]
    return replace(base, kind="time"), index


def _is_length(atoms: Sequence[Atom], index: int, end: int, base: Quantity) -> bool:
    """Whether ``seq`` after a number is the length's name (``4k seq``, ``batch 8 seq 2048``)."""
    if base.scale == "k" and atoms[index].text in _TEXTS and _is_power_of_two(base.number):
        return True
    if atoms[index].text not in ("seq", "sequence"):
        return False
    follows = atoms[end] if end < len(atoms) else None
    named = follows is not None and (follows.kind == "number" or follows.text in "=:")
    named = named or (follows is not None and follows.text in ("len", "length"))
    return named or base.kind == "scaled" or base.value >= 256


def _is_power_of_two(number: float) -> bool:
    return number in (1, 2, 4, 8, 16, 32, 64, 128, 256, 512)


_RATES: dict[str, QuantityKind] = {
    "tokens": "tokens_per_s",
    "examples": "examples_per_s",
    "steps": "steps_per_s",
}


def _rate(atoms: Sequence[Atom], index: int, base: Quantity) -> Found:
    """Read ``/s``, ``per second``, ``per GPU`` after something counted, in any order."""
    found = base
    for _ in range(3):
        per = _tag(atoms, index, "per")
        slow = _per_longer(atoms, index) if found.kind in _RATES else None
        if slow is not None:
            found = replace(found, kind=_RATES[found.kind], value=found.value / slow[0])
            index = slow[1]
            continue
        if per is None:
            break
        if per[0] == "second" and found.kind in _RATES:
            found = replace(found, kind=_RATES[found.kind])
        elif per[0] in ("gpu", "total") and not found.per:
            found = replace(found, per=per[0])
        else:
            break
        index = per[1]
    return found, index


def _per_longer(atoms: Sequence[Atom], index: int) -> tuple[float, int] | None:
    """Read ``/min``, ``per hour``, ``每分钟`` after what is counted: its seconds, its end."""
    if index + 1 >= len(atoms) or atoms[index].text not in PER_TIME:
        return None
    unit = _tag(atoms, index + 1, "unit")
    return None if unit is None or unit[0] not in SLOWER else (SECONDS[unit[0]], unit[1])


def _sharing(atoms: Sequence[Atom], index: int, found: Quantity) -> Found:
    per = _tag(atoms, index, "per")
    if per is not None and per[0] in ("gpu", "total"):
        return replace(found, per=per[0]), per[1]
    return found, index
