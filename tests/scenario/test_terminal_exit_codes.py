"""Exit codes and single lines that scripts rest on, each of those that the README lists."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from bot.cli.main import run


def lines_file(folder: Path, *lines: str) -> str:
    path = folder / "lines.jsonl"
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return str(path)


def test_answered_is_0_unknown_10_and_a_question_back_11(capsys: pytest.CaptureFixture[str]):
    assert run(["ask", "7b", "fp16"]) == 0
    assert run(["ask", "what is the weather in Paris"]) == 10
    assert run(["ask", "how long to train 7B?"]) == 11
    assert run(["kb", "show", "no-such-entry"]) == 10
    assert run(["history", "search", "nothinglikethis"]) == 10


def test_a_missing_token_is_3_and_a_damaged_store_4(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    for name in ("SLACK_BOT_TOKEN", "SLACK_APP_TOKEN", "SLACK_SIGNING_SECRET", "SLACK_CLIENT_ID"):
        monkeypatch.delenv(name, raising=False)
    assert run(["serve"]) == 3
    monkeypatch.setenv("VRAMBOT_HOME", str(tmp_path))
    (tmp_path / "vrambot.sqlite").write_bytes(b"not a database at all" * 9)
    capsys.readouterr()
    assert run(["history", "search", "7b"]) == 4
    assert len(capsys.readouterr().err.splitlines()) == 1


@pytest.mark.parametrize(
    ("name", "good"),
    [
        ("ask", '{"id": 1, "query": "7b fp16"}'),
        ("calc", '{"id": 1, "calculator": "file_size", "params": 7e9}'),
    ],
)
def test_a_batch_fails_only_where_no_line_could_be_read(
    name: str, good: str, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    command = [name, "--batch"]
    assert run([*command, lines_file(tmp_path, "nonsense", good)]) == 0
    assert run([*command, lines_file(tmp_path, good)]) == 0
    assert run([*command, lines_file(tmp_path, "")]) == 0
    capsys.readouterr()
    assert run([*command, lines_file(tmp_path, "nonsense", '{"id": 2}')]) == 2
    shown = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [one["id"] for one in shown] == [None, 2]
    assert all("error" in one for one in shown)


@pytest.mark.parametrize(
    "arguments",
    [
        ["ask", "--batch", "no-such-file.jsonl"],
        ["ask", "--language", "fr", "hi"],
        ["calc"],
        ["calc", "no_such_calculator"],
        ["calc", "training"],
        ["calc", "training", "--model", "no-such-model"],
        ["calc", "training", "--params", "seven"],
        ["calc", "training", "--params", "7b", "--sequence-parallel", "perhaps"],
        ["calc", "kv_cache", "--model", "llama-3.1-8b", "--csv"],
        ["calc", "kv_cache", "--model", "llama-3.1-8b", "--plot", "x.png"],
        ["calc", "kv_cache", "--config", "no-such-file.json"],
        ["explain", "no_such_formula"],
        ["no-such-command"],
    ],
)
def test_bad_input_is_2_and_one_sentence(
    arguments: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(arguments) == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert "Traceback" not in said.err
    assert said.err.strip()


def test_health_says_in_one_line_that_nothing_answers(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert run(["health", "--url", "http://127.0.0.1:9/ready"]) == 1
    said = capsys.readouterr().err
    assert said.startswith("vrambot: not ready: nothing answers at http://127.0.0.1:9/ready")
    assert "Errno" not in said
    monkeypatch.setenv("VRAMBOT_PORT", "eighty")
    assert run(["health"]) == 3


def test_a_sweep_is_a_table_in_the_asked_language(capsys: pytest.CaptureFixture[str]) -> None:
    # Llama-3.1-8B: 131,072 bytes a token; 4,096 and 8,192 tokens are 0.5369 and 1.074 GB.
    arguments = ["calc", "kv_cache", "--model", "llama-3.1-8b", "--sweep", "seq=4k..8k"]
    run([*arguments, "--language", "en"])
    assert capsys.readouterr().out.splitlines() == [
        "sequence length     result",
        "          4,096  0.5369 GB",
        "          8,192   1.074 GB",
    ]
    run([*arguments, "--language", "zh"])
    assert capsys.readouterr().out.splitlines() == [
        "序列长度       结果",
        "   4,096  0.5369 GB",
        "   8,192   1.074 GB",
    ]


def test_a_swept_verdict_stands_in_words(capsys: pytest.CaptureFixture[str]) -> None:
    # 7 B × 18 bytes = 126 GB and more: one card of 80 GB cannot train it, four can.
    arguments = ["calc", "fit", "--mode", "train", "--params", "7b", "--gpu", "a100-80g"]
    run([*arguments, "--sweep", "gpu_count=1,4", "--language", "zh"])
    title, one, four = capsys.readouterr().out.splitlines()
    assert title.split() == ["卡数", "结果", "结论"]
    assert one.endswith("不能")
    assert four.endswith("可以")


def test_an_entry_is_shown_without_marks_and_with_its_sources_named(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert run(["kb", "show", "communication-overhead", "--language", "zh"]) == 0
    shown = capsys.readouterr().out
    assert "**Profile" not in shown.replace("**kwargs", "")
    assert "Perfetto（https://ui.perfetto.dev）" in shown
    assert "    class Profile(TrainerCallback):" in shown
    assert "\n来源\n- 大模型显存 FAQ" in shown
    assert "\x1b" not in shown


def test_a_chat_can_be_short(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    lines = iter(["kv cache of mistral-7b at 16k", "那 32k 呢", "quit"])
    monkeypatch.setattr("builtins.input", lambda _: next(lines))
    assert run(["chat", "--short"]) == 0
    shown = capsys.readouterr().out
    # 2 × 32 layers × 8 KV heads × 128 × 2 bytes × 16,384 and 32,768 tokens
    assert "2.147 GB (2 GiB)" in shown
    assert "4.295 GB（4 GiB）" in shown
    assert "2 × 32 × 8 × 128" not in shown
