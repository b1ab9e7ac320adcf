"""Reads the curated files of the package: entries, negatives and the glossary.

An entry is one Markdown file ``faq/<id>.md``. Its YAML front matter holds strings and one date,
never numbers::

    ---
    id: model-size
    title: {en: …, zh: …}
    ask: {en: [ways of asking], zh: [ways of asking]}
    tags: [size, weights]
    calculator: file_size        # may be left out
    related: [other-entry-id]    # may be left out
    sources: [{title: …, locator: …}]
    reviewed: 2026-11-24
    ---

The body follows in both languages, each part introduced by a line that holds only its marker,
``<!-- en -->`` or ``<!-- zh -->``. A marker inside a fenced code block is code, not a marker.

Further ways of asking may stand in ``ways/<id>.en.txt`` and ``ways/<id>.zh.txt`` beside it, one a
line: they join those of the front matter.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, ValidationError

from knowledge.entries import Bilingual, Entry, Ways
from knowledge.errors import DataFileError, EntryFileError

_MARKERS = {"<!-- en -->": "en", "<!-- zh -->": "zh"}
_FENCES = ("```", "~~~")
_WAYS = "ways"
_NEGATIVES = "negatives"


class Negatives(BaseModel):
    """Messages that must not be answered, per kind, each list in both languages mixed.

    ``near`` is machine learning that is out of scope, ``out`` is everything else, ``chatter`` is
    talk between colleagues that asks for nothing.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    near: tuple[str, ...]
    out: tuple[str, ...]
    chatter: tuple[str, ...]

    def all(self) -> tuple[str, ...]:
        """Return every message, near-domain first."""
        return self.near + self.out + self.chatter


