"""What a card sends in a training step, by kind of parallelism, as ring collectives."""

from __future__ import annotations

from calculators import quantities as q
from calculators.formula import Quantity, define, minimum
from calculators.quantities import per_parameter, size
from calculators.results import Source
from calculators.text import Text

ZERO = Source("ZeRO", "arXiv 1910.02054, section 7")
MEGATRON = Source("Megatron-LM", "arXiv 1909.08053, section 3")
PIPELINE = Source("Megatron-LM, pipeline parallelism", "arXiv 2104.04473, section 2")

GROUP = Quantity(
    "d", Text("data-parallel ranks", "数据并行 rank 数"), "count", integer=True, minimum=1
)
MICRO_STEPS = Quantity("g", Text("micro-steps of a step", "每步的 micro step 数"), "count")
SENT = size("V", "bytes sent by a card in a step", "每步每卡发送的字节数")
GRAD_WIRE = per_parameter("b_c", "bytes per gradient on the wire", "通信时每个梯度的字节数")
TENSOR = Quantity("t_p", Text("tensor-parallel ranks", "张量并行 rank 数"), "count", minimum=1)

ALL_REDUCE = define(
    "communication_ddp",
    title=Text("DDP: all-reduce of the gradients", "DDP：梯度 AllReduce"),
    result=SENT,
    symbols=(q.PARAMS, GRAD_WIRE, GROUP),
    expression=lambda n, b_c, d: 2 * n * b_c * (d - 1) / d,
    source=ZERO,
)
ZERO_1 = define(
    "communication_zero1",
    title=Text(
        "ZeRO-1: reduce-scatter of gradients, all-gather of weights",
        "ZeRO-1：梯度 ReduceScatter + 权重 AllGather",
    ),
    result=SENT,
    symbols=(q.PARAMS, GRAD_WIRE, q.WEIGHT_BYTES, GROUP),
    expression=lambda n, b_c, b_w, d: n * (b_c + b_w) * (d - 1) / d,
    source=ZERO,
)
ZERO_2 = define(
    "communication_zero2",
    title=Text(
        "ZeRO-2: reduce-scatter each micro-step, all-gather once",
        "ZeRO-2：每个 micro step 做梯度 ReduceScatter，权重 AllGather 一次",
    ),
    result=SENT,
    symbols=(q.PARAMS, MICRO_STEPS, GRAD_WIRE, q.WEIGHT_BYTES, GROUP),
    expression=lambda n, g, b_c, b_w, d: n * (g * b_c + b_w) * (d - 1) / d,
    source=ZERO,
)
ZERO_3 = define(
    "communication_zero3",
    title=Text(
        "ZeRO-3: two all-gathers of weights and a reduce-scatter each micro-step",
        "ZeRO-3：每个 micro step 两次权重 AllGather + 一次梯度 ReduceScatter",
    ),
    result=SENT,
    symbols=(q.PARAMS, MICRO_STEPS, q.WEIGHT_BYTES, GRAD_WIRE, GROUP),
    expression=lambda n, g, b_w, b_c, d: n * g * (2 * b_w + b_c) * (d - 1) / d,
    source=ZERO,
)
GATHERED = Quantity("n_g", Text("parameters gathered", "被 AllGather 的参数量"), "params")
TRAINED = Quantity("n_t", Text("trained parameters", "可训练参数量"), "params")

