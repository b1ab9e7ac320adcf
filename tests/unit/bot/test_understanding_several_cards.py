"""Cards whose figures are asked for together, and a peak asked for at a share of it."""

from __future__ import annotations

import pytest

from bot.understanding import understand
from calculators import calculate, parse_request

# text, value: by the data sheets (80 GB cards report 81,920 MiB on A100, 81,559 MiB on H100)
SUMS = [
    ("两张A100一共多少显存", 2 * 81_920),
    ("8 H100 total memory?", 8 * 81_559),
    ("how much memory do I have with 2 nodes of 8 A100 40G?", 16 * 40_960),
    ("total memory of a DGX H100", 8 * 81_559),
    ("how many GB of memory does a DGX H100 have?", 8 * 81_559),
    ("2 DGX H100 total memory", 16 * 81_559),
    ("8张H100合计bf16算力", 8 * 989.4),
    ("combined bf16 TFLOPS of 16 A100", 16 * 312),
    ("how much bandwidth do 4 H100 have in total?", 4 * 3350),
    ("8张A100一共耗电多少", 8 * 400),
    ("8张H100总算力", 8 * 989.4),
    ("四块3090合计多少W", 4 * 350),
]
SINGLE = [
    ("8张H100每张多少显存", 81_559),
    ("memory per card of 8 A100 80G", 81_920),
    ("8卡H100单卡算力多少", 989.4),
]
AT_A_SHARE = [
    ("H100 at 40% MFU: how many TFLOPS?", 0.4 * 989.4),
    ("MFU 40%的H100每秒能算多少FLOPS", 0.4 * 989.4),
    ("how many effective TFLOPS is 35% MFU on an A100", 0.35 * 312),
    ("8 H100 at 40% MFU, combined TFLOPS?", 8 * 0.4 * 989.4),
]


@pytest.mark.parametrize(("text", "value"), [*SUMS, *SINGLE, *AT_A_SHARE])
def test_the_figure_is_that_of_the_cards_asked_about(text: str, value: float) -> None:
    found = understand(text)
    assert found.calculator == "gpu_info"
    assert calculate(parse_request(found.request)).value == pytest.approx(value)


def test_a_number_of_cards_beside_a_dgx_counts() -> None:
    assert understand("DGX H100, 4 cards, 13B inference fits?").request["gpu_count"] == 4
