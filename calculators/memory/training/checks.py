"""What cannot run is an error, what runs to no effect or unwisely a caveat."""

from __future__ import annotations

from collections.abc import Callable

from calculators.architecture import Architecture
from calculators.errors import ContradictoryRequest, InvalidRequest
from calculators.hardware import Gpu
from calculators.memory.training.caching import by_identity
from calculators.memory.training.plan import Plan
from calculators.memory.training.recipe import expert_names, inner_names
from calculators.memory.training.replayed import check_replayed
from calculators.memory.training.shaping import Setup, setup_of
from calculators.memory.training.traits import traits_of
from calculators.requests import Lora, Request
from calculators.text import Text

MOST_SEQUENCES = 2**20
MOST_TOKENS = 2**27
MOST_CARDS = 2**20
MOST_RANK = 2**16


def check(request: Request, model: Architecture, gpu: Gpu | None) -> None:
    """Raise for a request that no machine can run."""
    check_load(request, request.micro_batch, request.seq)
    check_setup(request, model, gpu)


def check_load(request: Request, batch: int | None, seq: int | None) -> None:
    """Raise for a micro batch or a sequence that cannot be."""
    _check_range("micro_batch", batch, MOST_SEQUENCES)
    _check_range("seq", seq, MOST_TOKENS)
    # max_context tries lengths of its own
    cp = request.cp or 1 if request.calculator != "max_context" else 1
    if seq is not None and seq % cp:
        raise _contradiction(
            "cp",
            f"cp = {cp} does not divide a sequence of {seq:,} tokens.",
            f"cp = {cp} 不能整除长度 {seq:,} 的序列。",
        )


def check_setup(request: Request, model: Architecture, gpu: Gpu | None) -> None:
    """Raise for what no machine can run, whatever the micro batch and the sequence."""
    # The widths of a shape that was assumed for a bare size are nobody's: they refuse nothing.
    assumed = request.params is not None and request.model is None and request.config is None
    _check_setup(model, setup_of(request), assumed)
    _check_card(request, gpu)


def _check_range(field: str, value: int | None, most: int) -> None:
    if value is not None and not 1 <= value <= most:
        raise InvalidRequest(
            Text(
                f"{field} = {value} is outside 1 to {most:,}.",
                f"{field} = {value} 超出范围 1 到 {most:,}。",
            ),
            field=field,
        )


_LIMITS = {
    "grad_accumulation": MOST_SEQUENCES,
    "dp": MOST_CARDS, "tp": MOST_CARDS, "pp": MOST_CARDS, "cp": MOST_CARDS, "ep": MOST_CARDS,
    "gpu_count": MOST_CARDS, "virtual_pp": MOST_CARDS, "shard_group": MOST_CARDS,
}  # fmt: skip


@by_identity
def _check_setup(model: Architecture, request: Setup, assumed: bool) -> None:
    """Raise for a setup that cannot run, whatever its batch and sequence; checked once."""
    check_replayed(model)
    for field, most in _LIMITS.items():
        _check_range(field, getattr(request, field), most)
    if request.lora is not None and not 1 <= request.lora.rank <= MOST_RANK:
        rank = request.lora.rank
        raise InvalidRequest(
            Text(
                f"A LoRA rank of {rank} is outside 1 to {MOST_RANK:,}.",
                f"LoRA rank {rank} 超出范围 1 到 {MOST_RANK:,}。",
            ),
            field="lora",
        )
    if not assumed:
        _check_tensor_parallel(request.tp or 1, model)
    _check_pipeline(request, model)
    _check_shard_group(request)
    ep = request.ep or 1
    experts = max((layer.feed_forward.experts for layer, _ in model.groups), default=0)
    if ep > 1 and (not experts or experts % ep):
        raise _contradiction(
            "ep",
            f"ep = {ep} does not divide the {experts} experts of a layer.",
            f"ep = {ep} 不能整除每层的 {experts} 个专家。",
        )
    if request.method in (None, "full") and request.lora is not None:
        raise _contradiction(
            "lora",
            "Adapters were given, but the method is full training.",
            "给出了 LoRA 参数，但训练方法是全参数。",
        )
    _check_targets(request, model)


