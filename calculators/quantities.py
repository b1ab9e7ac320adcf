"""The quantities that formulas share: symbol, name in both languages, unit."""

from __future__ import annotations

from calculators.formula import Quantity
from calculators.text import Text


def _count(symbol: str, en: str, zh: str, minimum: int = 1) -> Quantity:
    return Quantity(symbol, Text(en, zh), "count", integer=True, minimum=minimum)


def size(symbol: str, en: str, zh: str) -> Quantity:
    """Return a quantity of memory in bytes."""
    return Quantity(symbol, Text(en, zh), "bytes")


def per_parameter(symbol: str, en: str, zh: str) -> Quantity:
    """Return a number of bytes that each parameter takes."""
    return Quantity(symbol, Text(en, zh), "bytes/param")


PARAMS = Quantity("n", Text("parameters", "参数量"), "params", minimum=1)
WEIGHT_BYTES = per_parameter("b_w", "bytes per weight", "每个权重的字节数")
GRAD_BYTES = per_parameter("b_g", "bytes per gradient", "每个梯度的字节数")
OPTIMIZER_BYTES = per_parameter("b_o", "optimizer bytes per parameter", "每个参数的优化器字节数")
MOMENT_BYTES = per_parameter("b_m", "bytes per moment", "每个动量的字节数")
ACTIVATION_BYTES = per_parameter("b_a", "bytes per activation", "每个激活值的字节数")
CACHE_BYTES = per_parameter("b_kv", "bytes per cached element", "每个缓存元素的字节数")

CARDS = _count("k", "cards", "卡数")
BATCH = _count("B", "sequences", "序列数", 0)
TOKENS = Quantity("s", Text("tokens per sequence", "序列长度"), "tokens", integer=True, minimum=1)
LAYERS = _count("L", "layers", "层数")
HIDDEN = _count("h", "hidden size", "隐藏层宽度")
INTERMEDIATE = _count("i", "feed-forward width", "前馈层宽度")
CAPACITY = size("C", "memory of one card", "单卡显存")
CUDA_BYTES = size("M_cuda", "CUDA context", "CUDA 上下文")
PERCENT = Quantity("U", Text("utilisation", "利用率"), "%")
