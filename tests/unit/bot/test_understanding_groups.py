"""The group size of a quantised format, as quantisers' file names and people write it."""

from __future__ import annotations

import pytest

from bot.understanding import understand


@pytest.mark.parametrize(
    ("text", "dtype"),
    [
        ("GPTQ 4bit g128 llama-2-13b size", "int4-g128"),
        ("GPTQ int4 group 128 llama-2-13b", "int4-g128"),
        ("AWQ-int4-g64 70B", "int4-g64"),
        ("gptq 4bit group size 32 13B memory", "int4-g32"),
        ("13B int4, group_size=32 inference memory", "int4-g32"),
        ("13B int4 groupsize 128 要多少显存", "int4-g128"),
        ("llama-2-13b int4 分组 128 多大", "int4-g128"),
    ],
)
def test_the_group_chooses_the_format(text: str, dtype: str) -> None:
    found = understand(text)
    assert (found.request["weight_dtype"], found.problems) == (dtype, ())


def test_a_group_that_no_format_has_is_asked_back() -> None:
    found = understand("int4 g100 13B memory")
    assert [(problem.code, problem.field) for problem in found.problems] == [
        ("unknown_format", "dtype")
    ]
    assert "int4-g128" in found.problems[0].choices
