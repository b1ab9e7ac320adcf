"""How many parameters a model has, and how many of them train with adapters on it."""

from __future__ import annotations

from collections.abc import Iterable

from calculators.architecture import Architecture, Module
from calculators.case import Case
from calculators.formula import Quantity, define
from calculators.memory.engine import estimate_training
from calculators.requests import Lora
from calculators.results import Calculation, Source
from calculators.text import Text
from calculators.units import format_number

_UNIT = "parameters"


def _part(symbol: str, en: str, zh: str) -> Quantity:
    return Quantity(symbol, Text(en, zh), "params", integer=True)


TOTAL = define(
    "parameters_total",
    title=Text("Parameters of the model", "模型参数量"),
    result=_part("N", "parameters", "参数量"),
    symbols=(
        _part("N_e", "embeddings and output head", "词嵌入与输出层"),
        _part("N_a", "attention", "注意力"),
        _part("N_f", "feed-forward, experts included", "前馈（含全部专家）"),
        _part("N_n", "norms and the rest", "归一化及其余"),
    ),
    expression=lambda e, a, f, n: e + a + f + n,
    source=Source("transformers", "the parameters of the model's class, tied weights once"),
)
ACTIVE = define(
    "parameters_active",
    title=Text("Parameters that one token passes through", "每个 token 激活的参数量"),
    result=_part("N_act", "active parameters", "激活参数量"),
    symbols=(TOTAL.result, _part("N_skip", "of the experts that it skips", "未被选中的专家")),
    expression=lambda n, skipped: n - skipped,
    source=Source("transformers", "the routed experts of the model's class"),
)
ADAPTERS = define(
    "parameters_lora",
    title=Text("Trainable parameters of the adapters", "适配器的可训练参数量"),
    result=_part("N_t", "trainable parameters", "可训练参数量"),
    symbols=(
        Quantity("r", Text("rank", "秩"), "count", integer=True, minimum=1),
        _part("W", "inputs and outputs of the matrices that carry one", "所挂矩阵的输入输出宽度和"),
        _part("N_s", "modules trained whole", "整体训练的模块"),
    ),
    expression=lambda r, w, saved: r * w + saved,
    source=Source("LoRA", "arXiv 2106.09685, section 4.1: B (out × r) and A (r × in)"),
)
_RESTS_ON = frozenset({"model", "method", "lora"})


def parameters(case: Case) -> Calculation:
    """Return a model's parameters; with LoRA or QLoRA those of its adapters, which train.

    ``dimension`` ``active_parameters`` asks for those that one token passes through.
    """
    model = case.architecture
    total = _total(case, model)
    if case.request.method in ("lora", "qlora") or case.request.lora is not None:
        return _trainable(case, model, total)
    active = total
    if model.parameters_active != total:
        skipped = total - model.parameters_active
        active = int(case.trail.run(ACTIVE, N=total, N_skip=skipped))
    asked = case.request.dimension == "active_parameters"
    return case.finish(
        value=active if asked else total,
        unit=_UNIT,
        headline=_headline(case, total, active, asked=asked),
        details={"total": total, "active": active},
    )


def _headline(case: Case, total: int, active: int, *, asked: bool) -> Text:
    """Lead with what was asked: the total, or what one token passes through."""
    subject = case.subject
    if active == total:
        every = Text(", all active", "，全部激活") if asked else Text("", "")
        return Text(
            f"{subject.en}: {total:,} parameters{every.en}",
            f"{subject.zh}：共 {total:,} 个参数{every.zh}",
        )
    if asked:
        return Text(
            f"{subject.en}: one token passes through {active:,} of its {total:,} parameters",
            f"{subject.zh}：每个 token 激活 {active:,} 个参数，共 {total:,} 个",
        )
    return Text(
        f"{subject.en}: {total:,} parameters; one token passes through {active:,} of them",
        f"{subject.zh}：共 {total:,} 个参数，每个 token 激活其中 {active:,} 个",
    )


def _total(case: Case, model: Architecture) -> int:
    """Run the sum over the model's parts; of a bare size, that of a typical model."""
    outer = sum(module.parameters for module in model.outer)
    attention = sum(_of(layer.attention.modules) * count for layer, count in model.groups)
    forward = sum(_of(layer.feed_forward.modules) * count for layer, count in model.groups)
    rest = model.parameters_total - outer - attention - forward
    return int(case.trail.run(TOTAL, N_e=outer, N_a=attention, N_f=forward, N_n=rest))


def _of(modules: Iterable[Module]) -> int:
    return sum(module.parameters for module in modules)


def _trainable(case: Case, model: Architecture, total: int) -> Calculation:
    method = case.request.method if case.request.method != "full" else None
    request = case.request.model_copy(update={"method": method or "lora"})
    one = Case(request, working=False)
    trained = estimate_training(one).parameters.trainable
    one.rest_on(_RESTS_ON)
    case.adopt(one)
    lora = case.get("lora") or Lora()
    saved = sum(m.parameters for m in model.modules() if m.name in lora.modules_to_save)
    width = (trained - saved) / lora.rank
    value = int(case.trail.run(ADAPTERS, r=lora.rank, W=width, N_s=saved))
    percent = 100 * value / (total + value - saved)
    share = format_number(percent, 3)
    return case.finish(
        value=value,
        unit=_UNIT,
        headline=Text(
            f"LoRA of rank {lora.rank} on {case.subject.en}: {value:,} trainable parameters, "
            f"{share} % of all",
            f"{case.subject.zh} 上秩为 {lora.rank} 的 LoRA：可训练参数 {value:,} 个，"
            f"占全部的 {share} %",
        ),
        details={"total": total, "trainable": value, "share_percent": percent},
    )
