"""Published measurements on GPUs against the estimate; sources stand in the data file."""

from __future__ import annotations

import tomllib
from typing import Any

from benchmarks.accuracy.answers import DATA, Errors
from calculators.architecture import architecture_from_config
from calculators.memory.training import estimate_training
from calculators.requests import Request


def measurements() -> list[dict[str, Any]]:
    """Return the rows of ``data/published.toml``."""
    content = tomllib.loads((DATA / "published.toml").read_text())
    return list(content["measurement"])


def estimated_bytes(row: dict[str, Any]) -> int:
    """Return the estimate that the measurement is compared with: the peak, or the total."""
    request = Request(calculator="training", config=row["config"], **row["request"])
    model = architecture_from_config(row["config"])
    memory = estimate_training(request, model, working=False).memory
    return memory.peak_allocated_bytes if row["kind"] == "allocated" else memory.total_bytes


def published_rows() -> list[str]:
    """Return the table of published measurements."""
    lines = [
        "### Published GPU measurements",
        "",
        "| step | measured | vrambot | error | source |",
        "| --- | --- | --- | --- | --- |",
    ]
    errors = []
    for row in measurements():
        measured, answer = row["bytes"], estimated_bytes(row)
        errors.append(answer / measured - 1)
        lines.append(
            f"| {row['title']} ({row['kind']}) | {measured / 1e9:.2f} GB | {answer / 1e9:.2f} GB "
            f"| {100 * errors[-1]:+.1f} % | {row['source']} |"
        )
    summary = Errors(tuple(errors))
    lines += ["", f"Median error {summary.median:.1f} %, worst {summary.worst:+.1f} %."]
    return lines
