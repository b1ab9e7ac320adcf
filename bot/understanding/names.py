"""Names that no list knows, by their form: ``foo-9000``, ``X9000``, ``SuperGPT-3``.

They are found before numbers are given to the words beside them, so that the digits of a name are
never taken for a length, a batch or a number of cards.
"""

from __future__ import annotations

from bot.understanding.apart import continues_name
from bot.understanding.items import Item
from bot.understanding.lexicon import glue
from bot.understanding.quantities import BEFORE_X
from bot.understanding.reading import Name, Reading

# Software, places and other things that are numbered too; words that a count stands after.
_SOFTWARE = glue("software")
_NUMBERED = glue("numbered") | _SOFTWARE
_COUNTED = glue("counted")
_HYPHENS = frozenset(["-", "_"])
_SHORT = 2


def find_names(reading: Reading) -> None:
    """Record every name-like run of letters and digits, and set its parts aside.

    So are the numbers of software and other numbered things: they measure nothing.
    """
    end = 0
    for index in range(len(reading.items) - 1):
        if index < end or _version(reading, index):
            continue
        found = _name_at(reading, index)
        if found is not None:
            reading.names.append(found)
            end = found.end
            for item in reading.items[found.start : found.end]:
                item.slots.add("name")


def _version(reading: Reading, index: int) -> bool:
    """Set aside the number of ``CUDA 12.4``, ``vllm-0.6`` or ``team-42``."""
    word = reading.items[index].word
    if word not in _NUMBERED:
        return False
    place = reading.skip(index + 1, 1, _HYPHENS, 1)
    number = reading.at(place)
    if number is None or not number.is_kind("number") or number.used:
        return False
    glued = not number.gap and not reading.items[index + 1].gap
    if glued or (word in _SOFTWARE and "." in number.text):
        number.slots.add("name")
        return True
    return False


def is_word(item: Item | None, *, glued: bool = False) -> bool:
    """Whether an item is a word in Latin letters that no list knows."""
    if item is None or item.used or item.tags or item.quantity is not None:
        return False
    return item.word.isascii() and item.word.isalpha() and not (glued and item.gap)


def _name_at(reading: Reading, index: int) -> Name | None:
    word = reading.items[index]
    if not is_word(word) or word.word in _NUMBERED or continues_name(reading, index):
        return None
    before, after = reading.at(index - 1), reading.at(index + 1)
    lettered = word.word == "x" and word.gap and before is not None and before.word in BEFORE_X
    long = after is not None and len(after.text) > 3
    if word.word in _COUNTED and not (lettered and long):
        return None
    counts = before is not None and before.quantity is not None and before.text[-1:].isascii()
    if counts and not word.gap:
        return None
    end = index + 1
    while is_word(reading.at(end), glued=True) and end < index + 3:
        end += 1
    hyphen = reading.at(end)
    hyphened = hyphen is not None and hyphen.word in _HYPHENS and not hyphen.gap
    number = reading.at(end + 1 if hyphened else end)
    if number is None or number.gap or number.used or not number.is_kind("number"):
        return None
    if not number.text.isdigit() or (len(word.word) <= _SHORT and len(number.text) <= _SHORT):
        return None
    end += 2 if hyphened else 1
    if is_word(reading.at(end), glued=True):
        end += 1
    parts = reading.items[index:end]
    return Name("".join(part.text for part in parts), index, end)