class Term(BaseModel):
    """A group of words that mean the same; matching folds each of them into ``canonical``."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    canonical: str
    zh: tuple[str, ...] = ()
    en: tuple[str, ...] = ()
    misspelled: tuple[str, ...] = ()

    def words(self) -> tuple[str, ...]:
        """Return every form in either language, misspellings last."""
        return self.zh + self.en + self.misspelled


def load_entries(directory: Path | None = None) -> tuple[Entry, ...]:
    """Return the entries of ``directory`` (default: the packaged ones), sorted by file name.

    The packaged entries are read once per process. Raises ``EntryFileError`` on the first file
    that is not an entry.
    """
    if directory is None:
        return _packaged_entries()
    return tuple(read_entry(file) for file in entry_files(directory))


@cache
def find_entry(entry_id: str) -> Entry | None:
    """Return the packaged entry of that id, None when there is none; only its file is read.

    Raises ``EntryFileError`` when the file is not an entry.
    """
    name = f"{entry_id}.md"
    file = next((file for file in entry_files() if file.name == name), None)
    return read_entry(file) if file is not None else None


def entry_files(directory: Path | None = None) -> list[Path] | list[Traversable]:
    """Return the entry files of ``directory`` (default: the packaged ones), sorted by name."""
    if directory is not None:
        return sorted(path for path in directory.glob("*.md") if path.is_file())
    packaged = (item for item in _resource("faq").iterdir() if item.name.endswith(".md"))
    return sorted(packaged, key=lambda item: item.name)


def read_entry(file: Path | Traversable) -> Entry:
    """Return the entry in ``file`` with its further ways; raises ``EntryFileError``."""
    entry = parse_entry(_text(file), file.name)
    folder = (file.parent if isinstance(file, Path) else _resource("faq")) / _WAYS
    stem = file.name.removesuffix(".md")
    english, chinese = (_further_ways(folder / f"{stem}.{key}.txt") for key in ("en", "zh"))
    if not english and not chinese:
        return entry
    ask = Ways(en=entry.ask.en + english, zh=entry.ask.zh + chinese)
    return entry.model_copy(update={"ask": ask})


def _further_ways(file: Path | Traversable) -> tuple[str, ...]:
    """Return the lines of a file of ways of asking; none where there is no file."""
    if not file.is_file():
        return ()
    return tuple(filter(None, map(str.strip, _text(file).splitlines())))


def _text(file: Path | Traversable) -> str:
    try:
        return file.read_text(encoding="utf-8")
    except UnicodeDecodeError:
        raise EntryFileError(file.name, _REASONS["utf8"]) from None
    except OSError as error:
        reason = error.strerror or "I/O error"
        raise EntryFileError(file.name, Bilingual(en=reason, zh=reason)) from error


def parse_entry(text: str, name: str) -> Entry:
    """Return the entry written in ``text``; ``name`` is the file's name, for errors.

    Raises ``EntryFileError`` with the first thing that is wrong.
    """
    import frontmatter  # YAML is heavy, and most commands read no entry
    from yaml import YAMLError

    try:
        metadata, content = frontmatter.parse(text)
    except (YAMLError, ValueError, RecursionError) as error:
        raise EntryFileError(name, _yaml_fault(error)) from None
    if not metadata:
        raise EntryFileError(name, _REASONS["no-front-matter"])
    if "body" in metadata:
        raise EntryFileError(name, Bilingual(en="unknown key body", zh="未知的键 body"))
    bodies = split_body(content)
    try:
        return Entry.model_validate(
            {**metadata, "body": {lang: bodies.get(lang, "") for lang in ("en", "zh")}}
        )
    except ValidationError as error:
        raise EntryFileError(name, _first_fault(error)) from None


def split_body(content: str) -> dict[str, str]:
    """Return the Markdown of each language of a body; a language without marker is left out."""
    parts: dict[str, list[str]] = {}
    current: list[str] | None = None
    for line, in_code in fenced_lines(content):
        language = None if in_code else _MARKERS.get(line.strip())
        if language is not None:
            current = parts.setdefault(language, [])
        elif current is not None:
            current.append(line)
    return {language: "\n".join(lines).strip() for language, lines in parts.items()}


def has_marker(text: str) -> bool:
    """Return whether a text has a language marker on a line of its own, outside of code."""
    return any(line.strip() in _MARKERS for line, in_code in fenced_lines(text) if not in_code)


def ends_in_code(text: str) -> bool:
    """Return whether a code block of the text is not closed."""
    *_, (_, in_code) = fenced_lines(f"{text}\n.")
    return in_code


@cache
def load_negatives() -> Negatives:
    """Return the messages that must be refused; raises ``DataFileError``.

    They are those of every file of the folder, in the order of the files' names.
    """
    messages: dict[str, list[str]] = {kind: [] for kind in Negatives.model_fields}
    names = sorted(file.name for file in _resource(_NEGATIVES).iterdir())
    for name in (name for name in names if name.endswith(".toml")):
        for kind, groups in _toml(f"{_NEGATIVES}/{name}").items():
            try:
                texts = [text for group in groups for key in ("zh", "en") for text in group[key]]
                messages[kind] += texts
            except (KeyError, TypeError) as error:
                raise DataFileError(name, f"missing or unknown {error}") from None
    try:
        return Negatives.model_validate(messages)
    except ValidationError as error:
        raise DataFileError(_NEGATIVES, _first_fault(error).en) from None


@cache
def load_glossary() -> tuple[Term, ...]:
    """Return the groups of synonyms, in file order; raises ``DataFileError``."""
    document = _toml("glossary.toml")
    try:
        return tuple(Term.model_validate(term) for term in document["term"])
    except KeyError as error:
        raise DataFileError("glossary.toml", f"missing {error}") from None
    except ValidationError as error:
        raise DataFileError("glossary.toml", _first_fault(error).en) from None


@cache
def _packaged_entries() -> tuple[Entry, ...]:
    return tuple(read_entry(file) for file in entry_files())


def _resource(name: str) -> Traversable:
    return files("knowledge") / name


def _toml(name: str) -> dict[str, Any]:
    try:
        return tomllib.loads(_resource(name).read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise DataFileError(name, str(error)) from error


def fenced_lines(content: str) -> Iterator[tuple[str, bool]]:
    """Yield each line with whether it belongs to a fenced code block."""
    fence: str | None = None
    for line in content.splitlines():
        opening = next((mark for mark in _FENCES if line.lstrip().startswith(mark)), None)
        if opening is not None and fence in (None, opening):
            fence = opening if fence is None else None
            yield line, True
        else:
            yield line, fence is not None


def _yaml_fault(error: Exception) -> Bilingual:
    """Say what is wrong with the front matter, with the line of the file where YAML knows it."""
    problem = str(getattr(error, "problem", None) or error)
    line = getattr(getattr(error, "problem_mark", None), "line", None)
    where = "" if line is None else f" (line {line + 2})"
    return Bilingual(
        en=f"the front matter is not YAML: {problem}{where}",
        zh=f"头部不是合法的 YAML:{problem}{where}",
    )


def _first_fault(error: ValidationError) -> Bilingual:
    fault = error.errors(include_url=False, include_input=False)[0]
    where = ".".join(str(part) for part in fault["loc"])
    if fault["type"] == "extra_forbidden":
        return Bilingual(en=f"unknown key {where}", zh=f"未知的键 {where}")
    if fault["type"] == "missing":
        return Bilingual(en=f"{where} is missing", zh=f"缺少 {where}")
    return _kind_fault(fault["loc"], fault["type"])


def _kind_fault(location: tuple[int | str, ...], fault: str) -> Bilingual:
    """Say what kind of value belongs where another kind stands."""
    en, zh = "", ""
    for part in location:
        if isinstance(part, int):
            en, zh = f"{en}, number {part + 1},", f"{zh} 第 {part + 1} 项"
        else:
            en, zh = f"{en}.{part}".lstrip("."), f"{zh}.{part}".lstrip(".")
    for beginning, (needs, chinese) in _NEEDS.items():
        if fault.startswith(beginning):
            return Bilingual(en=f"{en} {needs}", zh=f"{zh} {chinese}")
    return Bilingual(en=f"{en} cannot be used as it stands", zh=f"{zh} 的值无法使用")


_NEEDS = {
    "model": ("needs keys of its own, such as title: …", "应由若干键组成，例如 title: …"),
    "dict": ("needs keys of its own, such as en: …", "应由若干键组成，例如 en: …"),
    "tuple": ("must be a list: one item a line after a hyphen", "应为列表：每行一项，以连字符开头"),
    "list": ("must be a list: one item a line after a hyphen", "应为列表：每行一项，以连字符开头"),
    "string": ("must be text: put it in quotes", "应为文字：请加引号"),
    "date": ("must be a date such as 2026-01-31", "应为日期，例如 2026-01-31"),
}
_REASONS = {
    "utf8": Bilingual(en="it is not UTF-8 text", zh="不是 UTF-8 文本"),
    "no-front-matter": Bilingual(
        en="it has no YAML front matter between two --- lines",
        zh="两行 --- 之间没有 YAML 头部",
    ),
}
