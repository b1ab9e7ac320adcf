"""The formulas of a training step that its working shows."""

from __future__ import annotations

from calculators import quantities as q
from calculators.formula import Quantity, define
from calculators.quantities import per_parameter, size
from calculators.results import Source
from calculators.text import Text

ZERO = Source("ZeRO", "arXiv 1910.02054, section 3 and 5")
LORA = Source("LoRA", "arXiv 2106.09685, section 4")
STOCK = Source("transformers 5 modelling code", "tensors that autograd saves, operator by operator")
FUSED = Source("Reducing Activation Recomputation", "arXiv 2205.05198, section 4")
CONTEXT = Source("LLM GPU memory FAQ", "question 6: CUDA context")

TRAINED = Quantity("n_t", Text("trained parameters", "可训练参数量"), "params")
FROZEN = Quantity("n_f", Text("frozen parameters", "冻结参数量"), "params")
FROZEN_BYTES = per_parameter("b_f", "bytes per frozen weight", "每个冻结权重的字节数")
MASTER_BYTES = per_parameter("b_c", "bytes of master copy", "主权重每参数字节数")
STATE_BYTES = per_parameter("b_o", "optimizer bytes per parameter", "每个参数的优化器字节数")
RANKS = Quantity("k", Text("ranks that share it", "分摊的 rank 数"), "count", integer=True)
WEIGHTS = size("M_w", "weights", "权重")
MASTER = size("M_c", "master weights", "主权重")
GRADIENTS = size("M_g", "gradients", "梯度")
OPTIMIZER = size("M_o", "optimizer states", "优化器状态")
LAYER = size("A_1", "saved by one layer", "单层保存的激活")
SAVED = size("A", "saved activations at the peak", "峰值时保存的激活")
THERE = size("G", "gradients at the peak", "峰值时的梯度")
WORKING = size("W", "working set at the peak", "峰值时的工作集")
PEAK = size("M_peak", "allocated at the peak", "峰值分配")
RESERVE = size("M_r", "allocator reserve and workspace", "分配器预留与工作区")
STEPS = Quantity("N", Text("trained tensors", "可训练张量数"), "count", integer=True)

TRAINED_WEIGHTS = define(
    "training_weights",
    title=Text("Weights", "权重"),
    result=WEIGHTS,
    symbols=(TRAINED, q.WEIGHT_BYTES, RANKS),
    expression=lambda n, b, k: n * b / k,
    source=ZERO,
)
ADAPTED_WEIGHTS = define(
    "training_weights_adapted",
    title=Text("Frozen weights and adapters", "冻结权重与适配器"),
    result=WEIGHTS,
    symbols=(FROZEN, FROZEN_BYTES, TRAINED, q.WEIGHT_BYTES, RANKS),
    expression=lambda n_f, b_f, n, b, k: (n_f * b_f + n * b) / k,
    source=LORA,
)
MASTER_WEIGHTS = define(
    "training_master",
    title=Text("fp32 master weights", "fp32 主权重"),
    result=MASTER,
    symbols=(TRAINED, MASTER_BYTES, RANKS),
    expression=lambda n, b, k: n * b / k,
    source=ZERO,
)
GRADIENT_STATES = define(
    "training_gradients",
    title=Text("Gradients, when all are there", "全部梯度"),
    result=GRADIENTS,
    symbols=(TRAINED, q.GRAD_BYTES, RANKS),
    expression=lambda n, b, k: n * b / k,
    source=ZERO,
)
OPTIMIZER_STATES = define(
    "training_optimizer",
    title=Text("Optimizer states", "优化器状态"),
    result=OPTIMIZER,
    symbols=(TRAINED, STATE_BYTES, RANKS),
    expression=lambda n, b, k: n * b / k,
    source=ZERO,
)
LAYER_SAVED = define(
    "training_layer_saved",
    title=Text("What one layer saves for backward", "单层为反向传播保存的张量"),
    result=LAYER,
    symbols=(
        q.BATCH,
        q.TOKENS,
        Quantity("e", Text("bytes per token", "每个 token 的字节数"), "count"),
    ),
    expression=lambda batch, s, e: batch * s * e,
    source=STOCK,
)
LAYER_SAVED_EAGER = define(
    "training_layer_saved_eager",
    title=Text("What one layer saves, attention scores included", "单层保存的张量（含注意力得分）"),
    result=LAYER,
    symbols=(
        q.BATCH,
        q.TOKENS,
        Quantity("e", Text("bytes per token", "每个 token 的字节数"), "count"),
        Quantity("c", Text("bytes per pair of tokens", "每对 token 的字节数"), "count"),
    ),
    expression=lambda batch, s, e, c: batch * s * (e + s * c),
    source=STOCK,
)
GRADIENTS_THERE = define(
    "training_gradients_there",
    title=Text("Gradients that are there at the peak", "峰值时刻已有的梯度"),
    result=THERE,
    symbols=(
        Quantity("n_g", Text("parameters whose gradient is there", "已有梯度的参数量"), "params"),
        q.GRAD_BYTES,
    ),
    expression=lambda n, b: n * b,
    source=STOCK,
)
ALL_SAVED = define(
    "training_saved",
    title=Text("Saved by the layers and beside them, at the peak", "峰值时刻各层及层外保存的激活"),
    result=SAVED,
    symbols=(
        Quantity("l", Text("layers that have saved", "已保存激活的层数"), "count", integer=True),
        LAYER,
        size("A_0", "saved beside the layers", "层外保存的激活"),
    ),
    expression=lambda layers, one, others: layers * one + others,
    source=STOCK,
)
WORKING_SET = define(
    "training_working_set",
    title=Text(
        "Working set: part at work, buffers and copies of weights, inputs and masks",
        "工作集：正在计算的部分 + 权重缓冲与副本 + 输入与掩码",
    ),
    result=WORKING,
    symbols=(
        size("W_c", "part at work", "正在计算的部分"),
        size("W_b", "buffers and copies of weights", "权重缓冲与副本"),
        size("W_i", "inputs, masks and position tables", "输入、掩码与位置表"),
    ),
    expression=lambda computing, buffers, inputs: computing + buffers + inputs,
    source=STOCK,
)
AT_THE_PEAK = define(
    "training_peak",
    title=Text("Allocated at the peak", "峰值时刻的分配"),
    result=PEAK,
    symbols=(WEIGHTS, MASTER, OPTIMIZER, THERE, SAVED, WORKING),
    expression=lambda w, c, o, g, a, x: w + c + o + g + a + x,
    source=STOCK,
)
ONE_CARD = define(
    "training_per_card",
    title=Text("Training, one card", "训练：单卡"),
    result=size("M_1", "memory of one card", "单卡显存"),
    symbols=(PEAK, q.CUDA_BYTES, RESERVE),
    expression=lambda peak, cuda, r: peak + cuda + r,
    source=CONTEXT,
)
