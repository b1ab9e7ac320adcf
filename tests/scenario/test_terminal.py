"""The terminal's face: real commands, a real store, answers as a reader sees them."""

from __future__ import annotations

import io
import json
import sys
from pathlib import Path
from typing import Any

import pytest

from bot.cli.main import run

FAQ = [
    ("model-size", "大模型大概有多大，模型文件有多大？", "How big is a large model's file?"),
    (
        "vicuna-65b-on-4xv100",
        "能否用 4 * v100 32G 训练 vicuna 65b？",
        "Can 4 * V100 32G train Vicuna 65B?",
    ),
    (
        "65b-on-little-vram",
        "如果就是想要试试 65b 模型，但是显存不多怎么办？",
        "I want to try a 65B model but have little VRAM, what can I do?",
    ),
    (
        "inference-memory",
        "nB 模型推理需要多少显存？",
        "How much VRAM does an nB model need to run?",
    ),
    (
        "training-memory",
        "nB 模型训练需要多少显存？",
        "How much VRAM does training an nB model take?",
    ),
    (
        "estimate-memory",
        "如何估算模型所需的 RAM?",
        "How do I estimate the RAM that a model needs?",
    ),
    ("gpu-utilization", "如何评估你的显卡利用率", "How do I judge my GPU utilisation?"),
    (
        "gpu-utilization-flops",
        "flops 比值法怎么算利用率",
        "utilisation by the FLOPS ratio method",
    ),
    (
        "gpu-utilization-throughput",
        "throughput 估计法怎么用",
        "How do I use the throughput estimate of utilisation?",
    ),
    (
        "gpu-utilization-profiler",
        "用 torch profiler 怎么看 tensor core 利用率",
        "tensor core utilisation with the torch profiler",
    ),
    (
        "network-speed",
        "如何查看多机训练时的网速?",
        "How do I watch the network speed in multi-node training?",
    ),
    (
        "nvlink-topology",
        "如何查看服务器上的多卡之间的 NVLINK topo?",
        "How do I see the NVLink topology between the cards of a server?",
    ),
    (
        "gpu-model",
        "如何查看服务器上显卡的具体型号?",
        "Which exact GPU model is in this server?",
    ),
    ("training-flops", "如何查看训练时的 flops?", "How do I see the FLOPS while training?"),
    (
        "deepspeed-environment",
        "如何查看对 deepspeed 的环境配置是否正确?",
        "Is my DeepSpeed environment configured right?",
    ),
    ("tf32-bits", "tf32 格式有多长？", "How long is the tf32 format?"),
    ("gpu-comparison", "哪里看各类显卡算力比较？", "Where can I compare the compute of GPUs?"),
    (
        "communication-overhead",
        "如何查看自己的训练中通信开销？",
        "How do I see the communication overhead of my training?",
    ),
]


def asked(capsys: pytest.CaptureFixture[str], question: str) -> dict[str, Any]:
    run(["ask", "--json", "--", question])
    found: dict[str, Any] = json.loads(capsys.readouterr().out)
    return found


@pytest.mark.parametrize(("entry_id", "zh", "en"), FAQ)
def test_every_question_of_the_faq_is_answered_in_both_languages(
    capsys: pytest.CaptureFixture[str], entry_id: str, zh: str, en: str
) -> None:
    for question, language in ((zh, "zh"), (en, "en")):
        answer = asked(capsys, question)
        assert answer["entry_id"] == entry_id
        assert answer["language"] == language
        assert answer["kind"] in ("faq", "calculation")


@pytest.mark.parametrize(
    ("question", "calculator", "value", "unit"),
    [
        # 2 bytes × 7e9, decimal GB (FAQ 1)
        ("7B 的模型文件多大", "file_size", 14.0, "GB"),
        # 16 bytes × 7e9 = 112 GB (FAQ 5)
        ("7b fp16 adamw", "training", 112.0, "GB"),
        # 6 + 6 + 12 + 1.3 GB (FAQ 6)
        ("LLaMA-6B int8 AdamW training memory", "training", 25.3, "GB"),
        # 100 / 312 (FAQ 7.1)
        ("A100 上实测 100 TFLOPS，利用率多少", "utilization_flops", 32.05, "%"),
        # 1 + 8 + 10 bits (FAQ 8.6)
        ("tf32 是多少位", "dtype_bits", 19, "bits"),
    ],
)
def test_worked_examples_of_the_faq(
    capsys: pytest.CaptureFixture[str], question: str, calculator: str, value: float, unit: str
) -> None:
    calculation = asked(capsys, question)["calculation"]
    assert calculation["calculator"] == calculator
    assert calculation["value"] == pytest.approx(value, rel=1e-3)
    assert calculation["unit"] == unit


