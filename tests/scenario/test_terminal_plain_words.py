"""What cannot be used is said in plain words of the terminal, and nothing arbitrary is offered."""

from __future__ import annotations

import pytest

from bot.cli.main import run
from knowledge.errors import EntryFileError
from knowledge.loader import parse_entry


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("VRAMBOT_WORKERS", "abc", "VRAMBOT_WORKERS must be a whole number"),
        ("VRAMBOT_WORKERS", "0", "VRAMBOT_WORKERS must be a number ≥ 1"),
        ("VRAMBOT_LOG_LEVEL", "loud", "VRAMBOT_LOG_LEVEL must be one of: debug, info"),
    ],
)
def test_a_setting_that_cannot_be_used(monkeypatch, capsys, name, value, said):
    monkeypatch.setenv("LC_ALL", "en_US.UTF-8")
    monkeypatch.setenv("SLACK_BOT_TOKEN", "xoxb-1")
    monkeypatch.setenv("SLACK_APP_TOKEN", "xapp-1")
    monkeypatch.setenv(name, value)
    assert run(["serve"]) == 3
    assert said in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["history", "show", "nope"], 10, "no past answer with the id “nope”"),
        (["kb", "show", "qqqq"], 10, "No entry has the id “qqqq”. `vrambot kb list`"),
        (["calc", "nope"], 2, "These there are: file_size, inference,"),
        (["explain", "nope"], 2, "No formula 'nope'. `vrambot explain` lists"),
        (["history", "search", "kind:foo"], 2, "vrambot history search 65B V100"),
    ],
)
def test_a_name_that_there_is_not(monkeypatch, capsys, tmp_path, arguments, code, said):
    monkeypatch.setenv("LC_ALL", "en_US.UTF-8")
    monkeypatch.setenv("VRAMBOT_HOME", str(tmp_path))
    assert run(arguments) == code
    err = capsys.readouterr().err
    assert said in err
    assert "/vram" not in err


def test_no_model_is_offered_for_a_name_like_none(capsys):
    assert run(["calc", "training", "--model", "nope"]) == 2
    assert "LLaMA" not in capsys.readouterr().err
    assert run(["calc", "training", "--model", "qwn2.5-7b"]) == 2
    assert "Qwen2.5-7B" in capsys.readouterr().err


HEAD = "---\nid: a\ntitle: {en: A?, zh: 甲？}\nask: {en: [a], zh: [甲]}\nreviewed: 2026-11-24\n"


@pytest.mark.parametrize(
    ("text", "en", "zh"),
    [
        (HEAD + "sources: [a wiki]\n---\n", "sources, number 1, needs keys", "sources 第 1 项"),
        (HEAD + "sources: a wiki\n---\n", "sources must be a list", "sources 应为列表"),
        (HEAD.replace("id: a", "id: 3") + "sources: []\n---\n", "id must be text", "id 应为文字"),
        (HEAD.replace("2026-11-24", "soon") + "sources: []\n---\n", "a date such as", "应为日期"),
    ],
)
def test_a_field_of_an_entry_file_of_the_wrong_kind(text, en, zh):
    with pytest.raises(EntryFileError) as caught:
        parse_entry(text, "a.md")
    assert en in caught.value.reason.en
    assert zh in caught.value.reason.zh
    assert "valid" not in caught.value.reason.en
