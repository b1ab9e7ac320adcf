"""Inference as formulas: weights as stored, the working set of a prefill, and the card's total."""

from __future__ import annotations

from calculators import quantities as q
from calculators.architecture import Architecture, FeedForward, Layer
from calculators.architecture_facts import fact
from calculators.formula import Quantity, define
from calculators.quantities import per_parameter, size
from calculators.results import Source
from calculators.text import Text

STOCK = Source("transformers 5 modelling code", "decoder layer forward, generation loop")
STORED = Source("Format registry", "bits per weight as stored")
CONTEXT = Source("LLM GPU memory FAQ", "question 6: 1.3 GB of CUDA context")

QUANTISED = Quantity("n_q", Text("quantised parameters", "被量化的参数量"), "params")
KEPT = Quantity("n_u", Text("parameters left in 16 bits", "保留 16 位的参数量"), "params")
BITS = Quantity("w_q", Text("bits per quantised weight", "每个量化权重的位数"), "bits")
KEPT_BITS = Quantity("w_u", Text("bits per remaining weight", "其余权重的位数"), "bits")
WEIGHTS = size("M_w", "weights", "权重")
CACHE = size("M_kv", "KV cache", "KV 缓存")
ACTIVATIONS = size("M_a", "activations", "激活")
SPLIT = Quantity("k_kv", Text("cards that share the cache", "分摊 KV 缓存的卡数"), "count")
CARD = size("M_1", "memory of one card", "单卡显存")
RESERVE = size("M_r", "allocator and workspace", "分配器与工作区")

STORED_WEIGHTS = define(
    "weights_stored",
    title=Text("Weights as stored", "实际存储的权重"),
    result=WEIGHTS,
    symbols=(q.PARAMS, Quantity("w", Text("bits per weight", "每个权重的位数"), "bits")),
    expression=lambda n, w: n * w / 8,
    source=STORED,
)
MIXED_WEIGHTS = define(
    "weights_stored_mixed",
    title=Text("Weights as stored, part of them quantised", "实际存储的权重（部分量化）"),
    result=WEIGHTS,
    symbols=(QUANTISED, BITS, KEPT, KEPT_BITS),
    expression=lambda n_q, w_q, n_u, w_u: (n_q * w_q + n_u * w_u) / 8,
    source=STORED,
)
PREFILL = define(
    "prefill_activations",
    title=Text("Working set of the prefill", "预填充的工作集"),
    result=ACTIVATIONS,
    symbols=(
        Quantity("T", Text("tokens of one pass, all sequences", "一次通过的 token 总数"), "count"),
        Quantity(
            "e",
            Text("widest working set of a token, elements", "单个 token 最宽的工作集元素数"),
            "count",
        ),
        q.ACTIVATION_BYTES,
        q.BATCH,
        Quantity("V", Text("vocabulary", "词表大小"), "count"),
        per_parameter("b_l", "bytes per logit", "每个 logit 的字节数"),
    ),
    expression=lambda t, e, b_a, batch, v, b_l: t * e * b_a + batch * v * b_l,
    source=STOCK,
)
EAGER_SCORES = define(
    "prefill_eager_scores",
    title=Text("Attention scores of eager attention", "eager 注意力的得分矩阵"),
    result=size("M_s", "attention scores", "注意力得分"),
    symbols=(
        q.BATCH,
        Quantity("a", Text("attention heads", "注意力头数"), "count"),
        q.TOKENS,
        per_parameter("b_s", "bytes per score", "每个得分的字节数"),
    ),
    expression=lambda batch, a, s, b_s: batch * a * s**2 * b_s,
    source=STOCK,
)
UNPACKED = define(
    "inference_unpacked_weight",
    title=Text(
        "The weight at work, unpacked to 16 bits for a product of several tokens",
        "正在计算的权重：多个 token 的矩阵乘法先将其解包为 16 位",
    ),
    result=size("M_u", "unpacked weight", "解包的权重"),
    symbols=(
        Quantity("n_m", Text("parameters of the largest matrix", "最大矩阵的参数量"), "params"),
        q.ACTIVATION_BYTES,
    ),
    expression=lambda n, b: n * b,
    source=Source("bitsandbytes", "autograd/_functions.py, MatMul4Bit"),
)
ONE_CARD = define(
    "inference_per_card",
    title=Text("Inference, one card", "推理：单卡"),
    result=CARD,
    symbols=(WEIGHTS, q.CARDS, CACHE, SPLIT, ACTIVATIONS, q.CUDA_BYTES, RESERVE),
    expression=lambda w, k, kv, k_kv, a, cuda, r: w / k + kv / k_kv + a + cuda + r,
    source=CONTEXT,
)
ALL_CARDS = define(
    "all_cards",
    title=Text("All cards", "全部卡"),
    result=size("M", "memory of all cards", "全部卡的显存"),
    symbols=(q.CARDS, CARD),
    expression=lambda k, one: k * one,
    source=Source("Definition", "what one card needs, times the cards"),
)
EAGER_SCORE_BYTES = 8
"""Scores in 16 bits, their fp32 softmax, and the 16-bit copy, alive together."""
LOGIT_BYTES = 4


