"""An entry written as a file is read back as the same entry, whatever is in it."""

from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from knowledge.check import check_entry
from knowledge.entries import Bilingual, Entry, EntrySource, Ways
from knowledge.loader import parse_entry
from knowledge.writing import entry_markdown, tidy

TEXTS = st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"]), max_size=40)
LINES = TEXTS.map(lambda text: f"x {text} y")


def entry(**changes) -> Entry:
    whole = {
        "id": "an-entry",
        "title": Bilingual(en="Title", zh="标题"),
        "ask": Ways(en=("a way",), zh=("问法",)),
        "sources": (EntrySource(title="s", locator="1.2"),),
        "reviewed": date(2026, 3, 1),
        "body": Bilingual(en="Body", zh="正文"),
    }
    return Entry.model_validate({**whole, **changes})


@settings(max_examples=150, deadline=None)
@given(title=LINES, way=LINES, tag=LINES, body=st.text(max_size=200), source=TEXTS)
def test_round_trip(title, way, tag, body, source):
    whole = tidy(
        entry(
            title=Bilingual(en=title, zh="标题"),
            ask=Ways(en=(way, "1e3", "yes", "0123", "null"), zh=("2026-03-01",)),
            tags=(tag,),
            sources=(EntrySource(title=source, locator="1:20"),),
            body=Bilingual(en=body.encode("utf-8", "replace").decode(), zh="正文"),
        )
    )
    codes = {problem.code for problem in check_entry(whole, {"an-entry"}, (), date(2026, 3, 2))}
    if not codes & {"marker-in-body", "open-code-block"}:
        assert parse_entry(entry_markdown(whole), "an-entry.md") == whole


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ("a\n<!-- zh -->\nb", "marker-in-body"),
        ("a\n  <!-- en -->  \nb", "marker-in-body"),
        ("```\n<!-- zh -->", "open-code-block"),
        ("~~~\n```", "open-code-block"),
    ],
)
def test_what_a_file_could_not_keep_is_a_fault(body, code):
    problems = check_entry(entry(body=Bilingual(en=body, zh="正文")), {"an-entry"}, ())
    assert (code, "body.en") in {(problem.code, problem.field) for problem in problems}


def test_a_marker_in_code_is_kept():
    whole = entry(body=Bilingual(en="```\n<!-- zh -->\n```", zh="正文"))
    assert parse_entry(entry_markdown(whole), "an-entry.md") == whole


def test_tidy_makes_one_kind_of_line_end_and_no_empty_ways():
    made = tidy(
        entry(
            body=Bilingual(en="a\r\nb\x0bc\u2028\x00d\x1b\n\n", zh="正文"),
            ask=Ways(en=(" a  way ", "", "a way"), zh=()),
        )
    )
    assert made.body.en == "a\nb\nc\nd"
    assert made.ask.en == ("a way",)
