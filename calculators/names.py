"""Matching of the names that people write: models, cards, formats.

Names are compared without case, width, spaces, hyphens and underscores, except between two
digits, where a separator tells ``llama-2-7b`` from ``llama-27b``.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping

_SEPARATORS = re.compile(r"[\s\-_/·:,()\[\]（）]+")
_BETWEEN_NON_DIGITS = re.compile(r"(?<!\d)-|-(?!\d)")
_ORGANISATION = re.compile(r"^[\w.\-]+/")
_TUNED = re.compile(r"[\-_ ](?:instruct|chat|base|it|hf)(?=[\-_ ])", re.IGNORECASE)
_DECORATION = re.compile(
    r"[\-_ ]?(?:instruct|chat|base|it|hf|sft|dpo|rlhf|thinking|preview|fp16|bf16|v0\.\d|"
    r"v1\.[0-9]|\d{4}|pt|gguf|awq|gptq|int4|fp8|bnb|4bit|8bit|model|模型|大模型)$",
    re.IGNORECASE,
)


def normalise(name: str) -> str:
    """Return ``name`` in the form in which names are compared."""
    text = unicodedata.normalize("NFKC", name).casefold().strip()
    text = _SEPARATORS.sub("-", text).strip("-")
    return _BETWEEN_NON_DIGITS.sub("", text)


def variants(name: str) -> Iterable[str]:
    """Yield normalised readings of ``name``, the most literal first.

    A leading organisation (``meta-llama/…``) and trailing decorations (``-Instruct``,
    ``-hf``, a quantiser's name) are dropped one by one.
    """
    seen = set()
    text = unicodedata.normalize("NFKC", name).strip()
    bare = _ORGANISATION.sub("", text)
    for stem in (text, bare, _TUNED.sub("", bare)):
        form = normalise(stem)
        if form and form not in seen:
            seen.add(form)
            yield form
    current = _TUNED.sub("", bare)
    while (shorter := _DECORATION.sub("", current)) not in ("", current):
        current = shorter
        form = normalise(current)
        if form and form not in seen:
            seen.add(form)
            yield form


def look_up(name: str, index: Mapping[str, str]) -> str | None:
    """Return what ``index`` (normalised name to anything) has for ``name``, None if nothing."""
    return next((index[form] for form in variants(name) if form in index), None)


_ALIKE = 85
"""From this score of 100 on, two names are alike as a whole, or one stands within the other."""
_BEGINS_ALIKE = 0.85
"""From this Jaro-Winkler similarity on, a name begins like another."""


def nearest(name: str, candidates: Mapping[str, str], limit: int = 3) -> tuple[str, ...]:
    """Return the titles nearest in spelling to ``name``, best first, each once.

    ``candidates`` maps normalised aliases to titles. There is none where nothing is near: the few
    letters that a strange name shares with a long one are no likeness.
    """
    from rapidfuzz import fuzz, process
    from rapidfuzz.distance import JaroWinkler

    asked = normalise(name)
    hits = process.extract(
        asked, candidates.keys(), scorer=fuzz.WRatio, limit=8 * limit, score_cutoff=50
    )
    near = [
        alias
        for alias, score, _ in hits
        if score >= _ALIKE or JaroWinkler.similarity(asked, alias[: len(asked)]) >= _BEGINS_ALIKE
    ]
    titles = dict.fromkeys(candidates[alias] for alias in near)
    return tuple(titles)[:limit]