def widest_working_set(architecture: Architecture, tp: int = 1) -> int:
    """Return the most elements of one token that are alive at once in the forward pass.

    Tensor parallelism divides what is as wide as heads or inner width over ``tp`` cards; what
    is as wide as the hidden size is on each of them.

    In stock code the embedded input, the layer's input, the residual and the normed input all
    stand beside the feed-forward's gate, up and product; in the mixer the first three beside
    queries, keys, values and output. The token's id takes 8 bytes, its rotary table two rows.
    """
    return fact(architecture, f"widest working set of {tp}", lambda: _widest(architecture, tp))


def largest_matrix(architecture: Architecture, tp: int = 1) -> int:
    """Return the parameters of the largest linear layer on a card: one is unpacked at a time."""

    def largest() -> int:
        modules = (m for layer, _ in architecture.groups for m in layer.modules)
        return max((m.rows * m.cols for m in modules if m.kind == "linear"), default=0)

    return -(-fact(architecture, "largest matrix", largest) // tp)


def _widest(architecture: Architecture, tp: int) -> int:
    hidden, attention = architecture.hidden, architecture.attention
    layers = max(_working_set(layer, hidden, tp) for layer, _ in architecture.groups)
    if attention.position == "learned":
        return layers + TOKEN_ID_ELEMENTS + 2 * hidden
    rotary = attention.rope_dim or attention.head_dim if attention.position == "rope" else 0
    return layers + TOKEN_ID_ELEMENTS + 2 * rotary


def _working_set(layer: Layer, hidden: int, tp: int) -> int:
    attention = layer.attention
    mixer = 2 * attention.q_dim + attention.k_dim + attention.v_dim
    if attention.kind == "mla":
        mixer = attention.heads * (2 * attention.head_dim + 2 * attention.v_head_dim)
    inner = _inner(layer.feed_forward, hidden, tp)
    return max(3 * hidden + -(-mixer // tp), 4 * hidden + inner)


def _inner(feed: FeedForward, hidden: int, tp: int) -> int:
    """Return what the feed-forward holds of a token beside what comes in.

    Gate, activated gate or up, and product make three inner widths; where gate and up are one
    tensor it stays whole until the product is there, which makes four. Routed experts are fused
    so, over copies of the token; gelu written out in elementwise steps holds four as well.
    """
    if not feed.gated:
        return (4 if feed.activation in ELEMENTWISE else 2) * -(-feed.width // tp)
    dense = (4 if feed.fused_gate_up else 3) * -(-feed.width // tp)
    shared = 3 * -(-feed.shared_width // tp) + hidden if feed.shared_width else 0
    expert = 4 * -(-feed.expert_width // tp) + hidden
    return max(dense, shared, feed.experts_per_token * expert)


ELEMENTWISE = ("gelu_new", "gelu_fast")
TOKEN_ID_ELEMENTS = 4
"""An int64 in 16-bit elements."""