@pytest.mark.parametrize("question", ["can 4×V100 train 65B?", "四张V100 32G能训65B吗"])
def test_four_v100_cannot_train_65b(capsys: pytest.CaptureFixture[str], question: str) -> None:
    answer = asked(capsys, question)
    assert answer["calculation"]["verdict"] == "no"
    assert answer["calculation"]["alternatives"]
    assert answer["text"].startswith(("No", "不能"))


@pytest.mark.parametrize(
    "question",
    ["", "   ", "🙂🙂", "\x00\x07\u200b\u200d", "help", "你好"],
)
def test_empty_and_greeting_messages_get_help(
    capsys: pytest.CaptureFixture[str], question: str
) -> None:
    assert asked(capsys, question)["kind"] in ("help", "unknown")


@pytest.mark.parametrize(
    "question",
    [
        "<!channel> what is this",
        '" OR 1=1; DROP TABLE answers; --',
        "NEAR(a b) AND * ^ col:val",
        "10**10**10",
        "__import__('os').system('id')",
        "can 0 GPUs train 7b",
        "-4 A100 train 7b?",
        "1e30 B training memory",
        "can 4×V1000 train 65B?",
        "4 cards, 8×A100: can it train 13b?",
        "显存 " * 10_000,
        "a" * 40_000,
    ],
)
def test_bad_input_gets_a_sentence_and_no_number_it_did_not_earn(
    capsys: pytest.CaptureFixture[str], question: str
) -> None:
    answer = asked(capsys, question)
    assert answer["kind"] in ("unknown", "clarify", "faq", "help")
    assert answer["kind"] != "faq" or any(char.isalpha() for char in question)
    assert answer["text"].strip()
    assert "Traceback" not in answer["text"]


def test_a_batch_keeps_order_and_ids_and_names_bad_lines(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, own_home: Path
) -> None:
    lines = [
        b'{"id": "a", "query": "7b fp16 adamw", "extra": 1}',
        b"not json",
        b'{"id": 3}',
        '{"id": 4, "query": "四张V100 32G能训65B吗"}'.encode(),
    ]
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b"\n".join(lines))))
    assert run(["ask", "--batch", "-"]) == 0
    answers = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [answer["id"] for answer in answers] == ["a", None, 3, 4]
    assert "error" in answers[1]
    assert "error" in answers[2]
    assert answers[3]["calculation"]["verdict"] == "no"
    assert not (own_home / "vrambot.sqlite").exists()


