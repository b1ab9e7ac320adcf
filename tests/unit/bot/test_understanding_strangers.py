"""Names of unfamiliar form: told as unknown with near ones to choose, never taken for others."""

from __future__ import annotations

import pytest

from bot.understanding import understand


@pytest.mark.parametrize(
    ("text", "code", "name"),
    [
        ("can foo-9000 train 7b?", "unknown_gpu", "foo-9000"),
        ("CAN FOO-9000 TRAIN 7B?", "unknown_gpu", "FOO-9000"),
        ("can I train 7B on X9000 cards?", "unknown_gpu", "X9000"),
        ("RTX 9090 能跑 13B 吗", "unknown_gpu", "RTX 9090"),
        ("能用4张foo-9000训13b吗", "unknown_gpu", "foo-9000"),
        ("8 张 XYZ 能训 7B 吗", "unknown_gpu", "XYZ"),
        ("will llamax-9 fit on 2×A100?", "unknown_model", "llamax-9"),
        ("does foobar fit on a 4090?", "unknown_model", "foobar"),
        ("how much memory does qwenx-3 need", "unknown_model", "qwenx-3"),
        ("FooBar-9000 inference", "unknown_name", "FooBar-9000"),
    ],
)
def test_an_unknown_name_is_told_and_near_ones_are_offered(text: str, code: str, name: str) -> None:
    (problem,) = understand(text).problems
    assert (problem.code, problem.text) == (code, name)
    assert problem.choices


def test_the_digits_of_a_name_count_nothing() -> None:
    assert "gpu_count" not in understand("foo-9000 cards, train 7b?").inputs
    assert "seq" not in understand("can foo-4096 train 7b?").inputs
    assert understand("4 foo-9000 cards enough to train a 7b?").inputs["gpu_count"] == 4


def test_a_size_beside_an_unknown_model_is_calculated_and_the_name_told() -> None:
    found = understand("how much memory does SuperGPT-3 70b need?")
    assert found.problems == ()
    assert found.inputs["params"] == 70e9
    assert found.unlisted == ("SuperGPT-3",)


@pytest.mark.parametrize(
    "text",
    [
        "vllm-0.6 serving 7b on A100 how much memory",
        "pytorch 2.4 CUDA 12.4 python3.11 train 7b on A100 80G fit?",
        "deepspeed 0.14 train 7b on 8 A100 fit?",
        "用 transformers 4.46 在 8 张 A100 上训 7B 够吗",
    ],
)
def test_software_and_its_versions_are_no_cards(text: str) -> None:
    found = understand(text)
    assert found.problems == ()
    assert found.inputs["gpu"] == "A100"
    assert found.ignored == ()


@pytest.mark.parametrize(
    "text", ["deploy service foo-123 to prod", "room-12 is free", "see ticket ABC-1234"]
)
def test_numbered_things_in_chatter_ask_nothing(text: str) -> None:
    found = understand(text)
    assert found.calculator is None
    assert found.problems == ()
