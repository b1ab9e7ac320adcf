"""Numbers between keys: the arguments of a command mean the same in any order."""

import itertools

import pytest

from bot.understanding import understand


@pytest.mark.parametrize(
    "arguments",
    [
        ["deepseek-v2", "tp8", "32k", "batch 8"],
        ["7b", "fp16", "adamw", "seq 4096"],
        ["65B", "4xV100-32G", "train"],
        ["llama-2-13b", "int4", "ctx=8k", "batch 4"],
    ],
)
def test_order_does_not_matter(arguments):
    readings = {
        str((read.calculator, sorted(read.inputs.items()), read.ignored))
        for order in itertools.permutations(arguments)
        for read in [understand(" ".join(order))]
    }
    assert len(readings) == 1


@pytest.mark.parametrize(
    "text", ["7b 8k ctx 4 bs 2 tp", "7b ctx 8k bs 4 tp 2", "7b 8k 上下文 4 batch 2 tp"]
)
def test_values_stand_before_their_keys_or_behind_them(text):
    inputs = understand(text).inputs
    assert (inputs["seq"], inputs["batch"], inputs["tp"]) == (8192, 4, 2)
