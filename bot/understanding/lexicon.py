"""The word lists of ``words.toml`` as tries over atoms: longest phrase first."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files

from bot.understanding.atoms import Atom, first_piece, pieces

SEPARATORS = frozenset("-_")
Tag = tuple[str, str]


@dataclass(slots=True)
class _Node:
    children: dict[str, _Node] = field(default_factory=dict)
    tags: tuple[Tag, ...] = ()


@dataclass(frozen=True, slots=True)
class Match:
    """A phrase found: its tags and the atoms ``start`` to ``end`` that it covers."""

    start: int
    end: int
    tags: tuple[Tag, ...]


def _joins(left: str, right: Atom, separated: bool) -> bool:
    """Whether a gap may stand inside a phrase here: not between ``A`` and ``100``."""
    if not right.gap or separated:
        return True
    return not (len(left) == 1 and left.isascii() and left.isalpha() and right.kind == "number")


class Trie:
    """Phrases by their atoms; separators and whitespace between atoms are optional.

    Of thousands of phrases a question meets few, so those with one first atom are cut into
    their atoms when that atom is first looked up.
    """

    def __init__(self) -> None:
        self._root = _Node()
        self._waiting: dict[str, list[tuple[str, Tag]]] = {}

    def add(self, phrase: str, tag: Tag) -> None:
        """Add ``phrase`` under ``tag``; an empty phrase is left out."""
        first = first_piece(phrase, SEPARATORS)
        if first is not None:
            self._waiting.setdefault(first, []).append((phrase, tag))
            self._root.children.pop(first, None)

    def _grow(self, first: str) -> _Node | None:
        """Cut the phrases that begin with ``first``; no thread sees a node half made."""
        if first not in self._waiting:
            return None
        top = _Node()
        for phrase, tag in self._waiting[first]:
            node = top
            for part in pieces(phrase):
                if part not in SEPARATORS:
                    node = node.children.setdefault(part, _Node())
            if tag not in node.tags:
                node.tags = (*node.tags, tag)
        return self._root.children.setdefault(first, top.children[first])

    def longest(self, atoms: Sequence[Atom], start: int) -> Match | None:
        """Return the longest phrase that begins at atom ``start``."""
        if start >= len(atoms):
            return None
        previous = atoms[start].text
        node = self._root.children.get(previous) or self._grow(previous)
        if node is None:
            return None
        index = start + 1
        best = Match(start, index, node.tags) if node.tags else None
        separated = False
        while index < len(atoms):
            atom = atoms[index]
            child = node.children.get(atom.text)
            if child is None:
                if atom.text in SEPARATORS and not separated:
                    separated = True
                    index += 1
                    continue
                break
            if not _joins(previous, atom, separated):
                break
            node, previous, separated = child, atom.text, False
            index += 1
            if node.tags:
                best = Match(start, index, node.tags)
        return best


@cache
def read_lists(name: str) -> Mapping[str, Mapping[str, Sequence[str]]]:
    """Return the word lists of a file: slot, value, phrases.

    The file has one list on each line, so that no TOML parser has to be started for it.
    """
    text = files("bot.understanding").joinpath(name).read_text(encoding="utf-8")
    words: dict[str, dict[str, list[str]]] = {}
    values: dict[str, list[str]] = {}
    for line in text.splitlines():
        if line.startswith("["):
            values = words.setdefault(line.strip("[] "), {})
        elif " = [" in line:
            value, _, phrases = line.partition(" = ")
            values[value.strip('"')] = json.loads(phrases)
    return words


def load_words() -> Mapping[str, Mapping[str, Sequence[str]]]:
    """Return the word lists of the field: slot, value, phrases."""
    return read_lists("words.toml")


def build(slots: Iterable[str] | None = None) -> Trie:
    """Build a trie of all slots, or of those named."""
    trie = Trie()
    for slot, values in load_words().items():
        if slot == "glue" or (slots is not None and slot not in slots):
            continue
        for value, phrases in values.items():
            for phrase in phrases:
                trie.add(phrase, (slot, value))
                if (short := _shortened(phrase)) != phrase:
                    trie.add(short, (slot, value))
    return trie


def _shortened(phrase: str) -> str:
    """Return a phrase as people abbreviate it: ``sgd w/ momentum``, ``w/o checkpointing``."""
    if "with" not in phrase:
        return phrase
    words = {"with": "w/", "without": "w/o"}
    return " ".join(words.get(word, word) for word in phrase.split(" "))


@cache
def glue(name: str) -> frozenset[str]:
    """Return a closed class of words from the ``glue`` table."""
    return frozenset(load_words()["glue"][name])


@cache
def units() -> Trie:
    """Units and ``per …`` phrases: what may follow a number."""
    return build(("unit", "per"))
