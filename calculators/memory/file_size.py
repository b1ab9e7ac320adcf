"""The size of a model file: parameters times bits per weight."""

from __future__ import annotations

from calculators.case import Case
from calculators.errors import InvalidRequest, MissingValue
from calculators.memory.answers import finish_memory, rule_of_thumb
from calculators.memory.assumed import assume_weight_format
from calculators.memory.weights import rule_bytes_per_weight, stored_weight_bytes
from calculators.results import Calculation, Component
from calculators.rules.arithmetic import WEIGHTS, weight_bytes
from calculators.text import Text
from calculators.units import format_bytes


def file_size(case: Case) -> Calculation:
    """Return the bytes of the model file: 2n GB for a bare size in fp16, exact for a model."""
    name = assume_weight_format(case)
    rule_bytes = weight_bytes(case, rule_bytes_per_weight(case.format("weight_dtype")))
    stored = _exact(case)
    value = rule_bytes if case.bare or stored is None else stored
    rule = rule_of_thumb(
        case,
        rule_bytes,
        f"By the FAQ: {format_bytes(rule_bytes)}, with n as it is called; the exact file counts "
        "every parameter.",
        f"按 FAQ：{format_bytes(rule_bytes)}，n 取名称中的大小；精确值按实际参数逐个计数。",
    )
    return finish_memory(
        case,
        value,
        headline=Text(
            f"{case.subject.en} in {name}: {format_bytes(value)}",
            f"{case.subject.zh}（{name}）文件大小：{format_bytes(value)}",
        ),
        rule=rule,
        leads=case.bare,
        estimate_bytes=stored,
        breakdown=(Component("weights", WEIGHTS, value),),
    )


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
