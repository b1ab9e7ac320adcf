"""What LoRA is put on: modules by name or letter, the attention's or the MLP's, every layer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

from bot.understanding.reading import Reading

ALL_LINEAR = "all-linear"
_LETTERS = frozenset(["q", "k", "v", "o", "gate", "up", "down"])
_JOINTS = frozenset([",", "/", "、", "+", "&", "and", "和", "与", "|"])
_GROUPS = ("attention", "mlp")
# LLaMA's names, which most models have: those of a model of which only the size is known.
_USUAL = {
    "attention": ("q_proj", "k_proj", "v_proj", "o_proj"),
    "mlp": ("gate_proj", "up_proj", "down_proj"),
}
_OUTPUTS = ("o_proj", "dense", "wo", "c_proj", "out_proj")


def bind_adapters(reading: Reading) -> None:
    """Take the modules that adapters are said to be put on, where LoRA is spoken of."""
    facts = reading.facts
    spoken = facts.get("method") in ("lora", "qlora") or "lora_rank" in facts
    if not spoken or "lora_targets" in facts:
        return
    found: list[str] = []
    for index, item in enumerate(reading.items):
        named = item.get("lora_module")
        group = item.get("lora_group")
        if named is not None:
            found += named.split(",")
            item.slots.add("lora_targets")
        elif group is not None:
            found.append(group)
            item.slots.add("lora_targets")
        elif item.word in _LETTERS and not item.used and _is_listed(reading, index):
            found.append(f"{item.word}_proj")
            item.slots.add("lora_targets")
    if set(found) >= set(_GROUPS):
        facts["lora_targets"] = ALL_LINEAR
    elif found:
        facts["lora_targets"] = list(dict.fromkeys(found))


def _is_listed(reading: Reading, index: int) -> bool:
    """Whether a module's short name stands beside another one: ``q, v``, ``gate/up/down``."""
    for step in (1, -1):
        place = reading.skip(index + step, step, _JOINTS, 2)
        item = reading.at(place)
        if item is not None and item.word in _LETTERS and item.quantity is None:
            return True
    return False


def adapted(targets: str | Sequence[str], model: object) -> str | list[str]:
    """Return the targets by the names that ``model`` has for them.

    Letters and groups are LLaMA's modules where the model is known by its size alone; where a
    model fuses queries, keys and values, each of them is the fused matrix.
    """
    if isinstance(targets, str):
        return targets
    names = _linear_names(str(model)) if isinstance(model, str) else _USUAL
    found: list[str] = []
    for target in targets:
        if target in _GROUPS:
            found += names[target]
        else:
            found += _as_named(target, names)
    return list(dict.fromkeys(found))


def _as_named(target: str, names: Mapping[str, Sequence[str]]) -> Sequence[str]:
    attention = names["attention"]
    if target in attention or target in names["mlp"] or target not in _USUAL["attention"]:
        return (target,)
    if target == "o_proj":
        return [name for name in attention if name in _OUTPUTS] or (target,)
    return [name for name in attention if name not in _OUTPUTS][:1] or (target,)


@lru_cache(maxsize=64)
def _linear_names(model: str) -> Mapping[str, Sequence[str]]:
    """Return the names of a registry model's linear layers, the attention's and the MLP's."""
    from calculators.errors import CalculatorError
    from calculators.registry import find_model

    try:
        architecture = find_model(model).architecture
    except CalculatorError:
        return _USUAL
    found: dict[str, dict[str, Any]] = {"attention": {}, "mlp": {}}
    for layer, _ in architecture.groups:
        own = {module.name for module in layer.attention.modules}
        for module in layer.modules:
            if module.kind == "linear":
                found["attention" if module.name in own else "mlp"][module.name] = None
    return {group: tuple(names) for group, names in found.items()}
