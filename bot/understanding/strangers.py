"""Names that look like a card's or a model's, and that no record has: named, not guessed."""

from __future__ import annotations

from bot.understanding.counts import count_left
from bot.understanding.items import Item
from bot.understanding.lexicon import glue
from bot.understanding.names import is_word
from bot.understanding.reading import Name, Reading
from bot.understanding.vocabulary import nearest_cards, nearest_models

_CARD_NOUNS = glue("card_nouns")
_VERSIONS = glue("versions")
_PRONOUNS = glue("pronouns") | {"these", "those", "everything", "anything", "all"}
_UNNAMED = glue("unnamed_models")
_PLACES = glue("places")
_VENDORS = glue("vendors")
_OPENERS = frozenset(["can", "could", "will", "would", "does", "do", "is"])
_FITS = frozenset(["fit", "run", "train", "work"])
_NOT_CARDS = glue("not_placed_on")
_BEFORE_NOUN = frozenset(["这个", "这种", "这张", "这块", "这", "个", "张", "块", "的", "(", "型"])
_MODEL_NOUNS = frozenset(["大模型", "模型"])
_CLASSIFIERS = ("张", "块", "片", "枚")
_SIZED = frozenset({"model", "params", "unsized", "sizes"})
_LONGEST_NAME = 6
_SHORTEST = 3
# What to offer where no name is near.
_USUAL_CARDS = ("A100", "H100", "RTX 4090")
_USUAL_SIZES = ("7B", "13B", "70B")


def find_strangers(reading: Reading) -> None:
    """Record unknown cards and models, where their form or what stands beside them tells."""
    for name in reading.names:
        _classify(reading, name)
    if not _has_card(reading):
        _counted_word(reading)
    if not _has_card(reading) and _SIZED & reading.facts.keys():
        _placed_word(reading)
    if not _SIZED & reading.facts.keys():
        _versioned(reading)
        _before_noun(reading)
    if not _SIZED & reading.facts.keys() and reading.cards:
        _asked_to_fit(reading)


def _has_card(reading: Reading) -> bool:
    return bool(reading.cards) or "unknown_card" in reading.facts


def _classify(reading: Reading, name: Name) -> None:
    """Tell whether a name is a card's or a model's; beside a known one of each it is neither."""
    size = _size_after(reading, name)
    sized = bool(_SIZED & reading.facts.keys())
    if size:
        reading.unlisted.append(name.text)
    elif _beside(reading, name, _CARD_NOUNS):
        _unknown_card(reading, name)
    elif _beside(reading, name, _MODEL_NOUNS | {"model", "llm"}) and not sized:
        _unknown_model(reading, name)
    elif not _has_card(reading) and (sized or _is_place(reading, name)):
        if "gpu_memory_bytes" not in reading.facts:
            _unknown_card(reading, name)
    elif not sized and (_has_card(reading) or _asks_memory(reading)):
        _unknown_model(reading, name)
    elif not sized and _says_nothing_else(reading):
        _unknown_either(reading, name)
    else:
        reading.unplaced.append(name.text)


def _asks_memory(reading: Reading) -> bool:
    return reading.says("topic", "memory") and reading.says("ask")


def _says_nothing_else(reading: Reading) -> bool:
    """Whether every other word is of the field: ``foo-9000 inference``."""
    if reading.says("ask", "time") or reading.says("knowledge"):
        return False
    return reading.says("mode") and all(
        item.used or item.tags or item.quantity is not None or not item.word.isalpha()
        for item in reading.items
    )


def _size_after(reading: Reading, name: Name) -> bool:
    """Whether a size follows the name: ``SuperGPT-3 70b``, ``orca-2-13b``."""
    item = reading.at(reading.skip(name.end, 1, frozenset(["-", "_", "("])))
    return item is not None and "params" in item.slots


def _beside(reading: Reading, name: Name, nouns: frozenset[str]) -> bool:
    after = reading.at(reading.skip(name.end, 1, _BEFORE_NOUN))
    before = reading.at(name.start - 1)
    return any(item is not None and item.word in nouns for item in (after, before))


