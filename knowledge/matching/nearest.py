"""The nearest stored phrasings of a message, by TF-IDF cosine over their terms."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from knowledge.matching.port import NONE, Hit, Index

HITS = 32
"""Phrasings of one search that are compared in full."""
CACHED = 100_000
RARE_SHARE = 0.01
"""A term can be of the matter, not of the way of asking, where at most this share of phrasings, or
``RARE_LEAST`` of them, have it."""
RARE_LEAST = 25
_WORDS = """
a about an and any are at be been by can could did do does done for from get give go got had
has have help here how i if in into is it its just know let like look make may me more much my
need no not of on one or our out please pls say see should show so some tell than thank that
the their them then there these thing think this those to too up us use very want was way we
what when where which who why will with work would you your
怎么 么办 么样 怎样 如何 什么 为什 请问 问一 一下 多少 哪里 在哪 哪个 可以 能不 不能
有没 没有 有什 是不 不是 这个 那个 我们 你们 他们 我的 我想 想要 知道 大家 谢谢 帮忙
应该 现在 吗 呢 的 了
"""
_FUNCTION_WORDS = frozenset(_WORDS.split())
"""Words of any question whatever, and pairs of Chinese characters from such words."""


@dataclass(frozen=True, slots=True)
class Nearest:
    """The best cosine per entry id, and the share of the message's weight that no phrasing has.

    ``weights`` are the terms' shares of the message, which sum to 1;
    ``leaders`` are the two highest cosines of different entries, 0 where there are fewer;
    ``matter`` is the share of the message, per entry id, in rare terms that its nearest has too.
    """

    similarity: Mapping[str, float]
    unknown: float
    weights: Mapping[str, float]
    leaders: tuple[float, float] = (0.0, 0.0)
    matter: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class _Known:
    """What was worked out for an index of one size: a term's weight squared, phrasings' lengths."""

    size: int
    squares: dict[str, float] = field(default_factory=dict)
    lengths: dict[frozenset[str], float] = field(default_factory=dict)

    def square(self, frequency: int) -> float:
        return (math.log((1 + self.size) / (1 + frequency)) + 1) ** 2

    def is_full(self) -> bool:
        return len(self.squares) + len(self.lengths) > CACHED


class NearestSearch:
    """Compares messages with an index; what it works out is kept until the index changes.

    Safe to use from several threads: each search keeps to the knowledge that it began with.
    """

    def __init__(self, index: Index) -> None:
        """Search ``index``."""
        self._index = index
        self._known = _Known(-1)

    def find(self, terms: Sequence[str]) -> Nearest:
        """Return how near each entry's nearest phrasing is to the distinct ``terms``."""
        known = self._current()
        frequencies = self._index.frequencies(terms)
        squares = {term: known.square(frequencies.get(term, 0)) for term in terms}
        length = sum(squares.values())
        if not length:
            return Nearest({}, 1.0, {})
        unknown = sum(squares[term] for term in terms if term not in frequencies) / length
        hits = self._index.search(frequencies, HITS)
        nearest = self._compare(hits, squares, length, known)
        best = {name: similarity for name, (similarity, _) in nearest.items()}
        rare = max(known.size * RARE_SHARE, RARE_LEAST)
        matter = {
            name: sum(squares[t] for t in shared - _FUNCTION_WORDS if frequencies[t] <= rare)
            / length
            for name, (_, shared) in nearest.items()
        }
        leaders = sorted((best[name] for name in best if name != NONE), reverse=True)[:2]
        leaders += [0.0] * (2 - len(leaders))
        shares = {term: square / length for term, square in squares.items()}
        return Nearest(best, unknown, shares, (leaders[0], leaders[1]), matter)

    def forget(self) -> None:
        """Drop what was worked out: the index has changed, perhaps without changing its size."""
        self._known = _Known(-1)

    def _compare(
        self, hits: Sequence[Hit], squares: Mapping[str, float], length: float, known: _Known
    ) -> dict[str, tuple[float, frozenset[str]]]:
        """Return of each entry's nearest phrasing the cosine and the terms that it shares."""
        new = {
            term
            for hit in hits
            if hit.terms not in known.lengths
            for term in hit.terms
            if term not in known.squares
        }
        for term, count in self._index.frequencies(new).items():
            known.squares[term] = known.square(count)
        asked = squares.keys()
        best: dict[str, tuple[float, frozenset[str]]] = {}
        for hit in hits:
            own = known.lengths.get(hit.terms)
            if own is None:
                own = sum(known.squares.get(term, 1.0) for term in hit.terms)
                known.lengths[hit.terms] = own
            shared = hit.terms & asked
            similarity = sum(squares[term] for term in shared) / math.sqrt(own * length)
            if hit.entry_id not in best or similarity > best[hit.entry_id][0]:
                best[hit.entry_id] = similarity, shared
        return best

    def _current(self) -> _Known:
        size = self._index.size()
        if size != self._known.size or self._known.is_full():
            self._known = _Known(size)
        return self._known
