"""Messages that are one short phrase: thanks, or a plain why."""

from __future__ import annotations

import re
import tomllib
import unicodedata
from functools import cache
from importlib.resources import files

MOST_CHARACTERS = 60
_ASKING = re.compile(r"[?？0-9]|[吗呢]\s*$")
_PIECE = re.compile(r"[a-z]+|[\u3400-\u9fff]+")
_OTHER = re.compile(r":[a-z0-9_+-]+:|<@[A-Z0-9]+>|@\w+", re.IGNORECASE)


def is_thanks(text: str) -> bool:
    """Return whether a message only thanks, or says that something was understood."""
    return _ASKING.search(_OTHER.sub(" ", text)) is None and _is_all("thanks", text)


def asks_why(text: str) -> bool:
    """Return whether a message only asks how the answer before it came about: ``why so much?``."""
    return _is_all("why", text)


def _is_all(kind: str, text: str) -> bool:
    """Whether a short message is made of a kind's words alone; emoji and mentions do not count."""
    said = _OTHER.sub(" ", unicodedata.normalize("NFKC", text[: MOST_CHARACTERS * 2])).strip()
    if not said or len(text) > MOST_CHARACTERS:
        return False
    said = said.casefold().replace("'", "").replace("’", "")
    core = False
    for language, run in (("en", r"[a-z]+"), ("zh", r"[\u3400-\u9fff]+")):
        pieces = re.findall(run, said)
        if not pieces:
            continue
        joined = (" " if language == "en" else "").join(pieces)
        if not _all_of(kind, language).fullmatch(joined):
            return False
        core = core or _core_of(kind, language).search(joined) is not None
    left = _PIECE.sub("", said)
    return core and not any(char.isalnum() for char in left)


@cache
def _words() -> dict[str, dict[str, dict[str, list[str]]]]:
    return tomllib.loads((files("bot") / "phrases.toml").read_text(encoding="utf-8"))


@cache
def _all_of(kind: str, language: str) -> re.Pattern[str]:
    words = _words()[kind][language]
    one = _any_of([*words["core"], *words["beside"]])
    # Each word is taken whole and never given back: no text makes this look twice.
    if language == "en":
        return re.compile(rf"(?>(?:{one})\b)(?: (?>(?:{one})\b))*+")
    return re.compile(f"(?>{one})++")


@cache
def _core_of(kind: str, language: str) -> re.Pattern[str]:
    one = _any_of(_words()[kind][language]["core"])
    return re.compile(rf"\b(?:{one})\b" if language == "en" else one)


def _any_of(words: list[str]) -> str:
    return "|".join(sorted(map(re.escape, words), key=len, reverse=True))
