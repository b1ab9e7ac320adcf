"""What is named and never computed, and what is no question at all."""

from __future__ import annotations

import csv
import json

import pytest

from bot.understanding import detect_language, understand


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("V1000 能跑 7B 吗", "unknown_gpu"),
        ("can 8 B900 train 70B", "unknown_gpu"),
        ("RTX 4095 7b", "unknown_gpu"),
        ("llama-9 要多少显存", "unknown_model"),
        ("gpt-4 需要多少显存", "unknown_model"),
        ("qwen9 7b memory", "unknown_model"),
        ("4 cards, 8×A100 train 7B", "contradiction"),
        ("A100 64G 跑 7B", "contradiction"),
        ("V100 80G train 7b", "contradiction"),
        ("0 GPUs for 7B", "bad_number"),
        ("-3 A100 train 7B", "bad_number"),
        ("1e30 B", "bad_number"),
        ("10**10**10 params", "bad_number"),
        ("10^10^10 参数推理显存", "bad_number"),
        ("batch 0 train 7b", "bad_number"),
        ("负3张A100训7B", "bad_number"),
        ("训练 0B 的模型", "bad_number"),
        ("9" * 400 + "b", "bad_number"),
        ("7 QB model", "unknown_unit"),
        ("80 XB 显存", "unknown_unit"),
        ("how much memory for 7B or 13B", "ambiguous"),
    ],
)
def test_problems_are_named(text: str, code: str) -> None:
    found = understand(text)
    assert code in [problem.code for problem in found.problems]
    assert found.confidence >= 0.5


def test_impossible_numbers_reach_no_request() -> None:
    for text in ("1e30 B", "10**10**10 params", "9" * 400 + "b inference"):
        json.dumps(understand(text).request, allow_nan=False)
        assert "params" not in understand(text).request


def test_nearest_names_are_offered() -> None:
    assert "V100" in understand("V1000 能跑 7B 吗").problems[0].choices
    assert "a100-40gb-sxm" in understand("A100 64G 跑 7B").problems[0].choices


@pytest.mark.parametrize(
    "text",
    [
        "10 点开会",
        "module_depth -1",
        "V100 机房今天停电",
        "we bought 8 H100",
        "p99 latency is high",
    ],
)
def test_chatter_has_neither_calculation_nor_problem(text: str) -> None:
    found = understand(text)
    assert found.calculator is None
    assert found.problems == ()
    assert found.confidence < 0.5


@pytest.mark.parametrize(
    ("text", "special"),
    [
        ("", "help"),
        ("  \n", "help"),
        ("help", "help"),
        ("帮助", "help"),
        ("怎么用", "help"),
        ("\u200b\x00", "help"),
        ("hi", "greeting"),
        ("你好！", "greeting"),
        ("thanks!", "greeting"),
        ("/vram help", "help"),
        ("find 65B V100", "history"),
        ("之前有人问过 65B 吗", "history"),
    ],
)
def test_messages_that_are_no_question(text: str, special: str) -> None:
    assert understand(text).special == special


def test_words_of_a_look_up() -> None:
    assert understand("find 65B V100").inputs == {"words": "65B V100"}


_PASTES = {
    "nvidia-smi": "| NVIDIA-SMI 535.104.05   Driver Version: 535.104.05   CUDA Version: 12.2 |\n"
    "| GPU  Name        Persistence-M| Bus-Id        Disp.A | Volatile Uncorr. ECC |\n"
    "|   0  NVIDIA A100 80GB    On | 00000000:01:00.0 Off |    0 |\n"
    "| N/A   32C    P0    62W / 400W |   437MiB / 81920MiB |   0%   Default |",
    "oom": "torch.cuda.OutOfMemoryError: CUDA out of memory. Tried to allocate 2.00 GiB (GPU 0; "
    "31.75 GiB total capacity; 29.51 GiB already allocated)",
    "topo": "        GPU0    GPU1    CPU Affinity    NUMA Affinity\n"
    "GPU0     X      NV8     0-31    0\nGPU1    NV8      X      0-31    0",
    "config.json": '{\n  "architectures": ["LlamaForCausalLM"],\n'
    '  "hidden_size": 4096,\n'
    '  "num_hidden_layers": 32\n}',
    "nccl-tests": "# size  count  type  redop  root  time  algbw  busbw\n"
    " 8 2 float sum -1 12.9 0 0\n"
    "# Avg bus bandwidth    : 84.05",
    "ds_report": "DeepSpeed C++/CUDA extension op report\n-----\nninja .................. [OKAY]\n"
    "async_io ............... [NO] ....... [NO]",
}


@pytest.mark.parametrize("tool", _PASTES)
def test_output_of_tools_is_a_paste(tool: str) -> None:
    found = understand(f"帮忙看看\n```\n{_PASTES[tool]}\n```")
    assert found.special == "paste"
    assert found.inputs == {"tool": tool}


@pytest.mark.parametrize(
    "text",
    [
        "nvidia-smi topo -m 怎么看",
        "what does CUDA out of memory mean?",
        "busbw 是什么",
        "ds_report 怎么用",
    ],
)
def test_naming_a_tool_is_no_paste(text: str) -> None:
    assert understand(text).special != "paste"


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("四张V100 32G能训65B吗", "zh"),
        ("can 4×V100 train 65B?", "en"),
        ("7b fp16 adamw", "en"),
        ("llama-2-7b LoRA fine-tuning batch 8 要多少 GPU memory", "zh"),
        ("", "en"),
        ("65B 4xV100 训练", "zh"),
        ("what does 显存 mean in the report we have?", "en"),
    ],
)
def test_language_of_the_reply(text: str, language: str) -> None:
    assert detect_language(text) == language


def test_csv_of_commas_is_read_as_it_stands() -> None:
    row = next(csv.reader(["7b,fp16,adamw"]))
    assert understand(",".join(row)).inputs["optimizer"] == "adamw"
