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
FSDP = Source("PyTorch FSDP2", "torch/distributed/fsdp/_fully_shard; arXiv 2304.11277")
AT_WORK = size("W_c", "part at work", "正在计算的部分")
BUFFERS = size("W_b", "buffers and copies of weights", "权重缓冲与副本")
INPUT_BYTES = size("W_i", "inputs, masks and position tables", "输入、掩码与位置表")
GATHERED_BYTES = size("W_ag", "gathered parameters", "聚合后的参数")
REDUCED_BYTES = size("W_rs", "reduce-scatter buffer", "reduce-scatter 缓冲")
COPY_BYTES = size("W_16", "16-bit copies kept by autocast", "autocast 缓存的 16 位副本")
_PART = (
    size("K", "gradients and copies of its weights", "其权重的梯度与副本"),
    q.BATCH,
    q.TOKENS,
    Quantity("e_c", Text("live bytes per token", "每个 token 的活跃字节数"), "count"),
)

PART_AT_WORK = define(
    "training_part_at_work",
    title=Text(
        "The part at work, its own saved tensors included", "正在计算的部分（含其自身保存的张量）"
    ),
    result=AT_WORK,
    symbols=_PART,
    expression=lambda fixed, batch, s, e: fixed + batch * s * e,
    source=STOCK,
)
PART_AT_WORK_EAGER = define(
    "training_part_at_work_eager",
    title=Text("The part at work, attention scores included", "正在计算的部分（含注意力得分）"),
    result=AT_WORK,
    symbols=(
        *_PART,
        Quantity("c_c", Text("live bytes per pair of tokens", "每对 token 的活跃字节数"), "count"),
    ),
    expression=lambda fixed, batch, s, e, c: fixed + batch * s * (e + s * c),
    source=STOCK,
)
GATHERED = define(
    "training_gathered",
    title=Text(
        "Gathered at once: the root, layers and all-gather buffers",
        "同时聚合的：根模块、各层与 all-gather 缓冲",
    ),
    result=GATHERED_BYTES,
    symbols=(
        Quantity("n_r", Text("parameters of the root", "根模块的参数量"), "params"),
        Quantity("n_l", Text("parameters of layers and buffers", "各层与缓冲的参数量"), "params"),
        q.ACTIVATION_BYTES,
    ),
    expression=lambda root, layers, b: (root + layers) * b,
    source=FSDP,
)
STAYS_GATHERED = define(
    "training_stays_gathered",
    title=Text("Parameters that stay gathered", "保持聚合状态的参数"),
    result=GATHERED_BYTES,
    symbols=(
        Quantity(
            "n_a",
            Text("parameters available, 10⁹ at most", "聚合状态的参数量（至多 10⁹）"),
            "params",
        ),
        q.ACTIVATION_BYTES,
    ),
    expression=lambda available, b: available * b,
    source=Source("DeepSpeed", "deepspeed/runtime/zero: stage3_max_live_parameters"),
)
REDUCED = define(
    "training_reduced",
    title=Text("Input of the reduce-scatter under way", "进行中的 reduce-scatter 输入"),
    result=REDUCED_BYTES,
    symbols=(
        Quantity("n_s", Text("gradients being reduced", "正在归约的梯度数"), "params"),
        q.GRAD_BYTES,
    ),
    expression=lambda n, b: n * b,
    source=FSDP,
)
AUTOCAST_COPIES = define(
    "training_autocast_copies",
    title=Text("Copies of weights that autocast keeps", "autocast 缓存的权重副本"),
    result=COPY_BYTES,
    symbols=(
        Quantity("n_c", Text("weights copied", "有副本的权重数"), "params"),
        q.ACTIVATION_BYTES,
    ),
    expression=lambda n, b: n * b,
    source=STOCK,
)
WEIGHT_BUFFERS = define(
    "training_weight_buffers",
    title=Text("Buffers and copies of weights", "权重缓冲与副本"),
    result=BUFFERS,
    symbols=(GATHERED_BYTES, REDUCED_BYTES, COPY_BYTES),
    expression=lambda gathered, reduced, copies: gathered + reduced + copies,
    source=FSDP,
)
INPUTS = define(
    "training_inputs",
    title=Text("Token ids, position tables and masks", "token 编号、位置表与掩码"),
    result=INPUT_BYTES,
    symbols=(
        q.BATCH,
        q.TOKENS,
        Quantity("b_i", Text("bytes per token id", "每个 token 编号的字节数"), "count"),
        Quantity("d_r", Text("rotary dimensions", "旋转位置维度"), "count"),
        q.ACTIVATION_BYTES,
        size("W_m", "masks and buffers", "掩码与缓冲"),
    ),
    expression=lambda batch, s, b_i, d_r, b, masks: batch * s * b_i + 2 * s * d_r * b + masks,
    source=STOCK,
)
WORKING_SET = define(
    "training_working_set",
    title=Text(
        "Working set: part at work, buffers and copies of weights, inputs and masks",
        "工作集：正在计算的部分 + 权重缓冲与副本 + 输入与掩码",
    ),
    result=WORKING,
    symbols=(AT_WORK, BUFFERS, INPUT_BYTES),
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