def _is_place(reading: Reading, name: Name) -> bool:
    """Whether something is to run there: ``on foo-9000``, ``8 张 foo-9000``."""
    before = reading.at(name.start - 1)
    if before is not None and before.word in _PLACES:
        return bool(reading.says("mode") or reading.says("ask", "fit"))
    return before is not None and before.is_kind("gpus")


def _unknown_card(reading: Reading, name: Name) -> None:
    for item in reading.items[name.start : name.end]:
        item.slots.add("gpu")
    count = count_left(reading, name.start - 1)
    if count is not None and 1 <= count.value < 1e6:
        reading.facts.setdefault("gpu_count", int(count.value))
    reading.facts["unknown_card"] = name.text
    choices = nearest_cards(name.text) or _USUAL_CARDS
    reading.problem("unknown_gpu", name.text, choices, "gpu")


def _unknown_model(reading: Reading, name: Name) -> None:
    for item in reading.items[name.start : name.end]:
        item.slots.add("model")
    reading.facts["unsized"] = name.text
    choices = nearest_models(name.text) or _USUAL_SIZES
    reading.problem("unknown_model", name.text, choices, "model")


def _unknown_either(reading: Reading, name: Name) -> None:
    """``foo-9000 inference``: nothing says what it is, so the nearest of both are offered."""
    reading.facts["unsized"] = name.text
    choices = (*nearest_models(name.text)[:2], *nearest_cards(name.text)[:2])
    usual = (*_USUAL_SIZES[:2], *_USUAL_CARDS[:2])
    reading.problem("unknown_name", name.text, choices or usual)


def _counted_word(reading: Reading) -> None:
    """``8 张 XYZ``: a word of no list that is counted as cards are."""
    for index, item in enumerate(reading.items[:-1]):
        word = reading.items[index + 1]
        if not (item.is_kind("gpus") and item.text.endswith(_CLASSIFIERS) and is_word(word)):
            continue
        if len(word.word) > 2 and word.word not in _VENDORS:
            _unknown_card(reading, Name(word.text, index + 1, index + 2))
            return


def _placed_word(reading: Reading) -> None:
    """Name where a sized model is to run: ``a 7B on 5 potatoes``, ``on a Foobar 9000``."""
    for index, place in enumerate(reading.items[:-2]):
        number, word = reading.items[index + 1 : index + 3]
        if place.word not in ("on", "onto") or not is_word(word) or len(word.word) < _SHORTEST:
            continue
        model, after = reading.at(index + 3), reading.at(index + 4)
        counted = number.is_kind("number") and not number.used and word.word.endswith("s")
        numbered = model is not None and model.is_kind("number") and len(model.text) > _SHORTEST
        numbered = numbered and number.word in ("a", "an", "one", "my", "our", "the")
        last = after if numbered else model
        if not (counted or numbered) or word.word in _NOT_CARDS or not _ends(last):
            continue
        end = index + 4 if numbered else index + 3
        text = " ".join(item.text for item in reading.items[index + 2 : end])
        _unknown_card(reading, Name(text, index + 2, end))
        return


def _ends(item: Item | None) -> bool:
    return item is None or item.word in ("?", ".", "!", ",", ";", ")")


def _asked_to_fit(reading: Reading) -> None:
    """``will foobar fit on a 4090``: a word of no list is what has to fit."""
    for index, item in enumerate(reading.items[:-2]):
        word, verb = reading.items[index + 1 : index + 3]
        if word.word in _PRONOUNS:
            continue
        if item.word in _OPENERS and is_word(word) and verb.word in _FITS:
            _unknown_model(reading, Name(word.text, index + 1, index + 2))
            return


def _versioned(reading: Reading) -> None:
    """``quixotl-ultra``: an unknown word hyphened to a word that versions are called by."""
    for index, item in enumerate(reading.items[:-2]):
        hyphen, version = reading.items[index + 1], reading.items[index + 2]
        joined = hyphen.word in ("-", "_") and not hyphen.gap and not version.gap
        if joined and is_word(item) and len(item.word) > 2 and version.word in _VERSIONS:
            text = f"{item.text}{hyphen.text}{version.text}"
            _unknown_model(reading, Name(text, index, index + 3))
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
        _unknown_model(reading, Name(named, start, index + 2))
        return


def _unnamed(item: Item) -> bool:
    return not (item.used or item.tags or item.quantity is not None) and item.word.isalpha()