def _check_tensor_parallel(tp: int, model: Architecture) -> None:
    for layer, _ in model.groups:
        heads, kv_heads = layer.attention.heads, layer.attention.kv_heads
        if heads and heads % tp:
            raise _contradiction(
                "tp",
                f"tp = {tp} does not divide the {heads} attention heads.",
                f"tp = {tp} 不能整除 {heads} 个注意力头。",
            )
        if kv_heads and kv_heads % tp and tp % kv_heads:
            raise _contradiction(
                "tp",
                f"tp = {tp} neither divides the {kv_heads} KV heads nor is a multiple of them.",
                f"tp = {tp} 既不能整除 {kv_heads} 个 KV 头，也不是其倍数。",
            )
        block = layer.feed_forward
        for width in (block.width, block.shared_width, block.expert_width):
            if width and width % tp:
                raise _contradiction(
                    "tp",
                    f"tp = {tp} does not divide the feed-forward width of {width:,}.",
                    f"tp = {tp} 不能整除前馈层宽度 {width:,}。",
                )


def _check_pipeline(request: Setup, model: Architecture) -> None:
    pp, chunks = request.pp or 1, request.virtual_pp or 1
    layers = model.layer_count
    if pp > layers:
        raise _contradiction(
            "pp",
            f"pp = {pp} stages for {layers} layers: some stages would be empty.",
            f"pp = {pp} 个流水级多于 {layers} 层，会有空的流水级。",
        )
    if pp > 1 and pp * chunks > layers:
        raise _contradiction(
            "virtual_pp",
            f"pp × virtual_pp = {pp * chunks} stages for {layers} layers: some would be empty.",
            f"pp × virtual_pp = {pp * chunks} 个流水段多于 {layers} 层，会有空的流水段。",
        )


def _check_shard_group(request: Setup) -> None:
    group, ranks = request.shard_group, (request.dp or 1) * (request.cp or 1)
    if request.sharding == "hybrid" and group and ranks > group and ranks % group:
        raise _contradiction(
            "shard_group",
            f"shard_group = {group} does not divide the {ranks} data-parallel ranks.",
            f"shard_group = {group} 不能整除 {ranks} 个数据并行 rank。",
        )


def _check_targets(request: Setup, model: Architecture) -> None:
    if request.method in (None, "full"):
        return
    targets = (request.lora or Lora()).targets
    traits = traits_of(model.family)
    names = {m.name for layer, _ in model.groups for m in layer.modules if m.kind == "linear"}
    wanted = names if targets == "all-linear" else set(targets)
    refused = sorted(wanted & names & set(traits.lora_refuses))
    if refused:
        listed, rest = ", ".join(refused), ", ".join(sorted(names - set(refused)))
        raise _contradiction(
            "lora",
            f"peft does not put adapters on {listed} of {model.family}; name targets without it "
            f"({rest}).",
            f"peft 不支持给 {model.family} 的 {listed} 加适配器；请指定其他目标（{rest}）。",
        )
    inner = inner_names(traits.experts_lora)
    _check_dropout(request, model, inner, targets)
    if targets == "all-linear" or request.lora is None:
        return
    if 0 < len(wanted & inner) < len(inner):
        both = " + ".join(sorted(inner))
        raise _contradiction(
            "lora",
            f"{model.family} fuses {both} in its experts: peft adapts both or neither.",
            f"{model.family} 的专家把 {both} 融合存放：peft 只能同时适配两者或都不适配。",
        )
    _check_known(wanted, names | expert_names(traits.experts_lora), model)


def _check_dropout(
    request: Setup,
    model: Architecture,
    inner: frozenset[str],
    targets: tuple[str, ...] | str,
) -> None:
    """Refuse dropout where peft adapts fused experts, as its ParamWrapper does."""
    if request.lora is None or not request.lora.dropout or not inner:
        return
    if targets == "all-linear" or inner <= set(targets):
        raise _contradiction(
            "lora",
            f"peft adapts the fused experts of {model.family} without LoRA dropout only; set it "
            "to 0 or leave the experts out.",
            f"peft 适配 {model.family} 的融合专家时不支持 LoRA dropout；请设为 0，或不适配专家。",
        )


