"""What vrambot says of each case of the truth, and how far off it is."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from calculators.architecture import architecture_from_config
from calculators.memory.training import TrainingEstimate, estimate_plan, estimate_training
from calculators.memory.training.conventions import in_both_widths, unresharded
from calculators.memory.training.plan import resolve
from calculators.requests import Request

DATA = Path(__file__).parent / "data"
FIELDS = (
    "precision", "optimizer", "method", "attention", "checkpointing", "micro_batch", "seq",
    "grad_accumulation", "sharding", "dp", "tp", "pp", "sequence_parallel", "shard_group",
    "cp", "ep", "virtual_pp", "offload", "grad_dtype",
)  # fmt: skip
SHARDINGS = {"fsdp2": "FSDP2", "hybrid": "hybrid (FSDP2 in groups)"}
GROUP_FIELDS = ("method", "precision", "recompute", "sharding", "attention", "optimizer")


@dataclass(frozen=True)
class Measured:
    """One case of the truth: what ran, and what it took."""

    case: dict[str, Any]
    result: dict[str, Any]
    held_out: bool

    @property
    def name(self) -> str:
        return str(self.case["name"])

    @property
    def peak_bytes(self) -> int:
        return int(self.result["peak_allocated_bytes"])

    @property
    def groups(self) -> dict[str, str]:
        """The groups that errors are reported by."""
        recompute = "full recompute" if self.case["checkpointing"] == "full" else "no recompute"
        return {
            "method": self.case["method"],
            "precision": self.case["precision"],
            "recompute": recompute,
            "sharding": self._layout(),
            "attention": self.case["attention"],
            "optimizer": self.case["optimizer"],
        }

    def _layout(self) -> str:
        case = self.case
        sharding = SHARDINGS.get(case["sharding"], "one card")
        half = "16-bit" if case.get("grad_dtype") in ("bf16", "fp16") else "fp32"
        wide = f"{half} gradients" if case["method"] == "full" else "adapters"
        for applies, name in (
            (case.get("offload") == "optimizer", "optimizer offloaded by DeepSpeed"),
            (
                case.get("tp", 1) > 1 and case["sharding"] != "none",
                f"tensor parallel, {sharding}",
            ),
            (case.get("tp", 1) > 1 and case.get("pp", 1) > 1, "tensor parallel, pipeline"),
            (case.get("pp", 1) > 1 and case["dp"] > 1, "copies of a pipeline"),
            (
                case.get("tp", 1) > 1 and case.get("sequence_parallel"),
                "tensor and sequence parallel",
            ),
            (case.get("tp", 1) > 1, "tensor parallel"),
            (case.get("virtual_pp", 1) > 1, "interleaved pipeline"),
            (case.get("pp", 1) > 1, "pipeline"),
            (case.get("cp", 1) > 1, f"context parallel, {sharding}"),
            (case.get("ep", 1) > 1, f"expert parallel, {sharding}"),
            (case.get("offload"), "FSDP2 offloaded to the host"),
            (case.get("engine") == "ddp", "DistributedDataParallel"),
            (case.get("engine") == "torchao", f"{sharding}, torchao's fp8"),
            (case.get("engine") == "fsdp2", "ZeRO-2 by FSDP2 without resharding"),
            (case["sharding"] == "zero3", f"ZeRO-3 by DeepSpeed, {wide}"),
            (case["sharding"] == "zero1", f"ZeRO-1 by DeepSpeed, {wide}"),
            (case["sharding"] == "zero2", f"ZeRO-2 by DeepSpeed, {wide}"),
            (sharding == "FSDP2" and case["method"] == "qlora", "FSDP2, QLoRA"),
            (
                sharding != "one card" and case["method"] == "lora",
                "FSDP2, LoRA",
            ),
            (
                sharding == "FSDP2" and case["optimizer"] != "adamw",
                "FSDP2, optimizers other than AdamW",
            ),
        ):
            if applies:
                return name
        return sharding


def truth() -> list[Measured]:
    content = json.loads((DATA / "truth.json").read_text())
    return [Measured(e["case"], e["measured"], e["held_out"]) for e in content["cases"]]


def request_of(case: dict[str, Any]) -> Request:
    fields = {name: case[name] for name in FIELDS if name in case}
    return Request(calculator="training", config=case["config"], lora=case.get("lora"), **fields)


def estimate(measured: Measured) -> TrainingEstimate:
    case = measured.case
    model = architecture_from_config(case["config"])
    request = request_of(case)
    if case.get("engine") == "fsdp2":  # the convention that stands beside ZeRO-2
        return estimate_plan(unresharded(request, model), model)
    if case.get("engine") == "deepspeed" and _in_both_widths(case):  # likewise
        return estimate_plan(in_both_widths(resolve(request, model)), model)
    return estimate_training(request, model, working=False)


def _in_both_widths(case: dict[str, Any]) -> bool:
    """Whether it is DeepSpeed's ZeRO-1 with fp32 gradients, whose buffer stays between steps."""
    return case["sharding"] == "zero1" and case.get("grad_dtype") == "fp32"


def resident_bytes(measured: Measured, answer: TrainingEstimate) -> tuple[float, int]:
    """The states between steps, estimated and measured; with what is offloaded to the host."""
    kinds = ["weights", "adapters", "master", "optimizer", "buffers"]
    result = measured.result
    found = result["resident_bytes"] + result.get("host_bytes", 0)
    if "host_bytes" in result:
        kinds.append("host")
    stays = measured.case.get("engine") == "ddp" or measured.case["sharding"] == "zero3"
    stays = stays or _in_both_widths(measured.case)
    if stays:  # the gradients do, in buckets or as a rank's part
        kinds.append("gradients")
    return sum(answer.states[kind] for kind in kinds), found


@dataclass(frozen=True)
class Errors:
    """Signed relative errors of a group, and their summary in per cent."""

    values: tuple[float, ...]

    @property
    def count(self) -> int:
        return len(self.values)

    @property
    def median(self) -> float:
        return 100 * _quantile(sorted(abs(v) for v in self.values), 0.5)

    @property
    def p90(self) -> float:
        return 100 * _quantile(sorted(abs(v) for v in self.values), 0.9)

    @property
    def worst(self) -> float:
        """The largest error, with its sign."""
        return 100 * max(self.values, key=abs)

    @property
    def within_5(self) -> float:
        return sum(1 for v in self.values if abs(v) <= 0.05) / self.count


def _quantile(ordered: Sequence[float], share: float) -> float:
    position = share * (len(ordered) - 1)
    low = int(position)
    high = min(low + 1, len(ordered) - 1)
    return ordered[low] + (ordered[high] - ordered[low]) * (position - low)


def grouped(
    cases: Sequence[Measured], answers: dict[str, float]
) -> Iterator[tuple[str, str, Errors]]:
    """Yield (dimension, group, errors of the peak) for the cases that ``answers`` has."""
    answered = [case for case in cases if case.name in answers]

    def errors(of: Sequence[Measured]) -> Errors:
        return Errors(tuple(answers[c.name] / c.peak_bytes - 1 for c in of))

    if answered:
        yield "all", "all", errors(answered)
    for dimension in GROUP_FIELDS:
        names = sorted({case.groups[dimension] for case in answered})
        for name in names:
            yield dimension, name, errors([c for c in answered if c.groups[dimension] == name])
