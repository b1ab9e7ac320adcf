"""Markdown of an entry as plain text: what a terminal and a notification show of it.

Marks of emphasis go, addresses stand in brackets behind their words, code is indented. What stands
in backticks is left as it is: there the marks are part of what is to be typed.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

Heading = Callable[[str], str]
"""How a heading, or words in bold type, are set."""

_FENCE = re.compile(r"\s{0,3}(`{3,}|~{3,})")
_TITLE = re.compile(r"\s{0,3}#{1,6}\s+(.*?)\s*#*$")
_CODE = re.compile(r"(`+)(?:(?!\1).)+?\1")
_LINK = re.compile(r"\[([^\[\]]*)\]\(<?((?:[^\s()<>]|\([^\s()]*\))+)>?(?:\s+\"[^\"]*\")?\)")
_BARE = re.compile(r"<((?:https?://|mailto:)[^\s<>]+)>")
_STRONG = re.compile(r"\*\*(?=\S)(.+?)(?<=\S)\*\*")
_EMPHASIS = re.compile(r"(?<![A-Za-z0-9*\\])\*(?=[^\s*])([^*]+?)(?<=\S)\*(?!\*)")
_CHINESE = re.compile("[\u4e00-\u9fff]")
_ESCAPED = re.compile(r"\\([!-/:-@\[-`{-~])")


def plain_prose(markdown: str, heading: Heading = str) -> Iterator[str]:
    """Yield the lines of Markdown as plain text; ``heading`` sets titles and bold words."""
    fence = ""
    for line in markdown.strip().split("\n"):
        mark = _FENCE.match(line)
        if mark and not fence:
            fence = mark[1]
        elif mark and line.strip() == fence:
            fence = ""
        elif fence:
            yield f"    {line}".rstrip()
        elif title := _TITLE.match(line):
            yield heading(_plain(title[1], str))
        else:
            yield _plain(line, heading)


def _plain(line: str, heading: Heading) -> str:
    codes: list[str] = []

    def aside(match: re.Match[str]) -> str:
        codes.append(match[0])
        return f"\x00{len(codes) - 1}\x00"

    text = _CODE.sub(aside, line)
    brackets = "（{}）" if _CHINESE.search(line) else " ({})"
    text = _LINK.sub(lambda match: _address(match, brackets), _BARE.sub(r"\1", text))
    text = _STRONG.sub(lambda match: heading(match[1]), text)
    text = _ESCAPED.sub(r"\1", _EMPHASIS.sub(r"\1", text))
    return re.sub(r"\x00(\d+)\x00", lambda match: codes[int(match[1])], text)


def _address(match: re.Match[str], brackets: str) -> str:
    words, address = match[1].strip(), match[2]
    return f"{words}{brackets.format(address)}" if words not in ("", address) else address
