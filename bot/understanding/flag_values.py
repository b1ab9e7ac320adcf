"""What the value of each flag says: facts of a run, counts of cards, formats of the weights."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any

from bot.understanding.flags import Flag, meaning
from bot.understanding.understood import Span

_STAGE = re.compile(r"(?:^|[^a-z])(?:z|zero|stage|zero_?stage)[-_]?([0-3])(?![\d])")
_FALSE = frozenset({"false", "no", "off", "0", "none"})
_OPTIMIZERS = (
    ("adamw_8bit", ("8bit", "8-bit")),
    ("adafactor", ("adafactor",)),
    ("galore", ("galore",)),
    ("lion", ("lion",)),
    ("muon", ("muon",)),
    ("adamw", ("adam",)),
    ("sgd", ("sgd",)),
)


@dataclass(slots=True)
class Configured:
    """The text with flags and keys blanked out, and what they say.

    ``facts`` go before what the sentence says, ``weak`` after it; ``per_node``, ``world`` and
    ``nodes`` count cards.
    """

    text: str
    facts: dict[str, Any] = field(default_factory=dict)
    weak: dict[str, Any] = field(default_factory=dict)
    per_node: int | None = None
    world: int | None = None
    nodes: int | None = None
    spans: list[Span] = field(default_factory=list)
    unused: list[str] = field(default_factory=list)
    bits: set[str] = field(default_factory=set)
    config_bits: int | None = None

    @property
    def gpu_count(self) -> int | None:
        """The cards that the flags start processes on, over all machines."""
        if self.world is not None:
            return self.world
        return None if self.per_node is None else self.per_node * (self.nodes or 1)


Said = tuple[str, Any] | None


def _number(found: Configured, setting: str, value: str | None) -> Said:
    if setting == "per_node" and value is not None and re.fullmatch(r"\d+(?:,\d+)+,?", value):
        found.per_node = len([part for part in value.split(",") if part])
        return "gpu_count", found.per_node
    match = re.match(r"(\d+(?:,\d{3})*(?:\.\d+)?(?:e\d+)?)([km]?)$", value or "")
    if match is None:
        return None
    number = float(match[1].replace(",", "")) * {"": 1, "k": 1024, "m": 2**20}[match[2]]
    if setting == "memory_share":
        return _fact(found, setting, number if 0 < number <= 1 else None)
    if number != int(number) or number >= 1e12:
        return None
    amount = int(number)
    if setting in ("per_node", "world", "nodes"):
        setattr(found, setting, amount)
        return ("gpu_count" if setting != "nodes" else "nodes"), amount
    if setting == "quantization_bit":
        found.bits.add({4: "nf4", 8: "int8"}.get(amount, ""))
        return "dtype", amount
    if setting == "config_bits":
        found.config_bits = amount
        return "dtype", amount
    if setting == "zero_stage":
        return _sharding(found, amount)
    if setting in ("tp", "pp", "dp", "cp", "ep", "virtual_pp") and amount < 1:
        return None
    found.facts.setdefault(setting, amount)
    if setting == "lora_rank":
        found.weak.setdefault("method", "lora")
    return setting, amount


def _sharding(found: Configured, stage: int) -> Said:
    if stage > 3:
        return None
    if stage:
        found.facts.setdefault("zero_stage", stage)
    found.facts.setdefault("sharding", f"zero{stage}" if stage else "none")
    return "zero_stage", stage


def _switch(found: Configured, setting: str, value: str | None) -> Said:
    if value == "auto":
        return None
    on = (value or "true") not in _FALSE
    if setting == "checkpointing":
        found.facts.setdefault("checkpointing", "full" if on else "none")
        return "checkpointing", on
    if not on:
        return None
    match setting:
        case "bf16" | "fp16":
            found.weak.setdefault("dtype", setting)
        case "load_in_4bit":
            found.bits.add("nf4")
        case "load_in_8bit":
            found.bits.add("int8")
        case "double_quant":
            found.bits.add("dq")
        case "lora" | "qlora":
            if found.weak.get("method") != "qlora":
                found.weak["method"] = setting
        case "fp8":
            found.bits.add("fp8")
        case "distributed_optimizer":
            return _sharding(found, 1)
        case "sequence_parallel":
            found.facts["sequence_parallel"] = True
        case "flash":
            found.facts.setdefault("attention", "flash")
        case "offload_optimizer":
            found.facts.setdefault("offload", "optimizer")
    return setting, True


def _word(found: Configured, setting: str, value: str | None) -> Said:
    if value is None or value in ("auto", "null", "none", ""):
        return None
    if setting in ("dtype", "quantization", "kv_dtype", "attention", "method", "fsdp"):
        return _listed(found, setting, value)
    match setting:
        case "optimizer":
            chosen = next((o for o, marks in _OPTIMIZERS if any(m in value for m in marks)), None)
            return _fact(found, "optimizer", chosen)
        case "targets":
            return _targets(found, value)
        case "fp8_format":
            found.bits.add("fp8")
            return "dtype", "fp8"
        case "config_file" | "model_or_file":
            stage = _STAGE.search(value.rpartition("/")[2])
            return None if stage is None else _sharding(found, int(stage[1]))
        case "recompute":
            return _fact(found, "checkpointing", value if value in ("full", "selective") else None)
        case "offload_optimizer_to" if value == "cpu":
            return _fact(found, "offload", "optimizer")
        case "offload_parameters_to" if value == "cpu":
            found.facts["offload"] = "parameters"
            return "offload", "parameters"
        case "visible":
            devices = [part for part in value.split(",") if part.strip()]
            found.per_node = found.per_node or (len(devices) or None)
            return "gpu_count", len(devices)
        case "include":
            devices = re.findall(r"(?<=[:,])\d{1,3}(?![\w.])", value)
            found.world = len(devices) or None
            return ("gpu_count", found.world) if devices else None
        case "gres":
            number = re.search(r"gpu:(?:\w+:)?(\d{1,4})$", value)
            found.per_node = int(number[1]) if number else found.per_node
            return ("gpu_count", found.per_node) if number else None
    return None


def _fact(found: Configured, name: str, value: Any) -> Said:
    if value is None:
        return None
    found.facts.setdefault(name, value)
    return name, value


def _listed(found: Configured, setting: str, value: str) -> Said:
    """Read a word whose meanings are listed; a data type is only that of the arithmetic."""
    spelled = value.removeprefix("torch.").removeprefix("jnp.").replace(" ", "")
    if setting == "fsdp":
        spelled = next((part for part in re.split(r"[\s,]+", value) if "shard" in part), value)
    chosen = meaning(setting).get(spelled)
    if chosen is None:
        return None
    if setting == "quantization":
        found.bits.add(chosen)
        return "dtype", chosen
    if setting in ("dtype", "method"):
        found.weak.setdefault(setting, chosen)
        return setting, chosen
    if setting == "fsdp":
        if chosen.startswith("zero"):
            return _sharding(found, int(chosen[-1]))
        found.facts.setdefault("sharding", chosen)
        return "sharding", chosen
    found.facts.setdefault(setting, chosen)
    return setting, chosen


def _targets(found: Configured, value: str) -> Said:
    if value in ("all-linear", "all", "all_linear"):
        return _fact(found, "lora_targets", "all-linear")
    names = tuple(re.findall(r"\w{1,30}", value))
    known = names and all(name.endswith("_proj") for name in names)
    return _fact(found, "lora_targets", names if known else None)


_SETTERS = {"number": _number, "switch": _switch, "word": _word}


def set_value(found: Configured, flag: Flag, value: str | None) -> Said:
    """Take a flag's value; return the fact and the value that it gave, None where it says none."""
    return _SETTERS[flag.kind](found, flag.setting, value)