def _check_known(wanted: set[str], names: set[str], model: Architecture) -> None:
    if wanted and not wanted & names:
        known, missing = ", ".join(sorted(names)), ", ".join(sorted(wanted))
        raise _contradiction(
            "lora",
            f"{model.family} has no linear layer named {missing}; it has {known}.",
            f"{model.family} 没有名为 {missing} 的线性层；可选 {known}。",
        )


def _check_card(request: Request, gpu: Gpu | None) -> None:
    if gpu is None or request.precision is None:
        return
    if request.precision.endswith("bf16") and not gpu.supports_bf16:
        raise _contradiction(
            "precision",
            f"{gpu.name} has no bf16; use fp16.",
            f"{gpu.name} 不支持 bf16，请改用 fp16。",
        )
    if request.precision == "fp8" and not gpu.supports_fp8:
        raise _contradiction(
            "precision",
            f"{gpu.name} has no fp8; use bf16 or fp16.",
            f"{gpu.name} 不支持 fp8，请改用 bf16 或 fp16。",
        )
    if request.attention == "flash" and (gpu.flash_attention_version or 0) < 2:
        raise _contradiction(
            "attention",
            f"FlashAttention-2 does not run on {gpu.name}; use sdpa, which takes "
            "memory-efficient attention there.",
            f"{gpu.name} 不能运行 FlashAttention-2；请改用 sdpa（会使用 memory-efficient 内核）。",
        )


def _contradiction(field: str, en: str, zh: str) -> ContradictoryRequest:
    return ContradictoryRequest(Text(en, zh), field=field)


def caveats_of(request: Request, model: Architecture, plan: Plan) -> tuple[Text, ...]:
    """Return what the reader should know about a step that does run."""
    found = []
    found += _adapter_caveats(model, plan)
    found += _kernel_caveats(request, model, plan)
    found += [text for applies, text in _RECIPE_CAVEATS if applies(plan)]
    experts = max((layer.feed_forward.experts for layer, _ in model.groups), default=0)
    if plan.row_shards > experts > 0:
        found.append(
            Text(
                f"FSDP2 deals the {experts} fused experts of a layer out by rows: over "
                f"{plan.row_shards} cards they are padded to {plan.row_shards}, so more cards need "
                "more here; use expert parallelism (ep) or ZeRO-3.",
                f"FSDP2 按行切分每层融合的 {experts} 个专家：在 {plan.row_shards} 张卡上会补齐到 "
                f"{plan.row_shards} 份，卡越多占用反而越大；请改用专家并行（ep）或 ZeRO-3。",
            )
        )
    if model.vocab % plan.tp:
        found.append(
            Text(
                f"tp = {plan.tp} does not divide the vocabulary of {model.vocab:,}: Megatron pads "
                "it, and the few added rows are not counted.",
                f"tp = {plan.tp} 不能整除词表大小 {model.vocab:,}：Megatron 会补齐词表，"
                "补上的少量行未计入。",
            )
        )
    if plan.sharding == "none" and plan.dp > 1:
        found.append(
            Text(
                "DistributedDataParallel with its defaults holds the gradients twice; counted "
                "once, as with gradient_as_bucket_view=True.",
                "DistributedDataParallel 默认会再存一份梯度桶；这里按 gradient_as_bucket_view=True "
                "只计一份。",
            )
        )
    return tuple(found)


