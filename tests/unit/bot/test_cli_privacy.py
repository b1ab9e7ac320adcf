"""``vrambot privacy`` in a terminal."""

import io
import json

import pytest

from bot.cli.main import run
from bot.home import database_path
from bot.question import TERMINAL
from knowledge.store import open_store
from knowledge.visibility import Viewer

ME = Viewer("local", TERMINAL)


@pytest.fixture
def asked(capsys):
    assert run(["ask", "7b", "fp16", "adamw"]) == 0
    capsys.readouterr()


def test_what_was_asked_here_is_handed_out(asked, capsys, tmp_path):
    assert run(["privacy", "export"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert [row["query"] for row in found["stored"]["answers"]] == ["7b fp16 adamw"]
    file = tmp_path / "mine.json"
    assert run(["privacy", "export", "--out", str(file)]) == 0
    assert json.loads(file.read_text(encoding="utf-8"))["user"] == "local"


def test_nothing_stored_is_said(capsys):
    assert run(["privacy", "export", "--workspace", "T1", "--user", "U1"]) == 10
    assert "Nothing is stored of U1 in T1." in capsys.readouterr().err


def test_deleting_is_asked_about_and_done(asked, capsys, monkeypatch):
    monkeypatch.setattr("sys.stdin", io.StringIO(""))
    assert run(["privacy", "delete"]) == 130
    assert run(["privacy", "delete", "--yes"]) == 0
    assert run(["privacy", "export"]) == 10
    store = open_store(database_path())
    assert store.search("adamw", ME) == []
    store.close()
