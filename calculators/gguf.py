"""What a GGUF file stores, tensor by tensor.

File types such as Q4_K_M keep most matrices in one block type and some in a finer one; which
ones depends on the layer's place, on grouped attention and on the number of experts. Norms,
biases and routers stay in fp32, and the head (or the embedding that doubles as one) takes
Q6_K in every type but Q8_0 (Q5_K in the smallest ``iq`` ones). The rules are those of llama.cpp
(src/llama-quant.cpp); its tables of bits per weight for Llama 2 (examples/quantize/README.md) and
for Llama 3.1 (tools/quantize/README.md) come out of them.
"""

from __future__ import annotations

from functools import lru_cache

from calculators.architecture import Architecture, Module

# Bits of a weight in a block type: 8 x bytes / weights (ggml/src/ggml-common.h).
BITS = {
    "q2_k": 8 * 84 / 256,
    "q3_k": 8 * 110 / 256,
    "q4_0": 8 * 18 / 32,
    "q4_1": 8 * 20 / 32,
    "q4_k": 8 * 144 / 256,
    "q5_0": 8 * 22 / 32,
    "q5_1": 8 * 24 / 32,
    "q5_k": 8 * 176 / 256,
    "q6_k": 8 * 210 / 256,
    "q8_0": 8 * 34 / 32,
    "iq1_s": 8 * 50 / 256,
    "iq1_m": 8 * 56 / 256,
    "iq2_xxs": 8 * 66 / 256,
    "iq2_xs": 8 * 74 / 256,
    "iq2_s": 8 * 82 / 256,
    "iq3_xxs": 8 * 98 / 256,
    "iq3_s": 8 * 110 / 256,
    "iq4_nl": 8 * 18 / 32,
    "iq4_xs": 8 * 136 / 256,
    "f32": 32.0,
}
FILE_TYPES = {
    "q2_k_s": "q2_k",
    "q2_k_m": "q2_k",
    "q3_k_s": "q3_k",
    "q3_k_m": "q3_k",
    "q3_k_l": "q3_k",
    "q4_k_s": "q4_k",
    "q4_k_m": "q4_k",
    "q5_k_s": "q5_k",
    "q5_k_m": "q5_k",
    "iq2_m": "iq2_s",
    "iq3_xs": "iq3_s",
    "iq3_m": "iq3_s",
} | {name: name for name in BITS if name != "f32"}
FILE_TYPES["iq2_s"] = "iq2_xs"  # the file type of this name holds mostly the smaller block type
SAME_FILE = {"q2_k": "q2_k_m"}
"""File types named like a block type that mix others in: Q2_K keeps its values, outputs and down
projections in Q3_K and Q4_K (llama.cpp, src/llama-quant.cpp; Q2_K_S is the plainer one)."""
SMALLEST = ("iq1_s", "iq1_m", "iq2_xxs", "iq2_xs", "iq2_s", "iq2_m")
IQ_EMBEDDINGS = dict.fromkeys(SMALLEST[:4], "q2_k") | dict.fromkeys(
    ("iq2_s", "iq2_m", "iq3_xxs"), "iq3_s"
)
IQ_OUTPUTS = {
    "iq1_s": "iq2_xxs", "iq1_m": "iq2_xxs", "iq2_s": "iq3_s", "iq2_m": "iq3_s",
    "iq3_xxs": "iq3_s", "iq3_m": "q4_k",
}  # fmt: skip
FEED_IN = ("gate_proj", "up_proj", "w1", "w3")
# What a row whose length is no multiple of 256 falls back to.
FALLBACK = {name: "iq4_nl" for name in BITS if name.startswith("iq") and name != "iq4_nl"} | {
    "q2_k": "q4_0",
    "q3_k": "q4_0",
    "q4_k": "q5_0",
    "q5_k": "q5_1",
    "q6_k": "q8_0",
}
PACKED = ("qkv_proj", "c_attn", "query_key_value", "W_pack", "wqkv", "Wqkv")
OUT = ("o_proj", "out_proj", "wo", "dense")
DOWN = ("down_proj", "w2", "fc2", "dense_4h_to_h")


@lru_cache(maxsize=256)
def gguf_bits_per_weight(architecture: Architecture, file_type: str) -> float:
    """Return the mean bits of a parameter in a file of ``file_type`` (``q4_k_m``).

    The ``iq`` types are those made with an importance matrix. Raises KeyError for a type whose
    rules are not known here.
    """
    file_type = SAME_FILE.get(file_type, file_type)
    total = 0.0
    for module in architecture.outer_modules:
        total += _bits(module, _outer_type(architecture, module, file_type))
    for index, layer in enumerate(architecture.layers):
        for module in layer.modules:
            total += _bits(module, _layer_type(architecture, module, file_type, index))
    return total / architecture.parameters_total


def _bits(module: Module, block: str) -> float:
    if module.cols == 1 or module.kind in ("norm", "router", "conv", "vector", "position"):
        return 32.0 * module.parameters
    if block in FALLBACK and module.cols % 256:
        block = FALLBACK[block]
    return BITS[block] * module.weight_parameters + 32.0 * module.bias_parameters


