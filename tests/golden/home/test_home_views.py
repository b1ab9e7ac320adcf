"""The Home tab, its forms and the rows of a look-up as Slack gets them, in both languages."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from syrupy.assertion import SnapshotAssertion

from bot.answer import Answer, Related
from bot.fakeslack.limits import check_blocks, check_view
from bot.finding import Lookup, found_answer
from bot.question import Defaults, Language
from bot.rendering import blocks
from bot.rendering.home import MOST_BLOCKS, HomeContent, Kept, home_view, past_view
from bot.rendering.plainer import plainer
from bot.slack.forms.personal import defaults_form, find_form
from knowledge.history import PastAnswer, Wanted
from knowledge.visibility import Place

NOON = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
LINK = "https://team.example.com/archives/C1/p10"
LANGUAGES = pytest.mark.parametrize("language", ["en", "zh"])
ASKED = Related("a1", "can 4×V100 train <65B> & more?", LINK, "No: 1,040 GB needed.", NOON)
CHANGED = replace(ASKED, id="a2", query="7B 推理要多少显存", headline="14 GB", changed=True)
PRIVATE = replace(ASKED, id="a3", query="13b fp16", permalink=None, headline="26 GB | x")
HEALTH = ("Answering: running", "Waiting now: questions 0, messages 0")


def content(language: Language | None) -> HomeContent:
    return HomeContent(
        language=language,
        chosen_language=language,
        defaults=Defaults("H100 80GB SXM5", 8),
        team=Defaults("A100 80GB", 4),
        recent=[ASKED, CHANGED, PRIVATE],
        saved=[Kept("a1", ASKED), Kept("a2", CHANGED), Kept("a4", None, LINK), Kept("a5", None)],
        health=HEALTH,
    )


@LANGUAGES
def test_home(snapshot: SnapshotAssertion, language: Language) -> None:
    assert check_view(home_view(content(language)), "home") == snapshot


@LANGUAGES
def test_home_before_the_first_question(snapshot: SnapshotAssertion, language: Language) -> None:
    assert check_view(home_view(HomeContent(language=language)), "home") == snapshot


def test_home_of_somebody_whose_language_nothing_tells(snapshot: SnapshotAssertion) -> None:
    assert check_view(home_view(HomeContent()), "home") == snapshot


def test_home_keeps_to_slacks_limits_however_much_there_is() -> None:
    long = replace(CHANGED, query="<&>" * 2_000, headline="显存" * 3_000)
    full = HomeContent(
        recent=[long] * 200,
        saved=[Kept(f"a{number}", long) for number in range(200)],
        health=("x" * 500,) * 50,
    )
    view = check_view(home_view(full), "home")
    assert len(view["blocks"]) <= MOST_BLOCKS


@LANGUAGES
def test_forms(snapshot: SnapshotAssertion, language: Language) -> None:
    chosen = {"gpu": "H100 80GB SXM5", "gpu_count": 8, "language": language}
    view = defaults_form(chosen, language, "hash", team=True)
    assert check_view(view, "modal") == snapshot
    assert check_view(find_form(language), "modal") == snapshot


@LANGUAGES
def test_results_of_a_search(snapshot: SnapshotAssertion, language: Language) -> None:
    view = past_view([ASKED, CHANGED, PRIVATE], "3", language)
    assert check_view(view, "modal") == snapshot


@LANGUAGES
@pytest.mark.parametrize("plain", [False, True])
def test_rows_of_a_look_up(snapshot: SnapshotAssertion, language: Language, plain: bool) -> None:
    past = PastAnswer(
        id="a1",
        query="can 4×V100 train 65B?",
        language="en",
        kind="calculation",
        entry_id=None,
        text="No: 1,040 GB needed.\n\nmore",
        answer={},
        asker="U1",
        place=Place("T1", "C1", "public"),
        asked_at=NOON,
        permalink=LINK,
    )
    blank = Answer("find 65B", language, "history", 1.0)
    lookup = Lookup("65B", Wanted(), language)
    shown = blocks(found_answer(lookup, [past], blank, lambda _: True))
    assert check_blocks(plainer(shown) if plain else shown) == snapshot
