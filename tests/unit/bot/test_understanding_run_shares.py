"""The MFU of a whole run, of rates by the minute or hour, and rates of a counted number of cards.

A token takes 6 FLOPs a parameter and a little for attention (PaLM, arXiv 2204.02311, appendix B);
attention adds 12 L d s: of LLaMA-7B at 2,048 tokens 3.2 to 42 GFLOPs, so 6N is met within 8 %.
"""

from __future__ import annotations

import pytest

from bot.understanding import understand
from calculators import calculate, parse_request

DAY_S = 86_400
# text, tokens/s per card, parameters, dense bf16 FLOPS of the card
RUNS = [
    ("用1024张H100在30天内训完8B的15T token，MFU要达到多少？",
     15e12 / (30 * DAY_S * 1024), 8e9, 989.4e12),
    ("what MFU is required to finish 7B on 1T tokens in 10 days on 128 H100?",
     1e12 / (10 * DAY_S * 128), 7e9, 989.4e12),
    ("100B tokens took 5 days on 32 A100 for a 7B. What MFU is that?",
     100e9 / (5 * DAY_S * 32), 7e9, 312e12),
    ("13B 300B tokens 96 A100 3 weeks, MFU?", 300e9 / (21 * DAY_S * 96), 13e9, 312e12),
    ("500 examples/min with seq 2048 on 8 A100 for 7B: MFU?",
     500 / 60 * 2048 / 8, 7e9, 312e12),
    ("每分钟处理1.2M token，8张H100，8B，MFU？", 1.2e6 / 60 / 8, 8e9, 989.4e12),
    ("we process 90M tokens per hour on 8 A100 training 13B, what's our mfu",
     90e6 / 3600 / 8, 13e9, 312e12),
    ("8张A100每小时训练 1 亿 token，7B，MFU 多少", 1e8 / 3600 / 8, 7e9, 312e12),
]  # fmt: skip


@pytest.mark.parametrize(("text", "rate", "params", "peak"), RUNS)
def test_a_run_and_its_time_come_to_an_mfu(
    text: str, rate: float, params: float, peak: float
) -> None:
    found = understand(text)
    assert found.calculator == "utilization_throughput"
    assert not found.problems
    made = calculate(parse_request(found.request))
    assert made.details["tokens_per_s_gpu"] == pytest.approx(rate, rel=1e-6)
    least = 100 * rate * 6 * params / peak
    assert least <= made.value <= 1.08 * least


def test_more_than_the_peak_is_called_impossible() -> None:
    # 500e9 / (12 * 86,400 * 64) = 7,535 tokens/s; 7,535 * 6 * 7e9 = 316 of 312 TFLOPS
    found = understand("7B训练500B token用了64张A100 12天，MFU是多少")
    made = calculate(parse_request(found.request))
    assert made.value > 100
    assert made.headline.zh.startswith("不可能")


@pytest.mark.parametrize(
    "text",
    [
        "tokens/s of 64 A100 in total for 13B at 45% mfu",
        "tokens/s 64 A100 13B mfu 45%",
        "13B，MFU 45%，64张A100 总 token/s 多少",
    ],
)
def test_the_number_before_a_card_is_no_rate(text: str) -> None:
    found = understand(text)
    assert found.calculator == "throughput"
    # 0.45 * 312e12 / (6 * 13e9) = 1,800 tokens/s at most, attention left out
    made = calculate(parse_request(found.request))
    assert 0.93 * 1800 <= made.value <= 1800
    assert made.details["total_tokens_per_s"] == pytest.approx(64 * made.value)


def test_a_rate_after_its_sign_stays_one() -> None:
    assert understand("tokens/s = 2500 A100 7B mfu").inputs["tokens_per_s_gpu"] == 2500


@pytest.mark.parametrize(
    ("text", "judges"),
    [
        ("180 TFLOPS，H800，算正常吗", True),
        ("H20 上跑到 80 TFLOPS，算高吗", True),
        ("we get 150 TFLOPS on A100, is that good?", True),
        ("we get 150 TFLOPS on A100, what MFU?", False),
    ],
)
def test_a_calculated_share_is_judged_where_that_is_asked(text: str, judges: bool) -> None:
    assert understand(text).judges is judges
