"""What pasted command lines and configurations set: facts, cards, and what is left unused.

The flags and keys are taken out of the text, so that the grammar reads the sentence around them
and never a learning rate or a port. What a flag sets is taken as said; a flag that is not known is
named as not used.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from bot.understanding.flags import known_flag, meaning, plain, short_flag, table
from bot.understanding.fragments import Fragment, find_fragments, program_of
from bot.understanding.reading import Reading
from bot.understanding.understood import Span

_STAGE = re.compile(r"(?:^|[^a-z])(?:z|zero|stage|zero_?stage)[-_]?([0-3])(?![\d])")
_FALSE = frozenset({"false", "no", "off", "0", "none"})
_SCRIPT = re.compile(r"(?<![\w/.~-])[\w./~-]{1,120}\.(?:py|sh|ya?ml|json)(?!\w)")
_OPTIMIZERS = (
    ("adamw_8bit", ("8bit", "8-bit")),
    ("adafactor", ("adafactor",)),
    ("galore", ("galore",)),
    ("lion", ("lion",)),
    ("muon", ("muon",)),
    ("adamw", ("adam",)),
    ("sgd", ("sgd",)),
)
_SHORT_PATH = 2
# The format of the tag that ``ollama run name:size`` takes (its library's pages).
_OLLAMA = "q4_k_m"
_MOST_NAMED = 12
# What ``unsized`` says where flags describe a run and nobody names its model.
BY_FLAGS = "flags"
_OF_A_RUN = frozenset({"micro_batch", "global_batch", "batch", "seq", "tp", "pp", "lora_rank",
                       "zero_stage", "grad_accumulation", "checkpointing"})  # fmt: skip
_NUMBERS = frozenset({"micro_batch", "global_batch", "batch", "seq", "lora_rank", "tp", "pp", "dp"})


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

    @property
    def gpu_count(self) -> int | None:
        """The cards that the flags start processes on, over all machines."""
        if self.world is not None:
            return self.world
        return None if self.per_node is None else self.per_node * (self.nodes or 1)


def configured(text: str, lower: str) -> Configured | None:
    """Read the flags and keys of a message; None where it has none."""
    fragments = find_fragments(lower)
    if not fragments and "ollama" not in lower:
        return None
    found = Configured(text)
    program = program_of(lower)
    blanked: list[tuple[int, int]] = []
    for fragment in fragments:
        blanked.append(_take(found, fragment, text, lower, program))
    blanked += _programs(found, lower, commanded=any(f.name[0] == "-" for f in fragments))
    if not blanked:
        return None
    _settle(found)
    found.text = _without(text, blanked)
    return found


def _take(
    found: Configured, fragment: Fragment, text: str, lower: str, program: str
) -> tuple[int, int]:
    """Read one flag and return the stretch to blank: all of it, or all but a model's name."""
    stretch = (fragment.start, fragment.end)
    if fragment.name in ("{", "(", ")"):
        return stretch
    written = text[fragment.start : fragment.end].strip(" ,\n{}")
    name = fragment.name
    flag = known_flag(name)
    if flag is None and name.startswith("-") and not name.startswith("--"):
        flag = short_flag(text[fragment.start : fragment.start + len(name)], program)
        flag = flag or short_flag(name, program)
    if flag is None:
        found.unused.append(name.rpartition(".")[2] if fragment.called else name)
        return stretch
    if flag.setting == "model":
        return _model(found, fragment, lower)
    said = _SET[flag.kind](found, flag.setting, fragment.value)
    if said is not None:
        found.spans.append(Span(*stretch, written, *said))
    elif flag.kind != "switch" and fragment.value not in (None, "auto", "null"):
        found.unused.append(f"{plain(name)} {fragment.value}")
    return stretch


Said = tuple[str, Any] | None


def _number(found: Configured, setting: str, value: str | None) -> Said:
    match = re.match(r"(\d[\d,]*(?:\.\d+)?(?:e\d+)?)([km]?)$", value or "")
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
            found.weak["method"] = setting
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
        case "config_file":
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


_SET = {"number": _number, "switch": _switch, "word": _word}


def _model(found: Configured, fragment: Fragment, lower: str) -> tuple[int, int]:
    """Keep a model's name in the text: of a path its last part, of ``org/name`` both."""
    if fragment.value is None:
        return fragment.start, fragment.end
    at = lower.find(fragment.value, fragment.value_start)
    parts = fragment.value.rstrip("/").split("/")
    rooted = fragment.value[0] in "/.~" or len(parts) > _SHORT_PATH
    kept = at + len(fragment.value.rstrip("/")) - len(parts[-1]) if rooted else at
    return fragment.start, kept


