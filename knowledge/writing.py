"""Writes an entry as the Markdown file that ``knowledge.loader`` reads back as the same entry."""

from __future__ import annotations

from typing import Any

from knowledge.entries import Bilingual, Entry, Ways

WIDTH = 100
_LINE_ENDS = "\x0b\x0c\x1c\x1d\x1e\x85\u2028\u2029"
_CONTROL = (chr(code) for code in (*range(0x20), *range(0x7F, 0xA0)) if chr(code) not in "\t\n\r")
SPACES = str.maketrans({**dict.fromkeys(_CONTROL, ""), **dict.fromkeys(_LINE_ENDS, "\n")})


def entry_markdown(entry: Entry) -> str:
    """Return the text of ``<id>.md``: YAML front matter, then the body in both languages.

    An entry that is ``tidy`` and passes the checks is read back unchanged.
    """
    import yaml

    head: dict[str, Any] = {
        "id": entry.id,
        "title": {"en": entry.title.en, "zh": entry.title.zh},
        "ask": {"en": list(entry.ask.en), "zh": list(entry.ask.zh)},
        "tags": list(entry.tags),
    }
    if entry.calculator is not None:
        head["calculator"] = entry.calculator
    if entry.related:
        head["related"] = list(entry.related)
    head["sources"] = [source.model_dump() for source in entry.sources]
    head["reviewed"] = entry.reviewed
    front = yaml.safe_dump(head, allow_unicode=True, sort_keys=False, width=WIDTH)
    return f"---\n{front}---\n\n<!-- en -->\n{entry.body.en}\n<!-- zh -->\n{entry.body.zh}\n"


def tidy(entry: Entry) -> Entry:
    """Return the entry as a file would keep it: no space around texts, no empty or repeated line.

    Every kind of line end is one newline, control characters are gone; ways of asking and tags are
    single lines.
    """
    return entry.model_copy(
        update={
            "title": Bilingual(en=_line(entry.title.en), zh=_line(entry.title.zh)),
            "ask": Ways(en=_lines(entry.ask.en), zh=_lines(entry.ask.zh)),
            "tags": _lines(entry.tags),
            "body": Bilingual(en=_text(entry.body.en), zh=_text(entry.body.zh)),
        }
    )


def _text(text: str) -> str:
    return "\n".join(text.translate(SPACES).splitlines()).strip()


def _line(text: str) -> str:
    return " ".join(text.translate(SPACES).split())


def _lines(texts: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(line for text in texts if (line := _line(text))))
