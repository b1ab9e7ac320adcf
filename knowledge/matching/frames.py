"""Questions with the matter taken out: examples of what alone is no evidence for any entry.

"How do I check my …" opens many questions, in scope and out of it. What is left of the phrasings
when the glossary's terms, the numbers and every word of few entries are dropped is such a frame.
Learning that frames lead to no entry makes the model rest on the matter.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from knowledge.matching.port import NONE
from knowledge.text import Reading

COMMON_SHARE = 0.25
"""A word belongs to the frame when phrasings of at least this share of the entries have it."""
EVERY = 4
"""One frame in so many is used: enough to learn from, and quick."""


def frames(readings: Sequence[Reading], labels: Sequence[str]) -> list[str]:
    """Return the distinct frames of the phrasings that lead to an entry, thinned out."""
    entries_with: dict[str, set[str]] = defaultdict(set)
    for reading, label in zip(readings, labels, strict=True):
        if label != NONE:
            for token in reading.left:
                entries_with[token].add(label)
    least = COMMON_SHARE * len({label for label in labels if label != NONE})
    common = {
        token
        for token, entries in entries_with.items()
        if len(entries) >= least and not any(map(str.isdigit, token))
    }
    found = dict.fromkeys(
        _joined([token for token in reading.left if token in common])
        for reading, label in zip(readings, labels, strict=True)
        if label != NONE
    )
    return [frame for frame in found if len(frame) > 2][::EVERY]


def _joined(tokens: Sequence[str]) -> str:
    """Join tokens into a text; pairs of Chinese characters that overlap become one run again."""
    runs: list[str] = []
    for token in tokens:
        if len(token) == 2 and token[0] > "\u2e80" and runs and runs[-1][-1] == token[0]:
            runs[-1] += token[1]
        else:
            runs.append(token)
    return " ".join(runs)
