"""What is asked word for word as an entry is asked: certain, however common its words are."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from knowledge.matching.evidence import Evidence
from knowledge.matching.port import NONE, Candidate
from knowledge.text import Reading

CERTAIN = 0.97
"""The probability that who asks in an entry's own words means that entry."""
SAME = 1 - 1e-9
"""From this cosine on, a message has the very terms of a stored phrasing."""


class ExactWays:
    """The titles and ways of asking of entries that were added, as they are once folded.

    Case, width, spaces and punctuation make no difference. Not safe for use from several threads.
    """

    def __init__(self) -> None:
        """Hold none."""
        self._entries: dict[str, dict[str, None]] = {}
        self._keys: dict[str, list[str]] = {}

    def __bool__(self) -> bool:
        """Whether any is held."""
        return bool(self._entries)

    def add(self, entry_id: str, readings: Iterable[Reading]) -> None:
        """Hold the ways of an entry."""
        keys = self._keys.setdefault(entry_id, [])
        for key in filter(None, map(_key, readings)):
            self._entries.setdefault(key, {})[entry_id] = None
            keys.append(key)

    def remove(self, entry_id: str) -> None:
        """Forget the ways of an entry; an unknown id does nothing."""
        for key in self._keys.pop(entry_id, ()):
            left = self._entries.get(key, {})
            left.pop(entry_id, None)
            if not left:
                self._entries.pop(key, None)

    def find(self, reading: Reading) -> list[str]:
        """Return the entries that ask just this, in the order of their ids."""
        return sorted(self._entries.get(_key(reading), ()))


def trained_in_these_words(evidence: Evidence) -> list[str]:
    """Return the trained entry, if any, one of whose phrasings has just the message's terms.

    Of several it is the one that the model takes for the likeliest; none where a message that no
    entry answers has them too.
    """
    similar = evidence.nearest.similarity
    if similar.get(NONE, 0.0) >= SAME:
        return []
    return [name for name in evidence.order if similar.get(name, 0.0) >= SAME][:1]


def with_certain(
    names: Sequence[str], candidates: Sequence[Candidate], limit: int
) -> list[Candidate]:
    """Put ``names`` before the candidates, which share what probability they leave over.

    Several names share the certainty: which of them is meant is for the asker to say.
    """
    share = CERTAIN / len(names)
    rest = [one for one in candidates if one.id not in names]
    first = [Candidate(name, share) for name in names]
    if len(names) == 1:
        own = max((one.score for one in candidates if one.id == names[0]), default=0.0)
        first = [Candidate(names[0], max(share, own))]
    left = [Candidate(one.id, min(one.score, 1 - CERTAIN)) for one in rest]
    return [*first, *left][:limit]


def _key(reading: Reading) -> str:
    return "".join(reading.pieces)
