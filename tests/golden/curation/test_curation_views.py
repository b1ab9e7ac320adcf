"""The forms and lists of curation as Slack gets them, in both languages, within its limits."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest
from syrupy.assertion import SnapshotAssertion

from bot.fakeslack.limits import check_blocks, check_view
from bot.question import Language
from bot.slack.curation import lists
from bot.slack.curation.fields import entry_form
from bot.slack.curation.metadata import Carried
from bot.slack.curation.showing import conflict, preview, versions_view
from bot.slack.curation.waiting import waiting
from knowledge.entries import Bilingual, Entry, EntrySource, Ways
from knowledge.loader import load_entries
from knowledge.store.entries import Draft, OpenQuestion, Version

NOON = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
LANGUAGES = pytest.mark.parametrize("language", ["en", "zh"])
ENTRY = Entry(
    id="zephyr-booking",
    title=Bilingual(en="How do I book a zephyr node?", zh="怎么预订 zephyr 节点？"),
    ask=Ways(en=("book a zephyr node", "reserve zephyr"), zh=("预订 zephyr", "申请节点")),
    tags=("zephyr", "booking"),
    calculator="fit",
    sources=(EntrySource(title="the platform team", locator="https://wiki.example.com/z"),),
    reviewed=date(2026, 3, 1),
    body=Bilingual(
        en="Ask in **#zephyr** & wait.\n\n- day: `zephyr day`\n- night: <!channel>",
        zh="在 **#zephyr** 里问。\n\n```\nzephyr 白天\n```",
    ),
)
THEIRS = ENTRY.model_copy(update={"body": Bilingual(en="Ask the desk.", zh="问前台。")})
DRAFT = Draft("d1", ENTRY, "U0MEI0001", NOON, based_on=1, state="proposed")
VERSIONS = [
    Version("zephyr-booking", 3, ENTRY, "U0MEI0001", NOON, "undo", 3),
    Version("zephyr-booking", 2, THEIRS, "terminal:ops", NOON, "import", 2),
    Version("zephyr-booking", 1, ENTRY, "U0MEI0001", NOON, "publish", 1),
]
QUESTIONS = [
    OpenQuestion("how do I <b>reset</b> & co?", "en", ("a3", "a1"), NOON),
    OpenQuestion("zephyr 节点怎么重启？", "zh", ("a2",), NOON, bad=1),
]


def carried(language: Language) -> Carried:
    return Carried("d1", language, "zephyr-booking", 1)


@LANGUAGES
def test_form(snapshot: SnapshotAssertion, language: Language) -> None:
    view = entry_form(carried(language), ENTRY, ["A note."])
    assert check_view(view, "modal") == snapshot


@LANGUAGES
def test_form_of_a_new_entry(snapshot: SnapshotAssertion, language: Language) -> None:
    nothing = Bilingual(en="", zh="")
    blank = ENTRY.model_copy(
        update={
            "id": "",
            "title": nothing,
            "body": nothing,
            "ask": Ways(en=(), zh=()),
            "tags": (),
            "calculator": None,
            "sources": (),
        }
    )
    assert check_view(entry_form(Carried("d1", language), blank), "modal") == snapshot


@LANGUAGES
def test_preview(snapshot: SnapshotAssertion, language: Language) -> None:
    metadata = carried(language).as_metadata()
    view = preview(replace(DRAFT, replaces=True), language, metadata, publishes=True)
    assert check_view(view, "modal") == snapshot


@LANGUAGES
def test_conflict(snapshot: SnapshotAssertion, language: Language) -> None:
    assert check_view(conflict(DRAFT, VERSIONS[1], language), "modal") == snapshot


@LANGUAGES
def test_versions(snapshot: SnapshotAssertion, language: Language) -> None:
    assert check_view(versions_view(VERSIONS, language, "A note."), "modal") == snapshot


@LANGUAGES
def test_waiting(snapshot: SnapshotAssertion, language: Language) -> None:
    assert check_view(waiting(language, "curation-1"), "modal") == snapshot


@LANGUAGES
def test_open_questions(snapshot: SnapshotAssertion, language: Language) -> None:
    shown = lists.open_questions(QUESTIONS, language)
    check_blocks(shown["blocks"])
    assert shown == snapshot


@LANGUAGES
def test_entries(snapshot: SnapshotAssertion, language: Language) -> None:
    shown = lists.entries(VERSIONS[:1], load_entries()[:1], [DRAFT], language, "zephyr")
    check_blocks(shown["blocks"])
    assert shown == snapshot


@LANGUAGES
@pytest.mark.parametrize("size", [1, 2_999, 3_000])
def test_the_largest_texts_fit(size: int, language: Language) -> None:
    big = ENTRY.model_copy(
        update={
            "body": Bilingual(en="&" * size, zh="显" * size),
            "ask": Ways(en=("x" * size,), zh=("y" * size,)),
            "title": Bilingual(en="t" * min(size, 200), zh="题" * min(size, 200)),
        }
    )
    assert check_view(entry_form(carried(language), big), "modal")
    # A title may have come in by a file.
    big = big.model_copy(update={"title": Bilingual(en="<" * size, zh="题" * size)})
    draft = replace(DRAFT, entry=big)
    assert check_view(preview(draft, language, "", publishes=False), "modal")
    assert check_view(conflict(draft, replace(VERSIONS[0], entry=big), language), "modal")
    long = [replace(VERSIONS[0], number=number, entry=big) for number in range(200, 0, -1)]
    assert check_view(versions_view(long, language), "modal")
    questions = [replace(QUESTIONS[0], query="<" * size)] * 50
    check_blocks(lists.open_questions(questions, language)["blocks"])
    check_blocks(lists.entries(long, [big] * 30, [draft] * 30, language, "w" * 60)["blocks"])


def test_more_than_a_form_can_carry_gives_no_form() -> None:
    many = replace(carried("en"), related=tuple(f"entry-{number}" for number in range(400)))
    assert entry_form(many, ENTRY) is None


@pytest.mark.parametrize(("field", "size"), [("body", 3_001), ("title", 201)])
def test_a_text_too_long_for_a_field_gives_no_form(field: str, size: int) -> None:
    big = ENTRY.model_copy(update={field: Bilingual(en="x" * size, zh="显")})
    assert entry_form(carried("en"), big) is None
