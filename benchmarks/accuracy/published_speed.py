"""Published utilisation, FLOPs, hours and rates of decoding against the calculators.

``data/published_speed/*.toml`` are of the form of ``data/published``; a part's ``kind`` says what
of an answer is compared. A rate of decoding is compared with the bound above it: no engine may be
faster, and how far the bound lies above is no error.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from benchmarks.accuracy.answers import DATA, Errors
from calculators import calculate
from calculators.results import Calculation
from calculators.validation import parse_request

KINDS = ("mfu", "hfu", "causal_tflops", "run_flops", "gpu_hours", "rate")
MARKS = {"causal_tflops": "Megatron-Core", "gpu_hours_recomputed": "recompute"}
"""Words of the alternative in an answer that stands for another way of counting."""
OWN = ("measured", "shape")


@dataclass(frozen=True)
class PublishedRate:
    """One figure as its authors print it, in the unit of its kind, and the request it answers."""

    group: str
    source: str
    kind: str
    measured: float
    request: dict[str, Any]

    @property
    def error(self) -> float:
        """The signed relative error of what the calculators say."""
        return _stated(self) / self.measured - 1


@lru_cache(maxsize=1)
def rates() -> tuple[PublishedRate, ...]:
    """Return the rows of all sources."""
    files = sorted((DATA / "published_speed").glob("*.toml"))
    return tuple(row for path in files for row in _rows(tomllib.loads(path.read_text())))


def _rows(content: dict[str, Any]) -> Iterator[PublishedRate]:
    for part in content["part"]:
        for row in part["row"]:
            changes = {key: value for key, value in row.items() if key not in OWN}
            request = {**part["request"], **changes}
            if "shape" in row:
                request["config"] = {**content["shapes"][row["shape"]], **_length(content, request)}
            kind = part["kind"]
            if kind not in (*KINDS, *MARKS):
                raise ValueError(kind)
            yield PublishedRate(part["group"], content["short"], kind, row["measured"], request)


def _length(content: dict[str, Any], request: dict[str, Any]) -> dict[str, int]:
    """Return the length of learned positions, where a source makes it that of its sequences."""
    return {"n_positions": request["seq"]} if content.get("positions_follow_seq") else {}


def _stated(row: PublishedRate) -> float:
    answer = calculate(parse_request(row.request))
    if row.kind == "hfu":
        return float(answer.details["hfu_percent"])
    if row.kind == "gpu_hours":
        return float(answer.details["gpu_hours"])
    if row.kind in MARKS:
        return _alternative(answer, row)
    return float(answer.value or 0)


def _alternative(answer: Calculation, row: PublishedRate) -> float:
    (line,) = [other for other in answer.conventions if MARKS[row.kind] in other.text.en][-1:]
    if row.kind == "causal_tflops":
        return float(line.value) / 100 * float(answer.details["peak_tflops"])
    return float(line.value) * (row.request.get("gpu_count") or 1)


def rate_errors(rows: Iterable[PublishedRate]) -> Errors:
    """Return the signed relative errors of ``rows``."""
    return Errors(tuple(row.error for row in rows))


def speed_rows() -> list[str]:
    """Return the table of published rates, by group and source."""
    rows = rates()
    lines = [
        "### Published utilisation, FLOPs, hours and rates",
        "",
        f"{len(rows)} figures; the files in `benchmarks/accuracy/data/published_speed/` give "
        "repository, path, commit and settings. Of a rate of decoding the bound is compared: it "
        "must not lie below.",
        "",
        "| group | source | count | median | 90 % | worst |",
        "| --- | --- | --- | --- | --- | --- |",
    ]
    for group, source in dict.fromkeys((row.group, row.source) for row in rows):
        part = [row for row in rows if (row.group, row.source) == (group, source)]
        errors = rate_errors(part)
        if part[0].kind == "rate":
            least = 1 + min(errors.values)
            lines.append(
                f"| {group} | {source} | {errors.count} | bound at least × {least:.2f} |||"
            )
            continue
        lines.append(
            f"| {group} | {source} | {errors.count} | {errors.median:.1f} % | {errors.p90:.1f} % "
            f"| {errors.worst:+.1f} % |"
        )
    return lines
