"""What the model sees of a message: words, word pairs, pieces of words, and classes of numbers.

Nothing here is learned. The same folding as in the index comes first (``knowledge.text``), so
width, case, spaces and the glossary's synonyms make no difference.
"""

from __future__ import annotations

import re
from functools import lru_cache
from itertools import combinations, pairwise

from knowledge.text import Reading, read

MAX_PIECES = 160
"""Runs of a message that are looked at; a question is far shorter."""
MAX_TERMS = 8
MAX_OTHERS = 20
KEPT, SHORT = 4_096, 20
"""Pieces whose features are kept, and how long they are at the most: people use the same words."""
PAIR = "&"
"""Marks a feature made of words that do not stand together: of use only when seen twice."""

_SHAPES = (
    ("size", re.compile(r"\d+(?:\.\d+)?b")),
    ("memory", re.compile(r"\d+(?:\.\d+)?(?:g|gb|gib|mb|mib|t|tb)")),
    ("thousands", re.compile(r"\d+(?:\.\d+)?k")),
    ("format", re.compile(r"(?:b?f|fp|int|tf|nf|uint|e\dm)\d+")),
    (
        "card",
        re.compile(r"(?:rtx)?[avhlpt]\d{1,4}|(?:rtx|gtx)?\d0[6-9]0(?:ti|d)?|b[23]00|gb200|h[28]00"),
    ),
    ("model", re.compile(r"(?:llama|qwen|glm|vicuna|gpt|baichuan|mi[sx]tral|deepseek|yi)\d*")),
    ("rate", re.compile(r"\d+(?:\.\d+)?(?:tflop|flop|gflop|pflop)s?")),
    ("number", re.compile(r"\d+(?:\.\d+)?[a-z]?")),
)
_NUMERAL = re.compile(r"[\d一二两三四五六七八九十百千几俩仨半]")
_DIGITS = r"(?:\d+(?:\.\d+)?|[一二两三四五六七八九十百千几俩仨半]+)多?"
_COUNTS = (
    ("size", re.compile(rf"{_DIGITS}(?:个?亿|b(?![a-z])|十亿)")),
    ("cards", re.compile(rf"{_DIGITS}(?:张|块|卡|片|台|[x]?(?:gpu|card)(?![a-z]))")),
    ("memory", re.compile(rf"{_DIGITS}个?(?:g|gb|个g)(?![a-z])")),
    ("bits", re.compile(rf"{_DIGITS}(?:位|比特)")),
)


def features(text: str) -> list[str]:
    """Return the features of ``text``, repeated as often as they occur."""
    return reading_features(read(text))


def reading_features(reading: Reading) -> list[str]:
    """Return the features of a message already read by ``knowledge.text.read``."""
    words: list[str] = ["^"]
    found: list[str] = []
    for piece in reading.pieces[:MAX_PIECES]:
        word, own = (_kept_features if len(piece) <= SHORT else _piece_features)(piece)
        words.append(word)
        found.extend(own)
    words.append("$")
    if len(words) > len("^$"):
        found += [f"{left} {right}" for left, right in pairwise(words)]
    found += [f"{left}{PAIR}{PAIR}{right}" for left, right in zip(words, words[2:], strict=False)]
    found.extend(_terms(reading))
    text = "".join(reading.pieces[:MAX_PIECES])
    if _NUMERAL.search(text):
        found.extend(f"={name}s" for name, pattern in _COUNTS if pattern.search(text))
    return found


def character_features(reading: Reading) -> list[str]:
    """Return every run of one to four characters of a message, across its words."""
    text = f" {' '.join(reading.pieces[:MAX_PIECES])} "
    return [text[i : i + size] for size in (1, 2, 3, 4) for i in range(len(text) - size + 1)]


def shape_of(word: str) -> str | None:
    """Return the class of a word that holds a number or names a card or model, or None."""
    for name, pattern in _SHAPES:
        if pattern.fullmatch(word):
            return name
    return None


def _piece_features(piece: str) -> tuple[str, tuple[str, ...]]:
    """Return the word by which a piece is known to its neighbours, and the features of its own."""
    if piece[0] >= "\u2e80":
        return "汉", tuple(_chinese(piece))
    shape = shape_of(piece)
    if shape:
        return f"={shape}", (f"={shape}", piece)
    return piece, (*_parts(piece), piece)


_kept_features = lru_cache(KEPT)(_piece_features)


def _chinese(run: str) -> list[str]:
    marked = f"^{run}$"
    found = list(run)
    found.extend(run[i : i + 2] for i in range(len(run) - 1))
    found.extend(marked[i : i + 3] for i in range(len(marked) - 2))
    return found


def _parts(word: str) -> list[str]:
    marked = f"<{word}>"
    return [
        f"#{marked[i : i + size]}"
        for size in (3, 4)
        if len(marked) > size
        for i in range(len(marked) - size + 1)
    ]


def _terms(reading: Reading) -> list[str]:
    """Return the glossary's terms, each two that meet in the message, and each with other words."""
    terms = sorted(set(reading.terms))[:MAX_TERMS]
    others = list(dict.fromkeys(reading.left))[:MAX_OTHERS]
    return [
        *(f"@{term}" for term in terms),
        *(f"@{left} @{right}" for left, right in combinations(terms, 2)),
        *(f"@{term}{PAIR}{other}" for term in terms for other in others),
    ]