_RECIPE_CAVEATS: tuple[tuple[Callable[[Plan], bool], Text], ...] = (
    (
        lambda plan: plan.precision == "fp8",
        Text(
            "fp8 means Transformer Engine's recipe: bf16 weights, an fp8 copy of each and its "
            "transpose, fp32 master weights, gradients and moments; activations in 16 bits.",
            "fp8 指 Transformer Engine 的做法：bf16 权重，加 fp8 副本及其转置，"
            "fp32 主权重、梯度和动量；激活按 16 位计。",
        ),
    ),
    (
        lambda plan: plan.optimizer == "galore",
        Text("GaLore is counted at rank 128.", "GaLore 按 rank 128 计。"),
    ),
    (
        lambda plan: plan.optimizer == "muon",
        Text(
            "Muon takes the layers' matrices; embeddings, head, norms and experts stay with AdamW.",
            "Muon 只用于各层矩阵；词嵌入、输出头、归一化与专家仍用 AdamW。",
        ),
    ),
    (
        lambda plan: plan.by_deepspeed,
        Text(
            "ZeRO-3 is counted as DeepSpeed's engine with the sizes that transformers fills in: up "
            "to 10⁹ parameters stay gathered, so a small model gains little over ZeRO-2.",
            "ZeRO-3 按 DeepSpeed 引擎（transformers 填入的默认值）计：最多 10⁹ 个参数保持聚合，"
            "因此小模型相比 ZeRO-2 收益很小。",
        ),
    ),
    (
        lambda plan: plan.keeps_whole,
        Text(
            "In a pipeline fully_shard keeps a stage's gathered weights and its whole, undivided "
            "gradients until the last micro-batch (torch.distributed.pipelining): counted here. "
            "ZeRO-1 needs less beside a pipeline.",
            "流水线下 fully_shard 会把该级聚合后的权重和未切分的梯度保留到最后一个 micro-batch"
            "（torch.distributed.pipelining），已计入；流水线配 ZeRO-1 占用更少。",
        ),
    ),
    (
        lambda plan: (
            plan.sharding in ("zero1", "zero2", "zero3")
            and plan.shards > 1
            and not plan.by_deepspeed
        ),
        Text(
            "DeepSpeed's bucket sizes and prefetch can add a few GB to ZeRO; ZeRO-3 is counted "
            "with FSDP2's buffers.",
            "DeepSpeed 的 bucket 与预取缓冲可能再占数 GB；ZeRO-3 的缓冲按 FSDP2 计。",
        ),
    ),
)


def _adapter_caveats(model: Architecture, plan: Plan) -> list[Text]:
    adapter = plan.recipe.adapter
    if adapter is None:
        return []
    found = []
    if adapter.rank > model.hidden:
        found.append(
            Text(
                f"Rank {adapter.rank:,} exceeds the hidden size {model.hidden:,}: the adapter has "
                "more parameters than what it adapts.",
                f"rank {adapter.rank:,} 大于隐藏维度 {model.hidden:,}：适配器比原矩阵还大。",
            )
        )
    if traits_of(model.family).returns_routes and adapter.wraps("router"):
        found.append(
            Text(
                f"peft 0.21.2 puts an adapter on the router of {model.family}, whose class returns "
                "a tuple: the first forward pass fails. Leave router out of the targets.",
                f"peft 0.21.2 会给 {model.family} 的 router 加适配器，而该类返回元组，"
                "首次前向即报错；请不要把 router 列为目标。",
            )
        )
    if plan.recipe.quantised and any(layer.feed_forward.experts for layer, _ in model.groups):
        found.append(
            Text(
                "bitsandbytes quantises linear layers only: in transformers 5 the routed experts "
                "are fused parameters and stay in 16 bits.",
                "bitsandbytes 只量化线性层：transformers 5 中路由专家是融合的参数，仍为 16 位。",
            )
        )
    return found


def _kernel_caveats(request: Request, model: Architecture, plan: Plan) -> list[Text]:
    found = []
    traits = traits_of(model.family)
    if not traits.sdpa and request.attention != "eager":
        found.append(
            Text(
                f"transformers runs {model.family} with eager attention only.",
                f"transformers 中 {model.family} 只支持 eager 注意力。",
            )
        )
    attention = model.attention
    grouped = attention.kind == "mha" and attention.kv_heads < attention.heads
    full_width = plan.recipe.width == 4 and plan.recipe.autocast is None
    if full_width and grouped and not plan.recipe.eager:
        square = plan.batch * attention.heads * plan.local_seq**2 * 4 / plan.tp
        found.append(
            Text(
                "PyTorch's fused CUDA kernels take grouped KV heads in 16 bits only: in fp32, SDPA "
                f"falls back to plain attention, and each layer keeps some {square / 1e9:.1f} GB "
                "more; the estimate expands K and V for the memory-efficient kernel.",
                "PyTorch 的 CUDA 融合内核只在 16 位下支持分组 KV 头：fp32 时 SDPA 会退回普通实现，"
                f"每层约多占 {square / 1e9:.1f} GB；此处按展开 K、V 后使用 memory-efficient "
                "内核计算。",
            )
        )
    return found