def _outer_type(architecture: Architecture, module: Module, file_type: str) -> str:
    base = FILE_TYPES[file_type]
    doubles = module.kind == "embedding" and architecture.tied_embeddings
    if (module.kind == "head" or doubles) and base != "q8_0":
        return "q5_k" if file_type in (*SMALLEST, "iq3_xxs") else "q6_k"
    if module.kind == "embedding":
        return IQ_EMBEDDINGS.get(file_type, base)
    return base


def _layer_type(architecture: Architecture, module: Module, file_type: str, index: int) -> str:
    if file_type.startswith("iq"):
        return _importance_type(architecture, module, file_type, index)
    base, layers = FILE_TYPES[file_type], architecture.layer_count
    experts = max(layer.feed_forward.experts for layer, _ in architecture.groups)
    name = module.name
    if name == "v_proj":
        return _value_type(architecture, file_type, index)
    if name == "k_proj" and experts == 8:
        return "q8_0"
    if name in PACKED:
        packed = {"q3_k_m": "q4_k", "q3_k_l": "q4_k", "q4_k_m": "q5_k", "q5_k_m": "q6_k"}
        return packed.get(file_type, base)
    if name in OUT:
        if experts == 8:
            finer = ("q2_k_m", "q3_k_s", "q3_k_m", "q4_k_s", "q4_k_m")
            return "q5_k" if file_type in finer else base
        return {"q2_k_m": "q3_k", "q3_k_m": "q4_k", "q3_k_l": "q5_k"}.get(file_type, base)
    if name in DOWN:
        return _down_type(file_type, index, layers)
    return base


def _value_type(architecture: Architecture, file_type: str, index: int) -> str:
    base, layers = FILE_TYPES[file_type], architecture.layer_count
    attention = architecture.attention
    grouping = attention.heads // max(attention.kv_heads, 1)
    experts = max(layer.feed_forward.experts for layer, _ in architecture.groups)
    chosen = base
    if file_type == "q2_k_m":
        chosen = "q4_k" if grouping >= 4 else "q3_k"
    elif file_type == "q2_k_s" and grouping >= 4:
        chosen = "q4_k"
    elif file_type == "q3_k_m":
        chosen = "q5_k" if index < 2 else "q4_k"
    elif file_type == "q3_k_l":
        chosen = "q5_k"
    elif file_type in ("q4_k_m", "q5_k_m") and _more_bits(index, layers):
        chosen = "q6_k"
    elif file_type == "q4_k_s" and index < 4:
        chosen = "q5_k"
    if layers == 80 and grouping == 8 and chosen in ("q3_k", "q4_k"):
        chosen = "q5_k"
    return "q8_0" if experts == 8 else chosen


def _down_type(file_type: str, index: int, layers: int) -> str:
    if file_type == "q2_k_m":
        return "q3_k"
    if file_type == "q2_k_s" and index < layers // 8:
        return "q4_k"
    if file_type == "q3_k_m":
        return "q5_k" if index < layers // 16 else "q4_k"
    if file_type == "q3_k_l":
        return "q5_k"
    if file_type in ("q4_k_m", "q5_k_m") and _more_bits(index, layers):
        return "q6_k"
    if file_type == "q4_k_s" and index < layers // 8:
        return "q5_k"
    return FILE_TYPES[file_type]


def _more_bits(index: int, layers: int) -> bool:
    eighth = layers // 8
    return index < eighth or index >= 7 * layers // 8 or (index - eighth) % 3 == 2


def _importance_type(architecture: Architecture, module: Module, file_type: str, index: int) -> str:
    """Return the block type of a matrix in a file of an ``iq`` type."""
    base, layers, name = FILE_TYPES[file_type], architecture.layer_count, module.name
    early = index < layers // 8
    finer = "iq3_s" if file_type in ("iq2_s", "iq2_m") else "q2_k"
    if name == "v_proj" or name in OUT or name == "k_proj":
        return _importance_attention(architecture, name, file_type, finer)
    if name == "q_proj":
        return {"iq3_xxs": "iq2_s", "iq3_xs": "iq3_xxs"}.get(file_type, base)
    if name in DOWN and early:
        if file_type in SMALLEST:
            return finer
        return {"iq4_nl": "q5_k", "iq4_xs": "q5_k", "iq3_m": "q4_k"}.get(file_type, base)
    middle = not early and index < 7 * layers // 8
    if file_type == "iq3_xs" and middle and name in FEED_IN:
        return "iq3_xxs"
    return base


def _importance_attention(architecture: Architecture, name: str, file_type: str, finer: str) -> str:
    attention, base = architecture.attention, FILE_TYPES[file_type]
    grouped = attention.heads // max(attention.kv_heads, 1) >= 4
    experts = max(layer.feed_forward.experts for layer, _ in architecture.groups)
    if name == "v_proj":
        if file_type in SMALLEST:
            return "q4_k" if grouped or experts >= 4 else finer
        wide = "q5_k" if file_type.startswith("iq4") else "q4_k"
        return wide if grouped or file_type == "iq3_m" else base
    if name == "k_proj":
        if experts == 8:
            return "q4_k" if file_type in SMALLEST else "q8_0"
        return {"iq3_xxs": "iq2_s", "iq3_xs": "iq3_xxs"}.get(file_type, base)
    if experts == 8:
        return "q5_k"
    return IQ_OUTPUTS.get(file_type, base)
