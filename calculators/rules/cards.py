"""Cards by the FAQ: each counts as the GB in its name, the count is rounded up."""

from __future__ import annotations

from calculators import quantities as q
from calculators.formula import ceil, define
from calculators.quantities import size
from calculators.results import Source
from calculators.rules.weights import FAQ_RAM
from calculators.text import Text

FAQ_CARDS = Source("LLM GPU memory FAQ", "question 2")
NEED = size("M", "memory needed", "所需显存")

FEWEST = define(
    "rule_fewest_cards",
    title=Text("Fewest cards", "最少卡数"),
    result=q.CARDS,
    symbols=(NEED, q.CAPACITY),
    expression=lambda m, c: ceil(m / c),
    source=FAQ_CARDS,
)
TOTAL = define(
    "rule_total_capacity",
    title=Text("Memory of all cards", "全部卡的显存"),
    result=size("C_k", "memory of all cards", "全部卡的显存"),
    symbols=(q.CARDS, q.CAPACITY),
    expression=lambda k, c: k * c,
    source=FAQ_CARDS,
)
PER_CARD = define(
    "rule_per_card",
    title=Text("Per card", "每卡"),
    result=size("M_1", "memory per card", "每卡显存"),
    symbols=(NEED, q.CARDS),
    expression=lambda m, k: m / k,
    source=FAQ_CARDS,
)
CUDA = define(
    "rule_cuda_overhead",
    title=Text("CUDA context", "CUDA 上下文"),
    result=size("M_cuda", "CUDA context of all cards", "全部卡的 CUDA 上下文"),
    symbols=(q.CARDS, size("c_1", "CUDA context of one card", "单卡 CUDA 上下文")),
    expression=lambda k, c: k * c,
    source=FAQ_RAM,
)
CUDA_CONTEXT_BYTES = 1_300_000_000
"""The FAQ's round figure for CUDA kernels and context (it measured 1343 MB on one card)."""
