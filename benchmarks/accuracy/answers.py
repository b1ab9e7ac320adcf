"""What vrambot says of each case of the truth, and how far off it is."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from calculators.architecture import architecture_from_config
from calculators.memory.training import TrainingEstimate, estimate_training
from calculators.requests import Request

DATA = Path(__file__).parent / "data"
FIELDS = (
    "precision", "optimizer", "method", "attention", "checkpointing", "micro_batch", "seq",
    "grad_accumulation", "sharding", "dp", "tp", "pp", "sequence_parallel", "shard_group",
)  # fmt: skip
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
        if self.case.get("tp", 1) > 1:
            split = self.case.get("sequence_parallel")
            return "tensor and sequence parallel" if split else "tensor parallel"
        if self.case.get("pp", 1) > 1:
            return "pipeline"
        names = {"fsdp2": "FSDP2", "hybrid": "hybrid (FSDP2 in groups)", "none": "one card"}
        return names[self.case["sharding"]]


def truth() -> list[Measured]:
    content = json.loads((DATA / "truth.json").read_text())
    return [Measured(e["case"], e["measured"], e["held_out"]) for e in content["cases"]]


def request_of(case: dict[str, Any]) -> Request:
    fields = {name: case[name] for name in FIELDS if name in case}
    return Request(calculator="training", config=case["config"], lora=case.get("lora"), **fields)


def estimate(measured: Measured) -> TrainingEstimate:
    model = architecture_from_config(measured.case["config"])
    return estimate_training(request_of(measured.case), model, working=False)


def resident_bytes(answer: TrainingEstimate) -> int:
    """The states between steps."""
    kinds = ("weights", "adapters", "master", "optimizer", "buffers")
    return sum(answer.states[kind] for kind in kinds)


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
