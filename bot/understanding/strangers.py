"""Names that look like a card's or a model's, and that no record has: named, not guessed."""

from __future__ import annotations

from bot.understanding.items import Item
from bot.understanding.lexicon import glue
from bot.understanding.reading import Reading
from bot.understanding.vocabulary import nearest_cards, nearest_models

_CARD_NOUNS = glue("card_nouns")
_VERSIONS = glue("versions")
_UNNAMED = glue("unnamed_models")
_BEFORE_NOUN = frozenset(["这个", "这种", "这张", "这块", "这", "个", "张", "块", "的", "(", "型"])
_MODEL_NOUNS = frozenset(["大模型", "模型"])
_LONGEST_NAME = 6


def find_strangers(reading: Reading) -> None:
    """Record an unknown card or model, where its form or the noun beside it says what it is."""
    if not reading.cards and "unknown_card" not in reading.facts:
        _card(reading)
    if not {"model", "params", "unsized", "sizes"} & reading.facts.keys():
        _versioned(reading)
        _before_noun(reading)


def _is_word(item: Item | None, *, glued: bool = False) -> bool:
    """Whether an item is a word in Latin letters that no list knows."""
    if item is None or item.used or item.tags or item.quantity is not None:
        return False
    return item.word.isascii() and item.word.isalpha() and not (glued and item.gap)


def _card(reading: Reading) -> None:
    """``Z100X 这个 card``, ``the Q9000 GPU``: letters and digits in one, then the noun."""
    for index, item in enumerate(reading.items[:-1]):
        number = reading.items[index + 1]
        digits = number.is_kind("number") and not number.used and not number.gap
        if not (_is_word(item) and digits and number.text.isdigit() and len(item.word) <= 4):
            continue
        end = index + 2
        if _is_word(reading.at(end), glued=True):
            end += 1
        nouns = (reading.at(reading.skip(end, 1, _BEFORE_NOUN)), reading.at(index - 1))
        if not any(noun is not None and noun.word in _CARD_NOUNS for noun in nouns):
            continue
        name = "".join(part.text for part in reading.items[index:end])
        for part in reading.items[index:end]:
            part.slots.add("gpu")
        reading.facts["unknown_card"] = name
        reading.problem("unknown_gpu", name, nearest_cards(name), "gpu")
        return


def _versioned(reading: Reading) -> None:
    """``quixotl-ultra``: an unknown word hyphened to a word that versions are called by."""
    for index, item in enumerate(reading.items[:-2]):
        hyphen, version = reading.items[index + 1], reading.items[index + 2]
        joined = hyphen.word in ("-", "_") and not hyphen.gap and not version.gap
        if joined and _is_word(item) and len(item.word) > 2 and version.word in _VERSIONS:
            _unknown_model(reading, f"{item.text}{hyphen.text}{version.text}", [item, version])
            return


def _before_noun(reading: Reading) -> None:
    """``巴啦啦大模型 max 版``: characters of no list before the noun, a version after it."""
    for index, noun in enumerate(reading.items[1:], start=1):
        after = reading.at(index + 1)
        versioned = after is not None and (after.word in _VERSIONS or after.is_kind("number"))
        if noun.word not in _MODEL_NOUNS or not versioned:
            continue
        start = index
        while start > max(0, index - _LONGEST_NAME) and _unnamed(reading.items[start - 1]):
            start -= 1
        name = "".join(part.text for part in reading.items[start : index + 1])
        if index - start < 2 or any(word in name for word in _UNNAMED):
            continue
        assert after is not None
        named = f"{name} {after.text}" if after.word.isascii() else name + after.text
        _unknown_model(reading, named, reading.items[start : index + 2])
        return


def _unnamed(item: Item) -> bool:
    return not (item.used or item.tags or item.quantity is not None) and item.word.isalpha()


def _unknown_model(reading: Reading, name: str, parts: list[Item]) -> None:
    for part in parts:
        part.slots.add("model")
    reading.facts["unsized"] = name
    reading.problem("unknown_model", name, nearest_models(name), "model")
