"""Misspelt words of the field: one letter left out, added, changed, or two exchanged.

In short words only an exchange counts (``modle``): any other slip may be another word.
"""

from __future__ import annotations

from functools import cache

from bot.understanding.atoms import Atom, tokenize
from bot.understanding.lexicon import Tag, glue
from bot.understanding.vocabulary import phrases

_SHORTEST = 6
_SHORT = 5


def meant_word(atom: Atom) -> tuple[Tag, ...] | None:
    """Return the tags of the core word that a misspelt one stands for, None when there is none.

    The first letter has to be right: people rarely miss it, and other words begin otherwise.
    """
    word = atom.text
    if len(word) == _SHORT and word.isalpha() and word.isascii():
        exchanged = (word[:i] + word[i + 1] + word[i] + word[i + 2 :] for i in range(1, _SHORT - 1))
        found = next((other for other in exchanged if other in glue("core")), None)
        return None if found is None else _tags(found)
    if len(word) < _SHORTEST or not word.isascii():
        return None
    known = _spellings()
    for spelling in (word, *_shortened(word)):
        found = known.get(spelling)
        if found is not None and found[0] == word[0] and abs(len(found) - len(word)) <= 1:
            return _tags(found)
    return None


def _shortened(word: str) -> list[str]:
    return [word[:place] + word[place + 1 :] for place in range(1, len(word))]


@cache
def _spellings() -> dict[str, str]:
    """Every core word by itself and with one letter left out (not the first)."""
    found: dict[str, str] = {}
    for word in sorted(glue("core")):
        if word.isalpha():
            for spelling in (word, *_shortened(word)):
                found.setdefault(spelling, word)
    return found


@cache
def _tags(word: str) -> tuple[Tag, ...]:
    match = phrases().longest(tokenize(word), 0)
    return () if match is None else match.tags
