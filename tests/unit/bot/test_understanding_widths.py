"""Formats by their width, unknown formats, and "quantised" without one; in both languages."""

import pytest

from bot.understanding.understand import understand


def codes(text):
    return [problem.code for problem in understand(text).problems]


@pytest.mark.parametrize(
    ("text", "dtype"),
    [
        ("mistral-7b exl2 4.5bpw on 12gb", "4.5bpw"),
        ("llama-3-70b at 4.0 bpw on 2x 24gb", "4bpw"),
        ("70b 3.5 bits per weight", "3.5bpw"),
        ("7b 6-bit", "6bpw"),
        ("7b 1.58bit 推理", "1.58bpw"),
        ("7b 5 位量化", "5bpw"),
        ("7b 4-bit", "int4"),
        ("7b 8bit", "int8"),
        ("7b q5 推理", "q5_k_m"),
        ("13b 4bit 量化", "int4"),
        ("llama-3-8b 量化到 int4", "int4"),
    ],
)
def test_a_width_is_a_format(text, dtype):
    read = understand(text)
    assert read.inputs["dtype"] == dtype
    assert read.request["weight_dtype"] == dtype
    assert not read.problems


@pytest.mark.parametrize("text", ["7b fp6", "7b fp5 memory", "7b int5 推理", "7b exl2"])
def test_an_unknown_format_is_named(text):
    assert codes(text) == ["unknown_format"]


@pytest.mark.parametrize("text", ["7b quantized", "quantised 13b inference", "7b 量化推理"])
def test_quantised_without_a_format_is_asked_back(text):
    assert codes(text) == ["unsaid_format"]


@pytest.mark.parametrize(
    "text",
    ["7b quantized to int8", "7b gptq quantized", "qlora 7b quantized base", "7b unquantized"],
)
def test_quantised_to_something_is_not(text):
    assert not codes(text)


def test_bits_of_other_things_are_left_alone():
    assert "dtype" not in understand("7b 8bit adam").inputs
    assert understand("how many bits is tf32").calculator == "dtype_bits"
