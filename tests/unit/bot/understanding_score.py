"""Scoring of readings against expected calculators and inputs."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bot.understanding import Understood, understand

DATA = Path(__file__).parent / "data"
# What the words say; a value under one of these names that nobody expected is a wrong reading.
NAMES = ("params", "dtype", "optimizer", "method", "gpu", "gpu_count", "seq", "batch",
         "zero_stage", "checkpointing", "tp", "pp", "dp")  # fmt: skip


@dataclass(frozen=True)
class Outcome:
    """How one message was read: right, or what differs."""

    row: dict[str, Any]
    understood: Understood
    differences: tuple[str, ...]

    @property
    def right(self) -> bool:
        return not self.differences


def rows(name: str) -> list[dict[str, Any]]:
    lines = (DATA / f"{name}.jsonl").read_text(encoding="utf-8").splitlines()
    return [json.loads(line) for line in lines]


def _letters(value: Any) -> str:
    return "".join(c for c in str(value).lower() if c.isalnum() or c == ".")


def _same(name: str, expected: Any, got: Any) -> bool:
    if name in ("gpu", "model") and got is not None:
        return _letters(got).startswith(_letters(expected))
    if isinstance(expected, int | float) and isinstance(got, int | float):
        return abs(expected - got) <= 1e-9 * max(1, abs(expected))
    return bool(expected == got)


def _differences(row: dict[str, Any], got: Understood) -> Iterator[str]:
    if row["calculator"] is None:
        if got.calculator is not None and not got.problems:
            yield f"calculator {got.calculator}"
        return
    if got.calculator != row["calculator"]:
        yield f"calculator {got.calculator}"
    if got.problems:
        yield f"problems {[p.code + ':' + p.text for p in got.problems]}"
    for name, value in row["inputs"].items():
        if not _same(name, value, got.inputs.get(name)):
            yield f"{name} {got.inputs.get(name)} for {value}"
    for name in NAMES:
        spoken = name in row["inputs"] or (name == "params" and "model" in row["inputs"])
        compared = row["calculator"] in ("compare_gpu", "convert") and name in ("gpu", "dtype")
        if not spoken and not compared and got.inputs.get(name) is not None:
            yield f"{name} {got.inputs[name]} unsaid"


def score(name: str) -> list[Outcome]:
    outcomes = []
    for row in rows(name):
        understood = understand(row["text"])
        outcomes.append(Outcome(row, understood, tuple(_differences(row, understood))))
    return outcomes
