"""Reads a numbered document of questions and answers into entries that still need work.

A question is a line such as ``7.1 flops`` or ``## 3. How much?`` that goes on with the numbering:
after 7 comes 8 or 7.1, after 7.1 comes 7.2, 7.1.1 or 8. So a numbered list inside an answer is not
taken for questions, nor is a line that begins with an amount (``8 cards``). Only the document's
language is filled in; the other is to be written.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date

from knowledge.entries import Bilingual, Entry, EntrySource, Language, Ways
from knowledge.loader import fenced_lines
from knowledge.writing import tidy

Number = tuple[int, ...]
_HEADING = re.compile(
    r"^(?:#{1,6}\s*)?(?:\*\*)?(?:Q|问题|问)?\s*"
    r"(?:(?P<number>\d{1,3}(?:\.\d{1,3}){0,3})\s*[.．、)）:：](?!\d)"
    r"|(?P<part>\d{1,3}(?:\.\d{1,3}){1,3})\s)"
    r"\s*"
    r"(?P<title>\S.{0,199}?)\s*(?:\*\*)?\s*#*$",
    re.IGNORECASE,
)


@dataclass(slots=True)
class Asked:
    """One numbered question with the lines of its answer."""

    number: Number
    title: str
    lines: list[str] = field(default_factory=list)

    @property
    def label(self) -> str:
        """Return the number as it is written: ``7.1``."""
        return ".".join(map(str, self.number))

    @property
    def body(self) -> str:
        """Return the answer, without blank lines around it."""
        return "\n".join(self.lines).strip()


def read_questions(text: str) -> list[Asked]:
    """Return the numbered questions of a document in order; those without an answer too."""
    questions: list[Asked] = []
    item = 0
    for line, in_code in fenced_lines(text):
        match = None if in_code else _HEADING.match(line.strip())
        number = _number(match["number"] or match["part"]) if match else ()
        # 4. after 1., 2., 3. in an answer is the fourth item of its list.
        in_list = len(number) == 1 and number[0] == item + 1 and item > 0
        if match and not in_list and _goes_on(questions[-1].number if questions else (), number):
            questions.append(Asked(number, match["title"]))
            item = 0
            continue
        if len(number) == 1 and (number[0] == 1 or in_list):
            item = number[0]
        if questions:
            questions[-1].lines.append(line)
    return questions


def is_faq_document(text: str) -> bool:
    """Return whether a text has numbered questions with answers, and no front matter."""
    return not text.startswith("---") and any(one.body for one in read_questions(text))


def draft_entries(
    text: str, name: str, language_of: Callable[[str], Language], today: date
) -> Iterator[tuple[Asked, Entry]]:
    """Yield each answered question with the entry made of it; ``name`` is the document's.

    The ids are made of the name and the number, so that the same document gives the same ids.
    ``reviewed`` is ``today``. What is missing is empty.
    """
    for asked in read_questions(text):
        if not asked.body:
            continue
        language = language_of(f"{asked.title}\n{asked.body}")
        entry = Entry(
            id="-".join((slug(name) or "faq", *map(str, asked.number))),
            title=_in(language, asked.title),
            ask=Ways(
                en=(asked.title,) if language == "en" else (),
                zh=(asked.title,) if language == "zh" else (),
            ),
            sources=(EntrySource(title=name, locator=asked.label),),
            reviewed=today,
            body=_in(language, asked.body),
        )
        yield asked, tidy(entry)


def slug(text: str) -> str:
    """Return the lower-case words of a text joined by hyphens, empty without Latin letters."""
    return "-".join(re.findall(r"[a-z0-9]+", text.lower()))[:60].strip("-")


def _in(language: Language, text: str) -> Bilingual:
    return Bilingual(en=text, zh="") if language == "en" else Bilingual(en="", zh=text)


def _number(text: str) -> Number:
    return tuple(map(int, text.split(".")))


def _goes_on(last: Number, number: Number) -> bool:
    """Return whether ``number`` may follow ``last`` in a numbered document."""
    if not last:
        return number in ((0,), (1,))
    if number == (*last, 1):
        return True
    depth = len(number)
    return depth <= len(last) and number == (*last[: depth - 1], last[depth - 1] + 1)