def _programs(found: Configured, lower: str, *, commanded: bool) -> Iterable[tuple[int, int]]:
    """Yield the words that start a program, and scripts; they say what the run is for."""
    for match in _starts(commanded).finditer(lower):
        name = " ".join(match.group().split())
        yield match.span()
        use = _uses()[name]
        if use != "other":
            found.weak.setdefault("mode", use)
        if name.startswith("ollama"):
            found.weak.setdefault("dtype", _OLLAMA)
    if not commanded:
        return
    for match in _SCRIPT.finditer(lower):
        yield match.span()
        script = match.group().rpartition("/")[2]
        for use, words in table()["script"].items():
            if script.endswith((".py", ".sh")) and any(word in script for word in words):
                found.weak.setdefault("mode", use)
        if "pretrain_gpt" in script:
            found.facts.setdefault("code", "fused")


@cache
def _uses() -> dict[str, str]:
    return {name: use for use, names in table()["program"].items() for name in names}


@cache
def _starts(commanded: bool) -> re.Pattern[str]:
    """Return a pattern of programs; without a flag only of those that need none."""
    names = [name for name in _uses() if commanded or name.startswith("ollama")]
    longest = sorted(names, key=len, reverse=True)
    spelled = "|".join(r"\s{1,9}".join(map(re.escape, name.split())) for name in longest)
    return re.compile(rf"(?<![\w./-])(?:{spelled})(?!\S)")


def _settle(found: Configured) -> None:
    """Join what several flags say: quantised weights go before the format of the arithmetic."""
    bits = found.bits - {"", "dq"}
    if len(bits) == 1:
        chosen = bits.pop()
        found.facts["dtype"] = "nf4-dq" if chosen == "nf4" and "dq" in found.bits else chosen
        if found.weak.get("method") == "lora" and chosen.startswith("nf4"):
            found.weak["method"] = "qlora"
    found.unused = list(dict.fromkeys(found.unused))[:_MOST_NAMED]


def _without(text: str, stretches: Iterable[tuple[int, int]]) -> str:
    """Blank stretches; a pause stands where each began, so that nothing joins over it."""
    characters = list(text)
    for start, end in stretches:
        characters[start:end] = " " * (end - start)
    for start, end in stretches:
        if end > start:
            characters[start] = ";"
    return re.sub(r";[ ;]*(?=;)", lambda match: " " * len(match.group()), "".join(characters))


def bind_configured(reading: Reading, found: Configured) -> None:
    """Give a reading what flags and keys say, before anything else is read."""
    for name, value in found.facts.items():
        reading.facts[name] = value
        if name in _NUMBERS:
            reading.said_values.setdefault(name, []).append((value, f"{name} {value}"))
    reading.unplaced.extend(found.unused)


def bind_configured_after(reading: Reading, found: Configured) -> None:
    """Fill what the sentence leaves open, and bring the numbers of cards together."""
    for name, value in found.weak.items():
        reading.facts.setdefault(name, value)
    if reading.facts.get("method") == "lora" and reading.facts.get("dtype") in ("nf4", "nf4-dq"):
        reading.facts["method"] = "qlora"
    sized = any(name in reading.facts for name in ("model", "params", "sizes", "unsized"))
    if not sized and len(found.facts.keys() & _OF_A_RUN) > 1:
        reading.facts["unsized"] = BY_FLAGS
    flagged = found.gpu_count
    if found.nodes is not None:
        reading.facts.setdefault("nodes", found.nodes)
    if flagged is not None:
        _join_counts(reading, found, flagged)
    _share_batch(reading.facts)


def _share_batch(facts: dict[str, Any]) -> None:
    """Work out one card's batch from that of all cards and the micro-steps, where it is whole."""
    cards, steps = facts.get("gpu_count"), facts.get("grad_accumulation")
    whole = facts.get("global_batch")
    if not (whole and cards and steps) or "micro_batch" in facts or "batch" in facts:
        return
    ranks = cards / (facts.get("tp", 1) * facts.get("pp", 1) * facts.get("cp", 1))
    if ranks >= 1 and whole % (ranks * steps) == 0:
        facts["micro_batch"] = int(whole // (ranks * steps))


def _join_counts(reading: Reading, found: Configured, flagged: int) -> None:
    """Bring the number of processes and the number of cards in the sentence together."""
    said = reading.facts.get("gpu_count")
    each = found.per_node or flagged
    if said is None or said in (each, flagged):
        reading.facts["gpu_count"] = flagged
    elif found.nodes is None and found.world is None and said > each and said % each == 0:
        return
    else:
        choices = (f"{said} GPUs", f"{flagged} GPUs")
        reading.problem("contradiction", f"{said} / {flagged}", choices, "gpu_count")
