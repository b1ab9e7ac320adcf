"""Floating-point operations of a token: 6N for the weights, 12·L·s·q for attention.

N leaves out an untied input embedding, which is a look-up, and the routed experts that a token
skips; q is heads times head dimension. Source: arXiv 2204.02311 (PaLM), appendix B. A layer with
a window sees no more tokens than that; where the heads of values are narrower than those of
queries (latent attention), q is the mean of both products, as in DeepSeek's own count
(arXiv 2505.09343, table 4: 432 TFLOPS at 1,542 tokens/s of an H800).
"""

from __future__ import annotations

from dataclasses import dataclass

from calculators.architecture.model import Architecture, Attention
from calculators.architecture_facts import fact
from calculators.formula import Quantity, define
from calculators.quantities import TOKENS
from calculators.results import Source
from calculators.text import Text
from calculators.trail import Trail

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
WINDOWED_WIDTH = Quantity(
    "Lq_w", Text("the same of the windowed layers", "窗口层的层数 × 头数 × 头维度"), "count"
)
SEEN = Quantity("s_w", Text("tokens that such a layer sees", "窗口层看到的 token 数"), "tokens")
FORWARD_TOKEN_WINDOWED = define(
    "flops_forward_token_windowed",
    title=Text(
        "Forward FLOPs of a token, some layers seeing a window only",
        "前向每个 token 的 FLOPs（部分层为滑动窗口）",
    ),
    result=TOKEN_FLOP,
    symbols=(
        MATMUL_PARAMS,
        ATTENTION_WIDTH,
        TOKENS,
        WINDOWED_WIDTH,
        SEEN,
    ),
    expression=lambda n, width, s, windowed, s_w: 2 * n + 4 * width * s + 4 * windowed * s_w,
    source=Source("Mistral 7B, sliding-window attention", "arXiv 2310.06825, section 2"),
)
SEEN_MEAN = define(
    "tokens_seen_by_a_layer",
    title=Text(
        "Tokens that attention sees, some layers a window only",
        "注意力看到的 token 数（部分层为滑动窗口）",
    ),
    result=Quantity("s_m", Text("tokens seen, on average", "平均看到的 token 数"), "tokens"),
    symbols=(ATTENTION_WIDTH, WINDOWED_WIDTH, TOKENS, SEEN),
    expression=lambda width, windowed, s, s_w: ((width - windowed) * s + windowed * s_w) / width,
    source=Source("Mistral 7B, sliding-window attention", "arXiv 2310.06825, section 2"),
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
RECOMPUTED_PARAMS = Quantity(
    "N_r", Text("parameters of the recomputed layers", "重计算层的参数量"), "params"
)
HARDWARE_FLOP = Quantity(
    "f_hw", Text("hardware FLOPs of a token", "每个 token 的硬件 FLOPs"), "FLOP"
)
FULL_RECOMPUTE_TOKEN = define(
    "flops_train_token_recomputed",
    title=Text(
        "Hardware FLOPs of a token, every layer recomputed",
        "硬件每个 token 的 FLOPs（全部层重计算）",
    ),
    result=HARDWARE_FLOP,
    symbols=(MATMUL_PARAMS, ATTENTION_WIDTH, TOKENS, RECOMPUTED_PARAMS),
    expression=lambda n, width, s, n_r: 6 * n + 2 * n_r + 16 * width * s,
    source=RECOMPUTE,
)
SELECTIVE_RECOMPUTE_TOKEN = define(
    "flops_train_token_selective",
    title=Text(
        "Hardware FLOPs of a token, attention recomputed", "硬件每个 token 的 FLOPs（注意力重计算）"
    ),
    result=HARDWARE_FLOP,
    symbols=(MATMUL_PARAMS, ATTENTION_WIDTH, TOKENS),
    expression=lambda n, width, s: 6 * n + 16 * width * s,
    source=RECOMPUTE,
)
ADAPTER_RECOMPUTE_TOKEN = define(
    "flops_adapter_token_recomputed",
    title=Text(
        "Hardware FLOPs of a token with frozen weights, every layer recomputed",
        "冻结权重时硬件每个 token 的 FLOPs（全部层重计算）",
    ),
    result=HARDWARE_FLOP,
    symbols=(MATMUL_PARAMS, ATTENTION_WIDTH, TOKENS, RECOMPUTED_PARAMS),
    expression=lambda n, width, s, n_r: 4 * n + 2 * n_r + 16 * width * s,
    source=RECOMPUTE,
)
ADAPTER_SELECTIVE_TOKEN = define(
    "flops_adapter_token_selective",
    title=Text(
        "Hardware FLOPs of a token with frozen weights, attention recomputed",
        "冻结权重时硬件每个 token 的 FLOPs（注意力重计算）",
    ),
    result=HARDWARE_FLOP,
    symbols=(MATMUL_PARAMS, ATTENTION_WIDTH, TOKENS),
    expression=lambda n, width, s: 4 * n + 16 * width * s,
    source=RECOMPUTE,
)


@dataclass(frozen=True, slots=True)
class ComputeShape:
    """What FLOP counts need of an architecture.

    ``params`` is N, ``layer_params`` its part inside the layers, ``attention_width`` the sum
    over the softmax-attention layers of heads times head dimension (the mean of queries' and
    values'), ``windows`` that of the layers with a window, by window.
    """

    params: int
    layer_params: int
    attention_width: int
    windows: tuple[tuple[int, int], ...] = ()


def trains_adapters(method: str | None) -> bool:
    """Whether the weights are frozen under adapters: no gradients of weights are computed."""
    return method in ("lora", "qlora")


def trained_token(trail: Trail, shape: ComputeShape, tokens: int, method: str | None) -> float:
    """Return the model FLOPs of training on a token of a sequence of ``tokens``."""
    formula = ADAPTER_TOKEN if trains_adapters(method) else TRAIN_TOKEN
    seen = _seen_mean(trail, shape, tokens)
    return float(trail.run(formula, N=shape.params, Lq=shape.attention_width, s=seen))


def trained_token_causal(
    trail: Trail, shape: ComputeShape, tokens: int, method: str | None
) -> float:
    """Return the same with attention to the tokens before alone, half of the sequence on average.

    So count Megatron-Core and DeepSeek (arXiv 2505.09343, table 2), whose kernels skip the rest.
    """
    formula = ADAPTER_TOKEN if trains_adapters(method) else TRAIN_TOKEN
    width = shape.attention_width
    wide = width - sum(windowed for _, windowed in shape.windows)
    seen = wide * tokens / 2 + sum(
        windowed * _seen(window, 1, tokens) for window, windowed in shape.windows
    )
    return float(trail.run(formula, N=shape.params, Lq=width, s=seen / width if width else 0))


def hardware_token(
    trail: Trail, shape: ComputeShape, tokens: int, method: str | None, checkpointing: str
) -> float:
    """Return the FLOPs of a token with what is recomputed; the model's when nothing is."""
    if checkpointing not in ("full", "selective"):
        return trained_token(trail, shape, tokens, method)
    seen = _seen_mean(trail, shape, tokens)
    common = {"N": shape.params, "Lq": shape.attention_width, "s": seen}
    adapters = trains_adapters(method)
    if checkpointing == "full":
        formula = ADAPTER_RECOMPUTE_TOKEN if adapters else FULL_RECOMPUTE_TOKEN
        return float(trail.run(formula, **common, N_r=shape.layer_params))
    formula = ADAPTER_SELECTIVE_TOKEN if adapters else SELECTIVE_RECOMPUTE_TOKEN
    return float(trail.run(formula, **common))


def _seen_mean(trail: Trail, shape: ComputeShape, tokens: int) -> float:
    """Return the tokens that a layer sees of a sequence, on average over the attending layers."""
    narrow = [(width, window) for window, width in shape.windows if window < tokens]
    if not narrow:
        return tokens
    windowed = sum(width for width, _ in narrow)
    return float(
        trail.run(
            SEEN_MEAN,
            Lq=shape.attention_width,
            Lq_w=windowed,
            s=tokens,
            s_w=sum(width * window for width, window in narrow) / windowed,
        )
    )


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
        _width(layer.attention) * count
        for layer, count in architecture.groups
        if layer.attention.kind in ("mha", "mla")
    )
    windows: dict[int, int] = {}
    for layer, count in architecture.groups:
        attention = layer.attention
        if attention.kind == "mha" and attention.window is not None:
            seen = windows.get(attention.window, 0)
            windows[attention.window] = seen + _width(attention) * count
    params = architecture.parameters_active - untied
    return ComputeShape(params, inside, width, tuple(windows.items()))


