"""The size of a model file: parameters times bits per weight."""

from __future__ import annotations

from calculators.case import Case
from calculators.errors import InvalidRequest, MissingValue
from calculators.layout import check_split, inference_layout
from calculators.memory.answers import finish_memory, rule_of_thumb
from calculators.memory.assumed import assume_weight_format
from calculators.memory.weights import rule_bytes_per_weight, stored_weight_bytes
from calculators.results import Calculation, Component
from calculators.rules.arithmetic import WEIGHTS, weight_bytes
from calculators.rules.cards import PER_CARD
from calculators.text import Text
from calculators.units import format_bytes

_WHOLE = Text("", "文件大小")
_EACH = Text(" on each card", "每张卡上的权重")


def file_size(case: Case) -> Calculation:
    """Return the bytes of the model file: 2n GB for a bare size in fp16, exact for a model.

    With an optimizer named, or of training, it is a checkpoint to resume from, states included.
    """
    if case.given("optimizer") or case.request.mode == "train":
        from calculators.memory.checkpoint import checkpoint  # the engine is slow to load

        return checkpoint(case)
    name = assume_weight_format(case)
    rule_bytes = weight_bytes(case, rule_bytes_per_weight(case.format("weight_dtype")))
    stored = _exact(case)
    shards = _shards(case)
    if shards > 1:
        rule_bytes = case.rule.bytes(PER_CARD, M=rule_bytes, k=shards)
        stored = None if stored is None else case.trail.bytes(PER_CARD, M=stored, k=shards)
    value = rule_bytes if case.bare or stored is None else stored
    each = _EACH if shards > 1 else _WHOLE
    rule = rule_of_thumb(
        case,
        rule_bytes,
        Text(
            f"By the FAQ: {format_bytes(rule_bytes)}, with n as it is called; the exact file "
            "counts every parameter.",
            f"按 FAQ：{format_bytes(rule_bytes)}，n 取名称中的大小；精确值按实际参数逐个计数。",
        ),
    )
    return finish_memory(
        case,
        value,
        headline=Text(
            f"{case.subject.en} in {name}: {format_bytes(value)}{each.en}",
            f"{case.subject.zh}（{name}）{each.zh}：{format_bytes(value)}",
        ),
        rule=rule,
        leads=case.bare,
        estimate_bytes=stored,
        breakdown=(Component("weights", WEIGHTS, value),),
        per_gpu=shards > 1,
    )


def _shards(case: Case) -> int:
    """Return over how many cards the weights are split, where the question is about one of them."""
    if not case.request.per_gpu:
        return 1
    layout = inference_layout(case)
    if not case.bare or layout.tp * layout.pp > 1:
        check_split(case.architecture, layout, assumed=case.bare)
    return layout.shards


def _exact(case: Case) -> int | None:
    """Return the stored bytes; None for a bare size that no shape is typical of."""
    try:
        return stored_weight_bytes(case)
    except MissingValue:
        raise
    except InvalidRequest:
        if not case.bare:
            raise
        return None