ZERO_3_ADAPTERS = define(
    "communication_zero3_adapters",
    title=Text(
        "ZeRO-3 with adapters: all weights gathered twice, gradients of the adapters only",
        "ZeRO-3 加适配器：两次 AllGather 全部权重，只对适配器做梯度 ReduceScatter",
    ),
    result=SENT,
    symbols=(MICRO_STEPS, GATHERED, q.WEIGHT_BYTES, TRAINED, GRAD_WIRE, GROUP),
    expression=lambda g, n_g, b_w, n_t, b_c, d: g * (2 * n_g * b_w + n_t * b_c) * (d - 1) / d,
    source=ZERO,
)
GATHERED_ONCE = define(
    "communication_gathered_once",
    title=Text(
        "Weights gathered once a step and kept, gradients reduced once",
        "每步权重 AllGather 一次并保留，梯度 ReduceScatter 一次",
    ),
    result=SENT,
    symbols=(GATHERED, q.WEIGHT_BYTES, TRAINED, GRAD_WIRE, GROUP),
    expression=lambda n_g, b_w, n_t, b_c, d: (n_g * b_w + n_t * b_c) * (d - 1) / d,
    source=Source("PyTorch", "torch/distributed/pipelining/stage.py: backward of FSDP modules"),
)
HYBRID_REPLICAS = define(
    "communication_hybrid",
    title=Text(
        "Hybrid sharding: all-reduce of each shard's gradient over the replicas",
        "混合分片：在副本之间对每个分片的梯度做 AllReduce",
    ),
    result=SENT,
    symbols=(
        q.PARAMS,
        MICRO_STEPS,
        GRAD_WIRE,
        Quantity("k", Text("ranks of a shard group", "分片组的 rank 数"), "count", integer=True),
        Quantity("r", Text("replicas", "副本数"), "count", integer=True),
    ),
    expression=lambda n, g, b_c, k, r: 2 * n * g * b_c / k * (r - 1) / r,
    source=Source("PyTorch FSDP", "arXiv 2304.11277, section 3.2.2: hybrid sharding"),
)
TENSOR_PARALLEL = define(
    "communication_tp",
    title=Text("Tensor parallelism: all-reduces in each layer", "张量并行：每层的 AllReduce"),
    result=size("V_tp", "bytes sent for tensor parallelism", "张量并行发送的字节数"),
    symbols=(
        q.LAYERS,
        Quantity("c", Text("all-reduces of a layer", "每层 AllReduce 次数"), "count"),
        MICRO_STEPS,
        q.BATCH,
        q.TOKENS,
        q.HIDDEN,
        q.ACTIVATION_BYTES,
        TENSOR,
    ),
    expression=lambda layers, c, g, batch, s, h, b_a, t: (
        2 * layers * c * g * batch * s * h * b_a * (t - 1) / t
    ),
    source=MEGATRON,
)
CHUNKS = Quantity("v", Text("chunks of a stage", "每级的分块数"), "count")
PIPELINE_PARALLEL = define(
    "communication_pp",
    title=Text(
        "Pipeline parallelism: activations forward, gradients back",
        "流水线并行：前向激活与反向梯度",
    ),
    result=size("V_pp", "bytes sent between stages", "流水级之间发送的字节数"),
    symbols=(
        MICRO_STEPS,
        CHUNKS,
        q.BATCH,
        q.TOKENS,
        q.HIDDEN,
        q.ACTIVATION_BYTES,
    ),
    expression=lambda g, v, batch, s, h, b_a: 2 * g * v * batch * s * h * b_a,
    source=PIPELINE,
)
EXPERTS = Quantity("e_p", Text("expert-parallel ranks", "专家并行 rank 数"), "count", minimum=1)
EXPERT_PARALLEL = define(
    "communication_ep",
    title=Text(
        "Expert parallelism: tokens to their experts and back",
        "专家并行：token 发往专家再取回（AllToAll）",
    ),
    result=size("V_ep", "bytes sent for expert parallelism", "专家并行发送的字节数"),
    symbols=(
        Quantity("L_e", Text("layers with experts", "含专家的层数"), "count"),
        Quantity("c", Text("all-to-alls of a layer", "每层 AllToAll 次数"), "count"),
        MICRO_STEPS,
        q.BATCH,
        q.TOKENS,
        Quantity("k_e", Text("routed experts per token", "每个 token 的路由专家数"), "count"),
        q.HIDDEN,
        q.ACTIVATION_BYTES,
        EXPERTS,
    ),
    expression=lambda layers, c, g, batch, s, k, h, b_a, e: (
        layers * c * g * batch * s * k * h * b_a * (e - 1) / e
    ),
    source=Source("GShard", "arXiv 2006.16668, section 2.2; even routing"),
)
CONTEXT_PARALLEL = define(
    "communication_cp",
    title=Text(
        "Context parallelism: keys and values around the ring",
        "上下文并行：K、V 沿环传递",
    ),
    result=size("V_cp", "bytes sent for context parallelism", "上下文并行发送的字节数"),
    symbols=(
        q.LAYERS,
        Quantity("c", Text("rounds of the ring in a layer", "每层环传递的轮数"), "count"),
        MICRO_STEPS,
        q.BATCH,
        q.TOKENS,
        Quantity(
            "d_kv", Text("elements of K and V of a token", "每个 token 的 K、V 元素数"), "count"
        ),
        q.ACTIVATION_BYTES,
        Quantity("c_p", Text("context-parallel ranks", "上下文并行 rank 数"), "count", minimum=1),
    ),
    expression=lambda layers, c, g, batch, s, d, b_a, cp: (
        layers * c * g * batch * s * d * b_a * (cp - 1) / cp
    ),
    source=Source("Ring attention", "arXiv 2310.01889, section 3"),
)
LINK = Quantity("W", Text("bandwidth of the link, one direction", "链路单向带宽"), "bytes/s")
SLOWEST_LINK = define(
    "slowest_link",
    title=Text(
        "A ring over several nodes runs at its slowest link; rings of one node share its network",
        "跨节点的环以最慢的链路为准，同一节点的多个环共用其网络",
    ),
    result=LINK,
    symbols=(
        Quantity("W_c", Text("bandwidth of a card's link", "单卡链路带宽"), "bytes/s"),
        Quantity("W_n", Text("bandwidth of a node's network", "单节点网络带宽"), "bytes/s"),
        Quantity(
            "r", Text("rings (or cards) that leave a node", "离开节点的环（或卡）数"), "count"
        ),
    ),
    expression=lambda w_c, w_n, r: minimum(w_c, w_n / r),
    source=Source(
        "NVIDIA nccl-tests", "doc/PERFORMANCE.md: bus bandwidth is that of the bottleneck"
    ),
)
TIME = define(
    "communication_time",
    title=Text("Time on the link", "链路上的时间"),
    result=Quantity("t_net", Text("communication time of a step", "每步通信时间"), "s"),
    symbols=(SENT, LINK),
    expression=lambda v, w: v / w,
    source=Source("Bandwidth bound", "bytes over bytes per second; latency left out"),
)
COMPUTE_TIME = define(
    "step_compute_time",
    title=Text("Compute time of a step", "每步计算时间"),
    result=Quantity("t_gpu", Text("compute time of a step", "每步计算时间"), "s"),
    symbols=(
        MICRO_STEPS,
        q.BATCH,
        q.TOKENS,
        Quantity("f", Text("FLOPs of a token", "每个 token 的 FLOPs"), "FLOP"),
        Quantity("m", Text("cards of one model copy", "一份模型占用的卡数"), "count", minimum=1),
        Quantity("F", Text("achieved FLOPS per card", "单卡可达 FLOPS"), "FLOPS"),
    ),
    expression=lambda g, batch, s, f, m, achieved: g * batch * s * f / (m * achieved),
    source=Source("Scaling laws", "arXiv 2001.08361, section 2.1: C = 6ND"),
)
PIPELINE_BUBBLE = define(
    "pipeline_bubble",
    title=Text(
        "Idle time while a pipeline fills and drains (bubble)", "流水线填充与排空的空闲时间（气泡）"
    ),
    result=Quantity("t_bubble", Text("idle time of a step", "每步空闲时间"), "s"),
    symbols=(
        Quantity("t_gpu", Text("compute time of a step", "每步计算时间"), "s"),
        Quantity("p", Text("pipeline stages", "流水级数"), "count", integer=True, minimum=1),
        MICRO_STEPS,
        CHUNKS,
    ),
    expression=lambda t, p, g, v: t * (p - 1) / (g * v),
    source=Source("Megatron-LM, pipeline parallelism", "arXiv 2104.04473, section 2.2"),
)
