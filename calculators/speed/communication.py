"""Communication of a training step: bytes a card sends, and its time on the card's link."""

from __future__ import annotations

from calculators.case import Case
from calculators.layout import SHARDING_NAMES, Layout
from calculators.memory.answers import finish_memory
from calculators.memory.assumed import assume_training
from calculators.results import Calculation, Component
from calculators.speed import communication_formulas as f
from calculators.speed import flops
from calculators.speed.achieved import achieved_flops
from calculators.text import Text
from calculators.units import format_bytes, format_number
from calculators.wording import card_words

WITHOUT_RECOMPUTE, WITH_RECOMPUTE = 4, 6
"""All-reduces of a tensor-parallel layer: two forward, two backward, two more when recomputed."""
REACHED = 0.5
"""Share of the peak that compute is taken to reach while it does not wait."""

_NAMES = {
    "data": Text("Data parallelism", "数据并行"),
    "tensor": Text("Tensor parallelism", "张量并行"),
    "pipeline": Text("Pipeline parallelism", "流水线并行"),
}


def communication(case: Case) -> Calculation:
    """Return the bytes that one card sends in a step; times and shares in ``details``."""
    case.complete(mode="train")
    layout = assume_training(case)
    parts = _parts(case, layout)
    total = sum(part.bytes for part in parts)
    details: dict[str, float | str] = {}
    shown, way = format_bytes(total), SHARDING_NAMES[case.get("sharding")]
    where = Text(f"{layout.cards} cards", f"{layout.cards} 张卡")
    if case.knows_card:
        where = card_words(case, layout.cards)
    headline = Text(
        f"Each card sends {shown} in a step ({way.en}, {where.en})",
        f"每步每卡发送 {shown}（{way.zh}，{where.zh}）",
    )
    if case.gpu is not None and total:
        details = _times(case, layout, total)
        share = format_number(100 * float(details["communication_share"]), 3)
        link = case.gpu.link
        headline = Text(
            f"{headline.en}; over {link.en} that is {share} % of a step without overlap",
            f"{headline.zh}；经 {link.zh}，不重叠时占一步的 {share} %",
        )
    elif layout.cards == 1:
        case.caveat("One card sends nothing.", "单卡没有卡间通信。")
    if (case.get("nodes") or 1) > 1:
        case.caveat(
            "Between nodes the network is the link, which is not in the registry: the time "
            "holds within one node.",
            "跨节点时瓶颈是网络，注册表里没有其带宽；这里的时间只适用于节点内。",
        )
    return finish_memory(
        case,
        total,
        headline=headline,
        breakdown=parts,
        per_gpu=True,
        details=details,
    )


def _parts(case: Case, layout: Layout) -> tuple[Component, ...]:
    model, get, run = case.architecture, case.get, case.trail.bytes
    steps, batch = get("grad_accumulation"), get("micro_batch")
    tokens = get("seq") // layout.cp
    sizes = {"data": _data_parallel(case, layout)}
    if layout.tp > 1:
        reduces = WITH_RECOMPUTE if get("checkpointing") == "full" else WITHOUT_RECOMPUTE
        sizes["tensor"] = run(
            f.TENSOR_PARALLEL,
            L=-(-model.layer_count // layout.pp),
            c=reduces,
            g=steps,
            B=batch,
            s=tokens,
            h=model.hidden,
            b_a=2,
            t_p=layout.tp,
        )
    if layout.pp > 1:
        chunks = get("virtual_pp") or 1
        sizes["pipeline"] = run(
            f.PIPELINE_PARALLEL, g=steps, v=chunks, B=batch, s=tokens, h=model.hidden, b_a=2
        )
    return tuple(Component(name, _NAMES[name], size) for name, size in sizes.items())


def _data_parallel(case: Case, layout: Layout) -> int:
    get, run = case.get, case.trail.bytes
    ranks = layout.dp * layout.cp
    if ranks == 1:
        return 0
    held = -(-_exchanged(case) // (layout.tp * layout.pp))
    weight = 4 if get("precision") == "fp32" else 2
    sharding, steps = get("sharding"), get("grad_accumulation")
    wire = 4 if sharding == "fsdp2" or get("precision") == "fp32" else 2
    if sharding == "none":
        wire = 4 if get("precision").startswith(("amp", "fp32")) else 2
        return run(f.ALL_REDUCE, n=held, b_c=wire, d=ranks)
    if sharding == "zero1":
        return run(f.ZERO_1, n=held, b_c=wire, b_w=weight, d=ranks)
    if sharding == "zero2":
        return run(f.ZERO_2, n=held, g=steps, b_c=wire, b_w=weight, d=ranks)
    return run(f.ZERO_3, n=held, g=steps, b_w=weight, b_c=wire, d=ranks)


def _exchanged(case: Case) -> int:
    """Return the parameters that data-parallel ranks exchange."""
    return case.architecture.parameters_total


def _times(case: Case, layout: Layout, total: int) -> dict[str, float | str]:
    gpu, get = case.card, case.get
    wire = float(case.trail.run(f.TIME, V=total, W=gpu.link_bytes_per_s))
    shape = flops.compute_shape(case.architecture)
    token = case.trail.run(
        flops.TRAIN_TOKEN, N=shape.params, Lq=shape.attention_width, s=get("seq")
    )
    reached = achieved_flops(case, REACHED)
    compute = float(
        case.trail.run(
            f.COMPUTE_TIME,
            g=get("grad_accumulation"),
            B=get("micro_batch"),
            s=get("seq"),
            f=token,
            m=layout.tp * layout.pp * layout.cp,
            F=reached,
        )
    )
    if wire > compute:
        case.caveat(
            "The cards spend more time communicating than computing: a larger micro batch, "
            "gradient accumulation with ZeRO-2, or a faster link would raise utilisation.",
            "通信时间超过计算时间：增大 micro batch、改用 ZeRO-2 加梯度累积，"
            "或使用更快的互联可提高利用率。",
        )
    return {
        "link": gpu.link.en,
        "link_bytes_per_s": gpu.link_bytes_per_s,
        "communication_s": wire,
        "compute_s": compute,
        "communication_share": wire / (wire + compute),
    }
