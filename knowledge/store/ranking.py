"""How past answers are ranked, for every store alike: the database only collects candidates."""

from __future__ import annotations

from collections.abc import Iterable

from knowledge.history import PastAnswer
from knowledge.text import query_terms, tokens

QUERY_WEIGHT = 2.0
TEXT_WEIGHT = 1.0
NEARLY_THE_SAME = 0.7


def by_words(words: str, found: Iterable[PastAnswer]) -> list[PastAnswer]:
    """Order by the share of the words found, the question counting double; newest first at par."""
    terms = query_terms(words)
    return sorted(found, key=lambda past: (-_coverage(terms, past), -past.asked_at.timestamp()))


def by_likeness(query: str, found: Iterable[PastAnswer]) -> list[PastAnswer]:
    """Keep those that ask nearly the same, most alike first, newest first at par."""
    asked = set(tokens(query))
    scored = [(likeness(asked, set(tokens(past.query))), past) for past in found]
    near = [(score, past) for score, past in scored if score >= NEARLY_THE_SAME]
    near.sort(key=lambda pair: (-pair[0], -pair[1].asked_at.timestamp()))
    return [past for _, past in near]


def likeness(a: set[str], b: set[str]) -> float:
    """Return Dice's coefficient of two token sets; 0 when their numbers differ.

    A question about 7b is another question than one about 13b, however alike the words are.
    """
    if not a or not b or _numbers(a) != _numbers(b):
        return 0.0
    return 2 * len(a & b) / (len(a) + len(b))


def _coverage(terms: list[str], past: PastAnswer) -> float:
    if not terms:
        return 0.0
    query, text = set(tokens(past.query)), set(tokens(past.text))
    got = sum(QUERY_WEIGHT * (term in query) + TEXT_WEIGHT * (term in text) for term in terms)
    return got / (len(terms) * (QUERY_WEIGHT + TEXT_WEIGHT))


def _numbers(found: set[str]) -> set[str]:
    return {token for token in found if any(char.isdigit() for char in token)}
