"""Chinese words of the field that an input method wrote with other characters of the same sound."""

from __future__ import annotations

import re
from functools import cache

from bot.understanding.lexicon import read_lists

_FILE = "homophones.toml"


@cache
def _meant() -> dict[str, str]:
    lists = read_lists(_FILE)["homophones"]
    return {typed: word for word, ways in lists.items() for typed in ways}


@cache
def _pattern() -> re.Pattern[str]:
    """Return a pattern of all that is typed for another word, and not meant as it stands."""
    meant_so = read_lists(_FILE)["unless"]
    ways = []
    for typed in sorted(_meant(), key=len, reverse=True):
        before, after = "", ""
        for whole in meant_so.get(typed, ()):
            at = whole.index(typed)
            before += f"(?<!{whole[:at]})" if at else ""
            after += f"(?!{whole[at + len(typed) :]})" if whole[at + len(typed) :] else ""
        ways.append(f"{before}{typed}{after}")
    return re.compile("|".join(ways))


def as_meant(text: str) -> str:
    """Return ``text``, of the same length, with the words of the field that are meant.

    >>> as_meant("7B 推里要多少显纯")
    '7B 推理要多少显存'
    """
    return _pattern().sub(lambda match: _meant()[match.group()], text)
