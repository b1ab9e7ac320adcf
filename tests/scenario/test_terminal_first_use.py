"""What somebody meets who has only read the README: sentences that say what to do."""

from __future__ import annotations

import pytest

from bot.cli.main import run
from bot.messages import say

TOKENS = ("SLACK_BOT_TOKEN", "SLACK_APP_TOKEN", "SLACK_SIGNING_SECRET", "SLACK_CLIENT_ID")


@pytest.fixture(autouse=True)
def no_tokens(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in TOKENS:
        monkeypatch.delenv(name, raising=False)


def test_without_any_token_serve_names_all_that_it_needs(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert run(["serve"]) == 3
    said = capsys.readouterr().err
    assert all(name in said for name in TOKENS[:3])
    assert all(name in say("no_tokens", "zh") for name in TOKENS[:3])


def test_a_second_sweep_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    command = ["calc", "kv_cache", "--model", "llama-3.1-8b", "--sweep", "seq=1k..4k"]
    assert run(command) == 0
    capsys.readouterr()
    assert run([*command, "--sweep", "micro_batch=1,2"]) == 2
    captured = capsys.readouterr()
    assert "--sweep" in captured.err
    assert captured.out == ""
    assert "--sweep" in say("one_sweep", "zh", count=2)


def test_no_unanswered_question_is_said_in_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["history", "unanswered"]) == 0
    captured = capsys.readouterr()
    assert len(captured.err.splitlines()) == 1
    assert captured.out == ""


def test_the_help_says_that_a_batch_keeps_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    run(["ask", "--help"])
    said = " ".join(capsys.readouterr().out.split())
    assert "nothing of it is kept in the history" in said


def test_the_working_in_short_is_a_line_a_step(capsys: pytest.CaptureFixture[str]) -> None:
    question = ["ask", "kv cache of llama-3.1-70b at 32k, batch 4"]
    run(question)
    whole = capsys.readouterr().out
    run([*question, "--short"])
    short = capsys.readouterr().out
    assert "M_kv = 2 × L × h_kv × d × s × B × b_kv = 42.95 GB (40 GiB)" in short
    assert "2 × 80 × 8 × 128" in whole
    assert "2 × 80 × 8 × 128" not in short
    assert whole.splitlines()[0] == short.splitlines()[0]
