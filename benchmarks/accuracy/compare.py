"""Compare vrambot and its peers with the measured steps, group by group.

The tables go to standard output, and with ``write`` into ``docs/accuracy.md``; the errors that
answers quote then go into ``calculators/data/accuracy.toml``.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from benchmarks.accuracy.answers import (
    DATA,
    Errors,
    Measured,
    estimate,
    grouped,
    resident_bytes,
    truth,
)
from benchmarks.accuracy.exact import exact_rows
from benchmarks.accuracy.published import published_rows
from benchmarks.accuracy.published_speed import speed_rows
from calculators.memory.training.measured import ANY, KIND

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "accuracy.md"
QUOTED = ROOT / "calculators" / "data" / "accuracy.toml"
BEGIN, END = "<!-- begin: measured -->", "<!-- end: measured -->"
HEADER = "| group | cases | median | 90 % | worst |"


def show(*, write: bool) -> None:
    """Print the tables, and renew the committed ones if asked."""
    cases = truth()
    page = "\n".join(report(cases))
    print(page)
    if write:
        text = PAGE.read_text()
        head, rest = text.split(BEGIN)
        PAGE.write_text(head + BEGIN + "\n" + page + "\n" + END + rest.split(END)[1])
        QUOTED.write_text(quoted(cases))


def report(cases: Sequence[Measured]) -> list[str]:
    """Return the tables of the page."""
    held = [case for case in cases if case.held_out]
    answers = {case.name: estimate(case) for case in cases}
    peaks = {name: float(a.memory.peak_allocated_bytes) for name, a in answers.items()}
    pairs = {c.name: resident_bytes(c, answers[c.name]) for c in held}
    states = {name: estimated / found - 1 for name, (estimated, found) in pairs.items()}
    return [
        f"{len(cases)} steps, {len(held)} of them held out (kept apart as said above).",
        "",
        "### Peak of a step, vrambot, held-out cases",
        "",
        *_table(grouped(held, peaks)),
        "",
        "### Peak of a step, vrambot, development cases",
        "",
        *_table(grouped([c for c in cases if not c.held_out], peaks)),
        "",
        "### States between steps, held-out cases",
        "",
        HEADER,
        "| --- | --- | --- | --- | --- |",
        _row("weights, master weights, optimizer", Errors(tuple(states.values()))),
        "",
        *_peers(held, peaks),
        "",
        *exact_rows(),
        "",
        *published_rows(),
        "",
        *speed_rows(),
    ]


def _table(groups: object) -> list[str]:
    lines = [HEADER, "| --- | --- | --- | --- | --- |"]
    for dimension, name, errors in groups:  # type: ignore[attr-defined]
        lines.append(_row("all" if dimension == "all" else f"{dimension}: {name}", errors))
    return lines


def _row(name: str, errors: Errors) -> str:
    return (
        f"| {name} | {errors.count} | {errors.median:.2f} % | {errors.p90:.2f} % "
        f"| {errors.worst:+.2f} % |"
    )


def _peers(held: Sequence[Measured], own: dict[str, float]) -> list[str]:
    content = json.loads((DATA / "peers.json").read_text())
    lines = [
        "### Side by side, held-out cases",
        "",
        "Each peer on the cases that it answers, vrambot on the same ones.",
        "",
        "| group | peer | cases | peer: median, worst | vrambot: median, worst |",
        "| --- | --- | --- | --- | --- |",
    ]
    for peer, answers in content["answers"].items():
        title = f"{peer} {content['versions'][peer]}"
        asked = [case for case in held if case.name in answers]
        theirs = {(d, n): e for d, n, e in grouped(asked, answers)}
        ours = {(d, n): e for d, n, e in grouped(asked, own)}
        for key, errors in theirs.items():
            mine = ours[key]
            group = "all" if key[0] == "all" else f"{key[0]}: {key[1]}"
            lines.append(
                f"| {group} | {title} | {errors.count} "
                f"| {errors.median:.1f} %, {errors.worst:+.0f} % "
                f"| {mine.median:.2f} %, {mine.worst:+.2f} % |"
            )
    return lines


def quoted(cases: Sequence[Measured]) -> str:
    """Return the errors by kind of step that answers quote, as TOML."""
    held = [case for case in cases if case.held_out]
    peaks = {case.name: float(estimate(case).memory.peak_allocated_bytes) for case in held}
    keys = sorted({_kind(case) for case in held})
    lines = [
        "# Measured error of the training estimate by kind of step, on held-out steps (per cent).",
        "# source: benchmarks/accuracy/data/truth.json; written by benchmarks/accuracy/compare.py",
    ]
    for key in keys:
        errors = Errors(tuple(peaks[c.name] / c.peak_bytes - 1 for c in held if _kind(c) == key))
        lines += [
            "",
            "[[kind]]",
            *(f'{name} = "{value}"' for name, value in zip(KIND, key, strict=True)),
            f"cases = {errors.count}",
            f"median = {errors.median:.2f}",
            f"p90 = {errors.p90:.2f}",
            f"worst = {abs(errors.worst):.2f}",
        ]
    return "\n".join(lines) + "\n"


DEGREES = ("tp", "pp", "cp", "ep")


def _several(case: dict[str, Any]) -> bool:
    """Whether a step is spread in several ways at once, or adapters are spread at all."""
    degrees = sum(case.get(name, 1) > 1 for name in DEGREES)
    shared = case["sharding"] != "none" or case.get("engine") == "ddp"
    own = degrees == 1 and (case.get("cp", 1) > 1 or case.get("ep", 1) > 1)
    both = degrees > 1 or (degrees == 1 and shared and not own)
    adapters = case["method"] != "full" and case["sharding"] != "fsdp2"
    return both or (adapters and (shared or degrees > 0)) or ("offload" in case and adapters)


LAYOUTS: tuple[tuple[str, Callable[[dict[str, Any]], bool]], ...] = (
    ("several", _several),
    ("zero-offload", lambda case: case.get("offload") == "optimizer"),
    ("tensor", lambda case: case.get("tp", 1) > 1),
    ("interleaved", lambda case: case.get("virtual_pp", 1) > 1),
    ("pipeline", lambda case: case.get("pp", 1) > 1),
    ("context", lambda case: case.get("cp", 1) > 1),
    ("experts", lambda case: case.get("ep", 1) > 1),
    ("host", lambda case: "offload" in case),
    ("copies", lambda case: case.get("engine") == "ddp"),
    ("torchao", lambda case: case.get("engine") == "torchao"),
    ("unresharded", lambda case: case.get("engine") == "fsdp2"),
    ("zero1-both-widths", lambda case: case["sharding"] == "zero1" and _wide(case)),
    ("zero3", lambda case: case["sharding"] == "zero3"),
    ("zero1", lambda case: case["sharding"] == "zero1"),
    ("zero2", lambda case: case["sharding"] == "zero2"),
)
"""Ways of spreading a step, the first that applies; the last two are DeepSpeed's."""


def _wide(case: dict[str, Any]) -> bool:
    return case.get("grad_dtype") == "fp32"


def _kind(case: Measured) -> tuple[str, ...]:
    fields = {**case.case, "layout": "data", "recompute": case.case["checkpointing"]}
    layout = next((name for name, applies in LAYOUTS if applies(case.case)), None)
    if layout is not None:
        fields |= {"layout": layout, "recompute": ANY, "precision": ANY, "sharding": ANY}
    return tuple(fields[name] for name in KIND)
