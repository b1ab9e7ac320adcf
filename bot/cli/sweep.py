"""``vrambot calc --sweep``: one field varied, as a table, as CSV, as JSON lines or as a plot."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click

from bot.errors import BadInput
from bot.question import Language
from bot.values import field_value
from calculators.requests import Request

MAX_POINTS = 64


@dataclass(frozen=True, slots=True)
class Point:
    """One value of the swept field, with what came out, or the sentence why nothing did."""

    at: Any
    value: float | None
    unit: str
    value_bytes: int | None
    verdict: str | None
    note: str


def run_sweep(
    request: Mapping[str, Any],
    sweep: str,
    *,
    language: Language,
    as_csv: bool,
    as_json: bool,
    plot: Path | None,
) -> int:
    """Calculate every point of ``sweep`` and print or draw the result."""
    field, values = parse_sweep(sweep)
    points = [_point(request, field, value, language) for value in values]
    if as_json:
        for point in points:
            click.echo(json.dumps(_row(field, point), ensure_ascii=False))
    elif as_csv:
        click.echo(_csv(field, points), nl=False)
    else:
        click.echo(_table(field, points))
    if plot is not None:
        from bot.rendering.chart import sweep_chart, write_png

        shown = [(point.at, point.value) for point in points if point.value is not None]
        unit = next((point.unit for point in points if point.unit), "")
        title = f"{request['calculator']}: {_subject(request)}"
        write_png(sweep_chart(title, field, unit, shown), plot)
        click.echo(str(plot), err=True)
    return 0 if any(point.value is not None for point in points) else 2


def parse_sweep(sweep: str) -> tuple[str, list[Any]]:
    """Read ``seq=1k..128k`` (doubling), ``gpu_count=1..8:1`` (steps) or ``micro_batch=1,2,4``."""
    name, equals, given = sweep.partition("=")
    field = name.strip().replace("-", "_")
    if not equals or field not in Request.model_fields or not given.strip():
        raise BadInput("bad_sweep", text=sweep[:60])
    first, dots, rest = given.partition("..")
    if not dots:
        return field, [field_value(field, part.strip()) for part in given.split(",")][:MAX_POINTS]
    last, _, step = rest.partition(":")
    low, high = field_value(field, first), field_value(field, last)
    by = field_value(field, step) if step else None
    numbers = [number for number in (low, high, by) if number is not None]
    if not all(isinstance(n, int | float) and n > 0 for n in numbers) or low > high:
        raise BadInput("bad_sweep", text=sweep[:60])
    return field, _range(low, high, by)


def _range(low: float, high: float, step: float | None) -> list[float]:
    values = [low]
    while values[-1] < high and len(values) < MAX_POINTS:
        values.append(min(values[-1] + step if step else values[-1] * 2, high))
    return values


def _point(request: Mapping[str, Any], field: str, value: Any, language: Language) -> Point:
    from calculators import CalculatorError, calculate, parse_request

    try:
        found = calculate(parse_request({**request, field: value}), working=False)
    except CalculatorError as error:
        return Point(value, None, "", None, None, error.text.in_(language))
    if found.value_bytes is not None and found.unit in ("kB", "MB", "GB", "TB"):
        # One unit for all points: a column or an axis that mixes MB and GB misleads.
        return Point(value, found.value_bytes / 1e9, "GB", found.value_bytes, found.verdict, "")
    number = found.value if isinstance(found.value, int | float) else None
    return Point(value, number, found.unit or "", found.value_bytes, found.verdict, "")


def _row(field: str, point: Point) -> dict[str, Any]:
    return {
        field: point.at,
        "value": point.value,
        "unit": point.unit,
        "value_bytes": point.value_bytes,
        "verdict": point.verdict,
        "note": point.note,
    }


def _csv(field: str, points: Sequence[Point]) -> str:
    out = io.StringIO()
    writer = csv.DictWriter(out, list(_row(field, points[0])), lineterminator="\n")
    writer.writeheader()
    writer.writerows(_row(field, point) for point in points)
    return out.getvalue()


def _table(field: str, points: Sequence[Point]) -> str:
    rows = [(field, "value", "verdict", "")]
    for point in points:
        value = "-" if point.value is None else f"{point.value:,.6g} {point.unit}".strip()
        rows.append((f"{point.at}", value, point.verdict or "", point.note))
    widths = [max(len(row[column]) for row in rows) for column in range(3)]
    return "\n".join(
        f"{at:>{widths[0]}}  {value:>{widths[1]}}  {verdict:{widths[2]}}  {note}".rstrip()
        for at, value, verdict, note in rows
    )


def _subject(request: Mapping[str, Any]) -> str:
    parts = (request.get("model"), request.get("params"), request.get("gpu"))
    return ", ".join(str(part) for part in parts if part is not None)