def _width(attention: Attention) -> int:
    return attention.heads * (attention.head_dim + attention.v_head_dim) // 2


def forward_token(trail: Trail, architecture: Architecture, first: int, last: int) -> float:
    """Return the forward FLOPs of a token, on average while ``first`` to ``last`` tokens are seen.

    A windowed layer sees no more than its window. Source of the causal mean: half of the prompt.
    """
    shape = compute_shape(architecture)
    mean = -(-(first - 1 + last) // 2) if first < last else last
    narrow = [(width, _seen(window, first, last)) for window, width in shape.windows]
    if all(seen >= mean for _, seen in narrow):
        values = {"N": shape.params, "Lq": shape.attention_width, "s": mean}
        return float(trail.run(FORWARD_TOKEN, **values))
    windowed = sum(width for width, _ in narrow)
    return float(
        trail.run(
            FORWARD_TOKEN_WINDOWED,
            N=shape.params,
            Lq=shape.attention_width - windowed,
            s=mean,
            Lq_w=windowed,
            s_w=sum(width * seen for width, seen in narrow) / windowed,
        )
    )


def _seen(window: int, first: int, last: int) -> float:
    """Return the mean of min(c, window) for c from ``first`` to ``last``."""
    below = max(0, min(last, window) - first + 1)
    inside = below * (2 * first + below - 1) / 2
    return (inside + (last - first + 1 - below) * window) / (last - first + 1)
