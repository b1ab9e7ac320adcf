"""Floating-point operations of a token: 6N for the weights, 12·L·s·q for attention.

N leaves out an untied input embedding, which is a look-up, and the routed experts that a token
skips; q is heads times head dimension. Source: arXiv 2204.02311 (PaLM), appendix B.
"""

from __future__ import annotations

from dataclasses import dataclass

from calculators.architecture.model import Architecture
from calculators.architecture_facts import fact
from calculators.formula import Quantity, define
from calculators.quantities import TOKENS
from calculators.results import Source
from calculators.text import Text

PALM = Source("PaLM", "arXiv 2204.02311, appendix B")
RECOMPUTE = Source("Reducing Activation Recomputation", "arXiv 2205.05198, appendix A")

MATMUL_PARAMS = Quantity(
    "N", Text("parameters that a token is multiplied with", "每个 token 参与计算的参数量"), "params"
)
ATTENTION_WIDTH = Quantity(
    "Lq", Text("layers × heads × head dimension", "层数 × 头数 × 头维度"), "count"
)
TOKEN_FLOP = Quantity("f", Text("FLOPs of a token", "每个 token 的 FLOPs"), "FLOP")

TRAIN_TOKEN = define(
    "flops_train_token",
    title=Text(
        "Training FLOPs of a token, forward and backward", "训练每个 token 的 FLOPs（前向 + 反向）"
    ),
    result=TOKEN_FLOP,
    symbols=(MATMUL_PARAMS, ATTENTION_WIDTH, TOKENS),
    expression=lambda n, width, s: 6 * n + 12 * width * s,
    source=PALM,
)
FORWARD_TOKEN = define(
    "flops_forward_token",
    title=Text("Forward FLOPs of a token", "前向每个 token 的 FLOPs"),
    result=TOKEN_FLOP,
    symbols=(MATMUL_PARAMS, ATTENTION_WIDTH, TOKENS),
    expression=lambda n, width, s: 2 * n + 4 * width * s,
    source=PALM,
)
ADAPTER_TOKEN = define(
    "flops_adapter_token",
    title=Text(
        "Training FLOPs of a token with frozen weights", "冻结权重时训练每个 token 的 FLOPs"
    ),
    result=TOKEN_FLOP,
    symbols=(MATMUL_PARAMS, ATTENTION_WIDTH, TOKENS),
    expression=lambda n, width, s: 4 * n + 12 * width * s,
    source=Source("LoRA", "arXiv 2106.09685, section 4.2: no gradients of frozen weights"),
)
FULL_RECOMPUTE_TOKEN = define(
    "flops_train_token_recomputed",
    title=Text(
        "Hardware FLOPs of a token, every layer recomputed",
        "硬件每个 token 的 FLOPs（全部层重计算）",
    ),
    result=Quantity("f_hw", Text("hardware FLOPs of a token", "每个 token 的硬件 FLOPs"), "FLOP"),
    symbols=(
        MATMUL_PARAMS,
        ATTENTION_WIDTH,
        TOKENS,
        Quantity("N_r", Text("parameters of the recomputed layers", "重计算层的参数量"), "params"),
    ),
    expression=lambda n, width, s, n_r: 6 * n + 2 * n_r + 16 * width * s,
    source=RECOMPUTE,
)
SELECTIVE_RECOMPUTE_TOKEN = define(
    "flops_train_token_selective",
    title=Text(
        "Hardware FLOPs of a token, attention recomputed", "硬件每个 token 的 FLOPs（注意力重计算）"
    ),
    result=Quantity("f_hw", Text("hardware FLOPs of a token", "每个 token 的硬件 FLOPs"), "FLOP"),
    symbols=(MATMUL_PARAMS, ATTENTION_WIDTH, TOKENS),
    expression=lambda n, width, s: 6 * n + 16 * width * s,
    source=RECOMPUTE,
)


@dataclass(frozen=True, slots=True)
class ComputeShape:
    """What FLOP counts need of an architecture.

    ``params`` is N, ``layer_params`` its part inside the layers, ``attention_width`` the sum
    over the softmax-attention layers of heads times head dimension.
    """

    params: int
    layer_params: int
    attention_width: int


def compute_shape(architecture: Architecture) -> ComputeShape:
    """Return the counts that FLOPs rest on."""
    return fact(architecture, "compute shape", lambda: _compute_shape(architecture))


def _compute_shape(architecture: Architecture) -> ComputeShape:
    untied = architecture.embedding_parameters if architecture.head_parameters else 0
    inside = sum(
        (layer.parameters - layer.feed_forward.skipped_parameters) * count
        for layer, count in architecture.groups
    )
    width = sum(
        layer.attention.q_dim * count
        for layer, count in architecture.groups
        if layer.attention.kind in ("mha", "mla")
    )
    return ComputeShape(architecture.parameters_active - untied, inside, width)