def test_lines_of_one_conversation_are_a_thread_and_others_are_not(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    file = tmp_path / "questions.jsonl"
    turns = [
        {"id": 1, "query": "7B 训练要多少显存", "conversation": "c"},
        {"id": 2, "query": "那 13B 呢", "conversation": "c"},
        {"id": 3, "query": "那 13B 呢"},
    ]
    file.write_text("\n".join(json.dumps(turn) for turn in turns), encoding="utf-8")
    run(["ask", "--batch", str(file)])
    first, second, alone = (json.loads(line) for line in capsys.readouterr().out.splitlines())
    assert first["calculation"]["value"] == pytest.approx(112.0)  # 16 × 7
    assert second["calculation"]["value"] == pytest.approx(208.0)  # 16 × 13
    assert second["calculation"]["changed"] == ["params"]
    assert alone["kind"] != "calculation" or alone["calculation"]["calculator"] != "training"


def test_past_answers_are_found_by_words_of_either_language(
    capsys: pytest.CaptureFixture[str],
) -> None:
    run(["ask", "四张V100 32G能训65B吗"])
    capsys.readouterr()
    assert run(["history", "search", "V100"]) == 0
    assert "四张V100" in capsys.readouterr().out
    assert run(["history", "search", "能训"]) == 0
    assert run(["history", "search", "nothing-like-this"]) == 10


def test_past_answers_are_found_by_filters(capsys: pytest.CaptureFixture[str]) -> None:
    run(["ask", "四张V100 32G能训65B吗"])
    run(["ask", "how do I judge my GPU utilisation?"])
    capsys.readouterr()
    assert run(["history", "search", "kind:calculation", "since:1d"]) == 0
    found = capsys.readouterr().out
    assert "四张V100" in found
    assert "utilisation?" not in found
    assert run(["history", "search", "类型:知识"]) == 0
    assert run(["history", "search", "kind:calcs"]) == 2
    assert "kind:calculation" in capsys.readouterr().err


def test_what_could_not_be_answered_is_kept(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["ask", "which colour should our logo have"]) == 10
    capsys.readouterr()
    run(["history", "unanswered"])
    assert "which colour" in capsys.readouterr().out


def test_a_damaged_store_is_named_left_alone_and_questions_are_still_answered(
    capsys: pytest.CaptureFixture[str], own_home: Path
) -> None:
    own_home.mkdir(parents=True)
    database = own_home / "vrambot.sqlite"
    database.write_bytes(b"this is no database" * 1000)
    assert run(["ask", "7b fp16 adamw"]) == 0
    captured = capsys.readouterr()
    assert "112 GB" in captured.out
    assert captured.err.startswith("vrambot: ")
    assert "Traceback" not in captured.err
    assert database.read_bytes() == b"this is no database" * 1000
    assert run(["history", "search", "x"]) == 4


@pytest.mark.parametrize(
    "arguments",
    [
        ["ask", "--batch", "/no/such/file.jsonl"],
        ["calc", "no_such_calculator"],
        ["calc", "training", "--model", "no-such-model"],
        ["calc", "training", "--params", "0"],
        ["explain", "no-such-formula"],
    ],
)
def test_bad_usage_is_one_line_and_exit_code_2(
    capsys: pytest.CaptureFixture[str], arguments: list[str]
) -> None:
    assert run(arguments) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.startswith("vrambot: ")
    assert len(captured.err.splitlines()) == 1


def test_the_knowledge_base_is_in_order(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["kb", "check"]) == 0
    assert run(["kb", "list"]) == 0
    assert "tf32-bits" in capsys.readouterr().out


def test_a_sweep_keeps_one_unit_in_table_csv_and_plot(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    # Llama-3.1-8B: 2 × 32 layers × 8 KV heads × 128 × 2 bytes = 131,072 bytes a token
    arguments = ["calc", "kv_cache", "--model", "llama-3.1-8b", "--sweep", "seq=4k..16k"]
    picture = tmp_path / "sweep.png"
    assert run([*arguments, "--csv", "--plot", str(picture)]) == 0
    _, *rows = capsys.readouterr().out.splitlines()
    assert [row.split(",")[:4] for row in rows] == [
        ["4096", "0.536870912", "GB", "536870912"],
        ["8192", "1.073741824", "GB", "1073741824"],
        ["16384", "2.147483648", "GB", "2147483648"],
    ]
    assert picture.read_bytes().startswith(b"\x89PNG")


def test_the_same_question_in_words_and_as_a_request_agree_to_the_byte(
    capsys: pytest.CaptureFixture[str],
) -> None:
    asked_in_words = asked(capsys, "llama-2-13b int4 ctx=8k batch 4")["calculation"]
    run(
        [
            *("calc", "inference", "--model", "llama-2-13b", "--weight-dtype", "int4"),
            *("--seq", "8k", "--micro-batch", "4", "--json"),
        ]
    )
    calculated = json.loads(capsys.readouterr().out)
    assert asked_in_words["value_bytes"] == calculated["value_bytes"]
    assert asked_in_words["request"] == calculated["request"]


def test_a_lone_surrogate_spoils_neither_its_line_nor_the_next(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    file = tmp_path / "lines.jsonl"
    file.write_text(
        '{"id": 1, "query": "\\ud800 7b fp16 adamw"}\n{"id": "\\ud800", "query": "tf32 多少位"}\n',
        encoding="utf-8",
    )
    assert run(["ask", "--batch", str(file)]) == 0
    first, second = (json.loads(line) for line in capsys.readouterr().out.splitlines())
    assert first["calculation"]["value"] == pytest.approx(112.0)  # 16 × 7
    assert second["id"] == "\ud800"
    assert second["calculation"]["value"] == 19
