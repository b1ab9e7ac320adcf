"""Why the rule of thumb and the estimate differ, in one line."""

from __future__ import annotations

from calculators.case import Case
from calculators.results import Component
from calculators.text import Text
from calculators.units import decimal_bytes, format_bytes

STATES = ("weights", "adapters", "master", "gradients", "optimizer")
WORTH_NAMING = 0.01
"""Share of a card's need from which a term is worth naming."""


def why_more(case: Case, parts: tuple[Component, ...]) -> Text:
    """Return what the estimate counts that the rule leaves out; ``parts`` are the estimate's."""
    beyond = STATES if case.mode == "train" else ("weights",)
    total = sum(part.bytes for part in parts)
    others = sorted(
        (p for p in parts if p.id not in beyond and p.bytes > WORTH_NAMING * total),
        key=lambda part: -part.bytes,
    )
    named = [(part.name, format_bytes(part.bytes)) for part in others[:2]]
    en = [f"{size} of {_lower(name.en)}" for name, size in named]
    zh = [f"{name.zh} {size}" for name, size in named]
    if case.get("grad_dtype") == "fp32" and case.mode == "train":
        en.insert(0, "fp32 gradients")
        zh.insert(0, "fp32 梯度")
    if not en:
        return Text("The estimate counts the exact parameters.", "精确估算按准确的参数量计算。")
    counted = Text("the weights alone", "权重")
    if case.mode == "train":
        counted = Text("weights, gradients and optimizer states", "权重、梯度和优化器状态")
    return Text(
        f"The rule counts {counted.en}; the estimate adds {_listed(en)}.",
        f"经验法则只算{counted.zh}；精确估算还计入{'、'.join(zh)}。",
    )


def why_less(case: Case) -> Text:
    """Return why fewer cards do by the estimate: a card holds more than the GB in its name."""
    named = decimal_bytes(case.nominal_capacity_bytes or 0)
    driver = format_bytes(case.capacity_bytes or 0)
    return Text(
        f"The rule counts a card as {named}; its driver reports {driver}, which the estimate uses.",
        f"经验法则按每卡 {named} 计；精确估算用驱动报告的 {driver}。",
    )


def _lower(name: str) -> str:
    """Begin in lower case unless the first word is a name such as KV or CUDA."""
    first = name.split(" ", 1)[0]
    return name if first[1:2].isupper() else name[:1].lower() + name[1:]


def _listed(words: list[str]) -> str:
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}"
