"""Cards by the FAQ: each counts as the GB in its name, the count is rounded up."""

from __future__ import annotations

from calculators import quantities as q
from calculators.formula import Quantity, ceil, define
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
PER_CARD_PARTLY = define(
    "rule_per_card_partly_sharded",
    title=Text("Per card, a part of it whole", "每卡（部分不切分）"),
    result=size("M_1", "memory per card", "每卡显存"),
    symbols=(
        size("M_a", "what each copy of the model holds whole", "每个模型副本完整保留的部分"),
        Quantity("m", Text("cards of one model copy", "一份模型占用的卡数"), "count", minimum=1),
        size("M_b", "what is sharded", "被切分的部分"),
        q.CARDS,
    ),
    expression=lambda whole, m, split, k: whole / m + split / k,
    source=Source("ZeRO", "arXiv 1910.02054, section 5, figure 1"),
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
