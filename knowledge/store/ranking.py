"""How past answers are ranked, for every store alike: the database only collects candidates."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from knowledge.text import query_terms, tokens

QUERY_WEIGHT = 4.0
TEXT_WEIGHT = 1.0
NEARLY_THE_SAME = 0.7


@dataclass(frozen=True, slots=True)
class Candidate:
    """A past answer as the ranking sees it: the tokens that the store indexed it with."""

    key: int
    asked_at: float
    query: str
    text: str = ""


def by_words(words: str, found: Iterable[Candidate]) -> list[int]:
    """Order by the share of the words found, the question's before the answer's; newest first."""
    terms = query_terms(words)
    scored = [(_coverage(terms, one), one.asked_at, one) for one in found]
    scored.sort(key=lambda entry: (-entry[0], -entry[1]))
    return _distinct(one for _, _, one in scored)


def by_likeness(query: str, found: Iterable[Candidate]) -> list[int]:
    """Keep those that ask nearly the same, most alike first, each question once, its newest.

    ``found`` are those with the same numbers (``question_keys``): a question about 7b is another
    question than one about 13b, however alike the words are.
    """
    asked = set(tokens(query))
    newest: dict[str, Candidate] = {}
    for one in sorted(found, key=lambda one: -one.asked_at):
        newest.setdefault(one.query, one)
    scored = [(likeness(asked, set(one.query.split())), one) for one in newest.values()]
    near = [(score, one) for score, one in scored if score >= NEARLY_THE_SAME]
    near.sort(key=lambda entry: (-entry[0], -entry[1].asked_at))
    return [one.key for _, one in near]


def question_keys(query: str) -> tuple[str, str]:
    """Return (numbers, distinct tokens) of a question, each as one string.

    Nearly the same questions have the same numbers.
    """
    found = sorted(set(tokens(query)))
    numbers = [token for token in found if any(char.isdigit() for char in token)]
    return " ".join(numbers), " ".join(found)


def likeness(a: set[str], b: set[str]) -> float:
    """Return Dice's coefficient of two token sets."""
    return 2 * len(a & b) / (len(a) + len(b)) if a and b else 0.0


def _coverage(terms: list[str], one: Candidate) -> float:
    if not terms:
        return 0.0
    query, text = set(one.query.split()), set(one.text.split())
    got = sum(QUERY_WEIGHT * _asks(term, query) + TEXT_WEIGHT * (term in text) for term in terms)
    return got / (len(terms) * (QUERY_WEIGHT + TEXT_WEIGHT))


def _asks(term: str, query: set[str]) -> bool:
    """Whether a question has the term, alone or with a number (llama for llama3)."""
    return term in query or any(
        token.startswith(term) and token[len(term)].isdigit() for token in query
    )


def _distinct(ranked: Iterable[Candidate]) -> list[int]:
    """Return the keys, each question with the same answer once, at its best place."""
    kept: dict[tuple[str, str], int] = {}
    for one in ranked:
        kept.setdefault((one.query, one.text), one.key)
    return list(kept.values())
