"""One spelling for what people type: width, case, look-alikes and invisible characters.

``normalize`` keeps, for every character that it leaves, the offset it had in the message.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

from bot.understanding.homophones import as_meant
from bot.understanding.traditional import SIMPLIFIED

MAX_CHARACTERS = 4_000

# Letters of other scripts and symbols that look like what was meant.
_LOOKALIKES = {
    **dict(zip("АВЕКМНОРСТХУІЈЅ", "ABEKMHOPCTXYIJS", strict=True)),
    **dict(zip("авекмнорстхуіјѕԛԝ", "abekmhopctxyijsqw", strict=True)),
    **dict(zip("ΑΒΕΖΗΙΚΜΝΟΡΤΥΧ", "ABEZHIKMNOPTYX", strict=True)),
    **dict.fromkeys("×✕✖⨉╳⨯᙮ⅹ", "x"),
    **dict.fromkeys("∗⁎✱＊﹡", "*"),
    **dict.fromkeys("‐‑‒–—―−﹣－", "-"),
    **dict.fromkeys("‘’‛`´", "'"),
    **dict.fromkeys("“”„«»「」『』", '"'),
    **dict.fromkeys("：﹕∶", ":"),
    **dict.fromkeys("／∕⁄", "/"),
    **dict.fromkeys("？﹖", "?"),
    **dict.fromkeys("（", "("),
    **dict.fromkeys("）", ")"),
    **dict.fromkeys("。｡", "。"),
    "≈": "~",
    "～": "~",
    "＝": "=",
    "％": "%",
}
_LOOKALIKES.update(SIMPLIFIED)
_SLACK = re.compile(
    r"<(?:[@#!][^<>\s]{0,200}|(?:https?|mailto):[^<>\s]{0,2000})>|https?://\S{1,2000}"
)
# ``*bold*``, ``_italic_``, ``~struck~``: a pair of marks around words, not a product or a range.
_DECORATED = re.compile(
    r"(?<![a-z0-9])([*_~])(?=\S)((?:(?!\1)[^\n]){1,300})(?<=\S)\1(?![a-z0-9*_~])", re.IGNORECASE
)
_NESTED = 3
# The one letter whose small form depends on what stands beside it.
_FINAL = "Σ"
# Characters to remember; a text that goes through all of Unicode is no reason to keep it.
_MOST_KEPT = 20_000
# The point of a version as repositories write it: ``internlm2_5-7b``.
_POINT = re.compile(r"(?<=[a-zA-Z])(\d)_(\d)(?=[-/]\d{1,3}[bB])")


@dataclass(frozen=True, slots=True)
class Normalized:
    """``text`` with case kept, ``lower`` of the same length, ``offsets`` into the message."""

    text: str
    lower: str
    offsets: tuple[int, ...]
    truncated: bool = False


def _window(message: str) -> tuple[str, bool]:
    """Blank out the middle of an overlong message: a question stands at its head or its end."""
    if len(message) <= MAX_CHARACTERS:
        return message, False
    half = MAX_CHARACTERS // 2
    return message[:half] + "\n" + message[-half:], True


def _offset_of(index: int, length: int) -> int:
    """Offset in the message of a character of its window."""
    if length <= MAX_CHARACTERS:
        return index
    half = MAX_CHARACTERS // 2
    return index if index <= half else length - MAX_CHARACTERS - 1 + index


def _blank_markup(text: str) -> str:
    return _SLACK.sub(lambda match: " " * len(match.group()), text)


def _undecorated(text: str) -> str:
    """Return ``text``, as long as before, without the marks of bold, italic and struck words."""
    for _ in range(_NESTED):
        if _DECORATED.search(text) is None:
            break
        plain = _DECORATED.sub(r" \2 ", text)
        if plain == text:
            break
        text = plain
    return text


def _is_mark(character: str) -> bool:
    return unicodedata.category(character) in ("Cf", "Mn", "Me", "Cc", "Cs", "Co", "Cn")


class _Spelled(dict[str, str]):
    """What stands for each character that was met: nothing, itself, another, or several."""

    def __missing__(self, character: str) -> str:
        plain = " " <= character <= "\x7e" and character != "`"
        spelled = character if plain else _spell(character)
        if len(self) < _MOST_KEPT:
            self[character] = spelled
        return spelled


_SPELLED = _Spelled()


def _spell(character: str) -> str:
    """Return what stands for one character: possibly nothing, possibly several characters."""
    if character in _LOOKALIKES:
        return _LOOKALIKES[character]
    if character.isspace():
        return "\n" if character in "\n\r\u2028\u2029" else " "
    if _is_mark(character):
        return ""
    folded = unicodedata.normalize("NFKC", character)
    if folded != character:
        return "".join(_LOOKALIKES.get(part, part) for part in folded if not _is_mark(part))
    return character


def _beside(text: str, index: int, step: int) -> str:
    """Return the next character that is seen, over those without width."""
    index += step
    while 0 <= index < len(text) and _is_mark(text[index]):
        index += step
    return text[index] if 0 <= index < len(text) else ""


def _chinese_comma(text: str, index: int) -> bool:
    """Whether the full-width comma at ``index`` separates half-width numbers (a pause)."""
    before = _beside(text, index, -1)
    after = _beside(text, index, 1)
    return before.isascii() and before.isdigit() and after.isascii() and after.isdigit()


def normalize(message: str) -> Normalized:
    """Return the normalised form of ``message``; linear in its (capped) length."""
    window, truncated = _window(message)
    window = _blank_markup(window)
    if window.isascii() and window.isprintable() and not truncated and "`" not in window:
        text = _undecorated(window)  # every character stands for itself
        return Normalized(text, lowered(text), tuple(range(len(window))), truncated)
    spelled = [_SPELLED[character] for character in window]
    if "，" in window:
        for index, character in enumerate(window):
            if character == "，":
                spelled[index] = ";" if _chinese_comma(window, index) else ","
    out = "".join(spelled)
    if len(out) == len(window) and not truncated and all(spelled):
        offsets = tuple(range(len(out)))
    else:
        length = len(message)
        offsets = tuple(
            _offset_of(index, length) for index, piece in enumerate(spelled) for _ in piece
        )
    text = _undecorated(out)
    return Normalized(text, lowered(text), offsets, truncated)


def lowered(text: str) -> str:
    """Return ``text`` in lower case and in the words meant, of the same length: offsets stay."""
    if _POINT.search(text):
        text = _POINT.sub(r"\1.\2", text)
    if text.isascii():
        return text.lower()
    lower = text.lower()
    if len(lower) != len(text) or _FINAL in text:
        lower = "".join(c.lower() if len(c.lower()) == 1 else c for c in text)
    return as_meant(lower)
