"""Checks of the entry files, as ``vrambot kb check`` runs them.

A file that cannot be read is a problem like any other: the check goes on with the next file.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from urllib.parse import urlsplit

from knowledge.entries import Bilingual, Entry, Language
from knowledge.errors import EntryFileError
from knowledge.loader import ends_in_code, entry_files, has_marker, read_entry

LEAST_WAYS = 8
"""Fewest ways of asking per language."""

_LANGUAGES: tuple[Language, ...] = ("en", "zh")
_NAMES_EN: dict[Language, str] = {"en": "English", "zh": "Chinese"}
_NAMES_ZH: dict[Language, str] = {"en": "英文", "zh": "中文"}
_PARTS_ZH = {"title": "标题", "body": "正文"}
_OLDEST_REVIEW = date(2023, 1, 1)
_ID = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
_CHINESE = re.compile(r"[\u3400-\u4dbf\u4e00-\u9fff]")
_CODE = re.compile(r"^(```|~~~).*?^\1[^\n]*$|`[^`\n]*`", re.MULTILINE | re.DOTALL)
_LINK = re.compile(r"\[[^\]\n]*\]\(([^)\n]*)\)|<([a-z][a-z0-9+.-]*:[^>\s]*)>", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Problem:
    """One fault in one file. ``code`` is stable, for scripts; ``message`` is for people.

    ``field`` names what is at fault: ``id``, ``title.en``, ``ask.zh``, ``body.en``, ``sources``, …
    """

    file: str
    code: str
    message: Bilingual
    field: str = ""


def check_entries(
    directory: Path | None, calculators: Collection[str], today: date | None = None
) -> list[Problem]:
    """Return every fault of the entries in ``directory`` (None: the packaged ones).

    ``calculators`` are the names an entry may lead to; ``today`` bounds the reviewed date (default:
    the system's date). Nothing is raised for a bad file, an empty list means that all is well.
    """
    problems: list[Problem] = []
    entries: dict[str, Entry] = {}
    for file in entry_files(directory):
        try:
            entries[file.name] = read_entry(file)
        except EntryFileError as error:
            problems.append(Problem(file.name, "unreadable", error.reason))
    if not entries and not problems:
        problems.append(_problem("", "no-entries", "there are no entries", "没有任何条目"))
    ids = {entry.id for entry in entries.values()}
    for name, entry in entries.items():
        problems += check_entry(entry, ids, calculators, today, name)
        problems += _check_file_name(name, entry)
    problems += _check_unique(entries)
    return sorted(problems, key=lambda problem: (problem.file, problem.code))


def check_entry(
    entry: Entry,
    ids: Collection[str],
    calculators: Collection[str],
    today: date | None = None,
    name: str = "",
) -> list[Problem]:
    """Return every fault of one entry; ``ids`` are all entries, ``name`` the file's name if any."""
    return [
        *_check_id(name, entry),
        *_check_texts(name, entry),
        *_check_bodies(name, entry),
        *_check_ways(name, entry),
        *_check_references(name, entry, ids, calculators),
        *_check_date(name, entry, today or date.today()),
    ]


def check_ways_are_its_own(entry: Entry, others: Iterable[Entry]) -> Iterator[Problem]:
    """Yield a fault for each way of asking that another entry has too, or that stands twice."""
    owners = {_folded(way): other.id for other in others for way in _ways(other)}
    own: set[str] = set()
    for language, ways in (("en", entry.ask.en), ("zh", entry.ask.zh)):
        for way in ways:
            key = _folded(way)
            owner = owners.get(key) or (entry.id if key in own else None)
            if owner is not None:
                yield _duplicate_way("", way, owner, f"ask.{language}")
            own.add(key)


def _check_id(name: str, entry: Entry) -> Iterator[Problem]:
    if not _ID.fullmatch(entry.id):
        yield _problem(
            name,
            "bad-id",
            f"the id {entry.id!r} is not lower-case words joined by hyphens",
            f"id {entry.id!r} 应为小写单词加连字符",
            "id",
        )


def _check_file_name(name: str, entry: Entry) -> Iterator[Problem]:
    if f"{entry.id}.md" != name:
        yield _problem(
            name,
            "id-is-not-file-name",
            f"the id {entry.id!r} differs from the file's name",
            f"id {entry.id!r} 与文件名不一致",
            "id",
        )


def _check_bodies(name: str, entry: Entry) -> Iterator[Problem]:
    """Check that the body could be read back from a file: the parts are told by their markers."""
    for language in _LANGUAGES:
        text = entry.body.in_(language)
        if has_marker(text):
            yield _problem(
                name,
                "marker-in-body",
                f"the {_NAMES_EN[language]} body has a language marker on a line of its own",
                f"{_NAMES_ZH[language]}正文里有单独一行的语言标记",
                f"body.{language}",
            )
        if ends_in_code(text):
            yield _problem(
                name,
                "open-code-block",
                f"a code block of the {_NAMES_EN[language]} body is not closed",
                f"{_NAMES_ZH[language]}正文里有未结束的代码块",
                f"body.{language}",
            )


def _check_texts(name: str, entry: Entry) -> Iterator[Problem]:
    for field, text in (("title", entry.title), ("body", entry.body)):
        for language in _LANGUAGES:
            if not text.in_(language).strip():
                yield _problem(
                    name,
                    "missing-language",
                    f"the {field} is missing in {_NAMES_EN[language]}",
                    f"缺少{_NAMES_ZH[language]}{_PARTS_ZH[field]}",
                    f"{field}.{language}",
                )
        if text.zh.strip() and not _CHINESE.search(_CODE.sub("", text.zh)):
            yield _problem(
                name,
                "not-chinese",
                f"the Chinese {field} has no Chinese character",
                f"{field} 的中文文本里没有汉字",
                f"{field}.zh",
            )
        if _mostly_chinese(text.en):
            yield _problem(
                name,
                "not-english",
                f"the English {field} is written in Chinese",
                f"{field} 的英文文本是中文",
                f"{field}.en",
            )


def _check_ways(name: str, entry: Entry) -> Iterator[Problem]:
    for language in _LANGUAGES:
        ways = entry.ask.zh if language == "zh" else entry.ask.en
        if len(ways) < LEAST_WAYS:
            yield _problem(
                name,
                "few-ways",
                f"needs at least {LEAST_WAYS} ways of asking in {_NAMES_EN[language]}, "
                f"has {len(ways)}",
                f"{_NAMES_ZH[language]}问法至少需要 {LEAST_WAYS} 种，现有 {len(ways)} 种",
                f"ask.{language}",
            )
        if any(not way.strip() for way in ways):
            yield _problem(
                name,
                "empty-way",
                f"one of the ways of asking in {_NAMES_EN[language]} is empty",
                f"{_NAMES_ZH[language]}问法里有空的一条",
                f"ask.{language}",
            )


def _check_references(
    name: str, entry: Entry, ids: Collection[str], calculators: Collection[str]
) -> Iterator[Problem]:
    if entry.calculator is not None and entry.calculator not in calculators:
        yield _problem(
            name,
            "unknown-calculator",
            f"there is no calculator {entry.calculator!r}",
            f"没有名为 {entry.calculator!r} 的计算器",
            "calculator",
        )
    for other in entry.related:
        if other not in ids or other == entry.id:
            yield _problem(
                name,
                "unknown-entry",
                f"related names {other!r}, which is not another entry",
                f"related 里的 {other!r} 不是另一个条目",
                "related",
            )
    if not entry.sources or any(not source.title.strip() for source in entry.sources):
        yield _problem(name, "no-source", "a source is missing", "缺少来源", "sources")
    locators = [source.locator for source in entry.sources if "://" in source.locator]
    links = [("sources", link) for link in locators]
    links += [("body.en", link) for link in _links(entry.body.en)]
    links += [("body.zh", link) for link in _links(entry.body.zh)]
    for field, link in links:
        if not _is_good_link(link, ids):
            yield _problem(
                name,
                "bad-link",
                f"the link {link!r} is neither an http(s) address nor an entry",
                f"链接 {link!r} 既不是 http(s) 地址,也不是条目",
                field,
            )


def _check_date(name: str, entry: Entry, today: date) -> Iterator[Problem]:
    if not _OLDEST_REVIEW <= entry.reviewed <= today:
        yield _problem(
            name,
            "bad-date",
            f"reviewed is {entry.reviewed}, not between {_OLDEST_REVIEW} and {today}",
            f"reviewed 为 {entry.reviewed},不在 {_OLDEST_REVIEW} 与 {today} 之间",
            "reviewed",
        )


def _check_unique(entries: dict[str, Entry]) -> Iterator[Problem]:
    owner_of_id: dict[str, str] = {}
    owner_of_way: dict[str, str] = {}
    for name, entry in entries.items():
        first = owner_of_id.setdefault(entry.id, name)
        if first != name:
            yield _problem(
                name,
                "duplicate-id",
                f"the id {entry.id!r} is also that of {first}",
                f"id {entry.id!r} 与 {first} 重复",
                "id",
            )
        for way in _ways(entry):
            key = _folded(way)
            if key in owner_of_way:
                yield _duplicate_way(name, way, owner_of_way[key], "ask")
            owner_of_way.setdefault(key, name)


def _ways(entry: Entry) -> tuple[str, ...]:
    return (*entry.ask.en, *entry.ask.zh)


def _duplicate_way(file: str, way: str, owner: str, field: str) -> Problem:
    return _problem(
        file,
        "duplicate-way",
        f"the way of asking {way!r} is also in {owner}",
        f"问法 {way!r} 在 {owner} 里也有",
        field,
    )


def _links(markdown: str) -> Iterator[str]:
    for match in _LINK.finditer(_CODE.sub("", markdown)):
        yield match[1] if match[1] is not None else match[2]


def _is_good_link(link: str, ids: Collection[str]) -> bool:
    if link.endswith(".md") and "://" not in link:
        return link.removesuffix(".md") in ids
    try:
        parts = urlsplit(link)
    except ValueError:
        return False
    return parts.scheme in ("http", "https") and "." in parts.netloc and " " not in link


def _mostly_chinese(text: str) -> bool:
    letters = [letter for letter in text if letter.isalpha()]
    return len(_CHINESE.findall(text)) * 2 > len(letters) > 0


def _folded(way: str) -> str:
    """Return what makes two ways the same: width, case, spaces and punctuation do not count."""
    text = unicodedata.normalize("NFKC", way).casefold()
    return "".join(letter for letter in text if letter.isalnum() or letter == "+")


def _problem(file: str, code: str, en: str, zh: str, field: str = "") -> Problem:
    return Problem(file, code, Bilingual(en=en, zh=zh), field)
