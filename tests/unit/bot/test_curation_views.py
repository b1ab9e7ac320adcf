"""Whatever is in an entry, its forms and lists are what Slack accepts, and nothing pings."""

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.fakeslack.limits import check_blocks, check_view
from bot.fakeslack.pings import targets
from bot.slack.curation import lists
from bot.slack.curation.fields import entry_form, entry_of, errors_of, fields_of, too_long
from bot.slack.curation.metadata import Carried
from bot.slack.curation.showing import conflict, preview, versions_view
from knowledge.check import check_entry
from knowledge.entries import Bilingual, Entry, EntrySource, Ways
from knowledge.store.entries import Draft, OpenQuestion, Version
from knowledge.writing import tidy

NOON = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
MARKUP = st.sampled_from(
    [
        "<!channel>",
        "<@U0123456>",
        "&",
        "<",
        "`",
        "```\n",
        "[x](!here)",
        "\n\n",
        "- ",
        "|",
        "# ",
        "显",
    ]
)
TEXTS = st.lists(st.one_of(MARKUP, st.text(max_size=20)), max_size=12).map("".join)


def entry(title: str, way: str, tag: str, body: str, source: str) -> Entry:
    clean = [one.encode("utf-8", "replace").decode() for one in (title, way, tag, body, source)]
    title, way, tag, body, source = clean
    return tidy(
        Entry(
            id="an-entry",
            title=Bilingual(en=title, zh=title),
            ask=Ways(en=(way,), zh=(way,)),
            tags=(tag,),
            sources=(EntrySource(title=source, locator=tag),),
            reviewed=date(2026, 3, 1),
            body=Bilingual(en=body, zh=body),
        )
    )


@settings(max_examples=150, deadline=None)
@given(TEXTS, TEXTS, TEXTS, TEXTS, TEXTS, st.sampled_from(["en", "zh"]))
def test_any_entry_is_shown(title, way, tag, body, source, language):
    made = entry(title, way, tag, body, source)
    carried = Carried("d1", language, "an-entry", 1)
    draft = Draft("d1", made, "terminal:<!here>", NOON, based_on=1, state="conflict")
    version = Version("an-entry", 2, made, "terminal:<!channel>", NOON, "import", 2)
    form = entry_form(carried, made)
    assert (form is None) == (too_long(made) is not None)
    if form is not None:
        check_view(form, "modal")
    views = [
        preview(draft, language, "", publishes=True),
        conflict(draft, version, language),
        versions_view([version, replace(version, number=1)], language),
    ]
    for view in views:
        check_view(view, "modal")
        assert not targets("", view["blocks"])
    question = OpenQuestion(title or "?", language, ("a1",), NOON)
    messages = [
        lists.open_questions([question], language),
        lists.entries([version], [made], [draft], language, "words"),
    ]
    for message in messages:
        check_blocks(message["blocks"])
        assert not targets("", message["blocks"])


def test_authors_of_slack_are_named():
    made = entry("t", "w", "t", "b", "s")
    draft = Draft("d1", made, "U0AUTHOR1", NOON)
    shown = str(lists.entries([], [], [draft], "en", ""))
    assert "<@U0AUTHOR1>" in shown


@settings(max_examples=100, deadline=None)
@given(TEXTS, TEXTS, TEXTS, TEXTS)
def test_a_form_is_read_back_as_it_was_filled_in(title, way, body, source):
    # A comma parts tags, a line ways of asking, a bar the source from its place.
    flat = " ".join(source.replace("|", " ").replace("｜", " ").split())
    made = entry(title, way, "tag", body, flat or "s")
    shown = fields_of(made)
    state = {name: {"value": {"value": text or None}} for name, text in shown.items()}
    view = {"state": {"values": state}}
    read = entry_of(view, Carried("d1", "en", "an-entry", 1), made.reviewed)
    assert read == made


@pytest.mark.parametrize("language", ["en", "zh"])
def test_every_fault_is_shown_at_a_field_that_the_form_has(language):
    nothing = entry("", "", "", "", "")
    for entry_id in ("", "an-entry"):
        carried = Carried("d1", language, entry_id)
        form = entry_form(carried, nothing)
        fields = {block.get("block_id") for block in form["blocks"]}
        problems = check_entry(nothing.model_copy(update={"id": "No Id"}), set(), ())
        errors = errors_of(problems, carried, language)
        assert errors
        assert set(errors) <= fields
        assert all(len(sentence) <= 250 for sentence in errors.values())
