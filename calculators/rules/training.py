"""Training memory by the FAQ: 16n (2 + 2 + 12), 20n with headroom, and its part-by-part sum."""

from __future__ import annotations

from calculators import quantities as q
from calculators.formula import define, floor
from calculators.quantities import per_parameter, size
from calculators.results import Source
from calculators.rules.weights import FAQ_RAM
from calculators.text import Text

FAQ_TRAINING = Source("LLM GPU memory FAQ", "question 5, after ZeRO (arXiv 1910.02054)")
FAQ_HEADROOM = Source("LLM GPU memory FAQ", "question 5, worked example")

WEIGHT_SIZE = size("M_w", "weights", "权重")
GRADIENT_SIZE = size("M_g", "gradients", "梯度")
OPTIMIZER_SIZE = size("M_o", "optimizer states", "优化器状态")
MODEL_SIZE = size("M", "memory for the model", "模型部分显存")
INSTANCE_SIZE = size("A", "activations of one instance", "每个 instance 的激活")

TRAINING = define(
    "rule_training",
    title=Text("Training: weights, gradients, optimizer", "训练：权重 + 梯度 + 优化器"),
    result=MODEL_SIZE,
    symbols=(q.PARAMS, q.WEIGHT_BYTES, q.GRAD_BYTES, q.OPTIMIZER_BYTES),
    expression=lambda n, b_w, b_g, b_o: n * (b_w + b_g + b_o),
    source=FAQ_TRAINING,
)
HEADROOM = define(
    "rule_training_headroom",
    title=Text("Training with headroom", "训练（留余量）"),
    result=MODEL_SIZE,
    symbols=(q.PARAMS, per_parameter("b_t", "bytes per parameter", "每个参数的字节数")),
    expression=lambda n, b_t: n * b_t,
    source=FAQ_HEADROOM,
)
GRADIENTS = define(
    "rule_gradients",
    title=Text("Gradients", "梯度"),
    result=GRADIENT_SIZE,
    symbols=(q.PARAMS, q.GRAD_BYTES),
    expression=lambda n, b_g: n * b_g,
    source=FAQ_RAM,
)
MOMENTS = define(
    "rule_adamw_moments",
    title=Text("AdamW: two moments", "AdamW：两个动量"),
    result=OPTIMIZER_SIZE,
    symbols=(q.PARAMS, q.MOMENT_BYTES),
    expression=lambda n, b_m: n * 2 * b_m,
    source=FAQ_RAM,
)
MIXED_OPTIMIZER = define(
    "rule_mixed_adamw",
    title=Text(
        "AdamW in mixed precision: fp32 master, two moments",
        "混合精度 AdamW:fp32 主权重 + 两个动量",
    ),
    result=OPTIMIZER_SIZE,
    symbols=(
        q.PARAMS,
        per_parameter("b_p", "bytes per master weight", "每个主权重的字节数"),
        q.MOMENT_BYTES,
    ),
    expression=lambda n, b_p, b_m: n * (b_p + 2 * b_m),
    source=FAQ_TRAINING,
)
PARTS = define(
    "rule_training_parts",
    title=Text(
        "Model part: weights, gradients, optimizer, CUDA", "模型部分：权重 + 梯度 + 优化器 + CUDA"
    ),
    result=MODEL_SIZE,
    symbols=(WEIGHT_SIZE, GRADIENT_SIZE, OPTIMIZER_SIZE, q.CUDA_BYTES),
    expression=lambda w, g, o, cuda: w + g + o + cuda,
    source=FAQ_RAM,
)
INSTANCE = define(
    "rule_activation_instance",
    title=Text("Activations of one instance", "每个 instance 的激活"),
    result=INSTANCE_SIZE,
    symbols=(q.HIDDEN, q.INTERMEDIATE, q.TOKENS, q.LAYERS, q.ACTIVATION_BYTES),
    expression=lambda h, i, s, layers, b_a: (h + i) * s * layers * b_a,
    source=FAQ_RAM,
)
ACTIVATIONS = define(
    "rule_activations",
    title=Text("Activations of the batch", "整批激活"),
    result=size("M_a", "activations", "激活"),
    symbols=(q.BATCH, INSTANCE_SIZE),
    expression=lambda batch, a: batch * a,
    source=FAQ_RAM,
)
LARGEST_BATCH = define(
    "rule_largest_batch",
    title=Text("Largest batch", "最大 batch"),
    result=q.BATCH,
    symbols=(q.CAPACITY, MODEL_SIZE, INSTANCE_SIZE),
    expression=lambda c, m, a: floor((c - m) / a),
    source=FAQ_RAM,
)
