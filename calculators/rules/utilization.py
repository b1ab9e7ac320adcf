"""Utilisation by the FAQ: achieved FLOPS over peak, and throughput over a paper's throughput."""

from __future__ import annotations

from calculators import quantities as q
from calculators.formula import Quantity, define
from calculators.results import Source
from calculators.text import Text

FAQ_FLOPS = Source("LLM GPU memory FAQ", "question 7.1")
FAQ_THROUGHPUT = Source("LLM GPU memory FAQ", "question 7.2")
ACHIEVED = Quantity("F", Text("achieved FLOPS per card", "单卡实测 FLOPS"), "FLOPS")
PEAK = Quantity("F_peak", Text("peak FLOPS of the card", "单卡峰值 FLOPS"), "FLOPS")
EXAMPLES = Quantity("e", Text("examples per second", "每秒样本数"), "examples/s")
RATE = Quantity("T", Text("tokens per second per card", "单卡每秒 token 数"), "tokens/s/gpu")
REFERENCE = Quantity("T_ref", Text("throughput in the paper", "论文中的吞吐量"), "tokens/s/gpu")

FLOPS_RATIO = define(
    "rule_utilization_flops",
    title=Text("Utilisation: achieved over peak FLOPS", "利用率 = 实测 FLOPS / 峰值 FLOPS"),
    result=q.PERCENT,
    symbols=(ACHIEVED, PEAK),
    expression=lambda f, peak: 100 * f / peak,
    source=FAQ_FLOPS,
)
THROUGHPUT = define(
    "rule_throughput",
    title=Text("Throughput per card", "单卡吞吐量"),
    result=RATE,
    symbols=(EXAMPLES, q.TOKENS, q.CARDS),
    expression=lambda e, s, k: e * s / k,
    source=FAQ_THROUGHPUT,
)
THROUGHPUT_RATIO = define(
    "rule_utilization_throughput",
    title=Text("Throughput over the paper's", "吞吐量 / 论文吞吐量"),
    result=q.PERCENT,
    symbols=(RATE, REFERENCE),
    expression=lambda t, ref: 100 * t / ref,
    source=FAQ_THROUGHPUT,
)
