"""``vrambot calc --sweep``: one field varied, as a table, as CSV, as JSON lines or as a plot."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click

from bot.errors import BadInput
from bot.messages import catalogue, field_name, say
from bot.question import Language
from bot.rendering.columns import in_columns
from bot.values import field_value
from calculators.requests import Request
from calculators.units import format_number

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
        click.echo(_table(field, points, language))
    if plot is not None and any(point.value is not None for point in points):
        _draw(request, field, points, plot, language)
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
    if not all(isinstance(n, int | float) and n > 0 for n in numbers):
        raise BadInput("bad_sweep", text=sweep[:60])
    if low > high:
        upward = f"{name.strip()}={last.strip()}..{first.strip()}"
        raise BadInput("sweep_descends", text=sweep[:60], upward=upward[:60])
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


def _table(field: str, points: Sequence[Point], language: Language) -> str:
    """Return the points in columns; a column in which nothing stands is left out."""
    judged = any(point.verdict for point in points)
    titles = (field_name(field, language), say("result", language), say("verdict", language))
    rows = [(*titles[: 2 + judged], "")]
    for point in points:
        unit = _unit(point.unit, language)
        value = "-" if point.value is None else f"{format_number(point.value)} {unit}".strip()
        rows.append((_at(point.at), value, *_verdict(point, language, judged), point.note))
    return "\n".join(in_columns(rows, right=(0, 1)))


def _unit(unit: str, language: Language) -> str:
    key = f"result_unit_{unit}"
    return say(key, language) if key in catalogue() else unit


def _at(value: Any) -> str:
    return f"{value:,}" if isinstance(value, int | float) else str(value)


def _verdict(point: Point, language: Language, judged: bool) -> tuple[str, ...]:
    words = say(f"verdict_{point.verdict}", language) if point.verdict else ""
    return (words,) if judged else ()


def _draw(
    request: Mapping[str, Any], field: str, points: Sequence[Point], plot: Path, language: Language
) -> None:
    from bot.rendering.chart import Curve, sweep_chart, write_png

    unit = _unit(next((point.unit for point in points if point.unit), ""), language)
    calculator = say(f"calculator_{request['calculator']}", language)
    curve = Curve(
        title=" · ".join((calculator, *subject(request, field))),
        across=field_name(field, language),
        upward=f"{say('result', language)} ({unit})" if unit else say("result", language),
        legend=say("verdict", language),
        verdicts=(
            say("verdict_yes", language),
            say("verdict_tight", language),
            say("verdict_no", language),
        ),
        points=tuple(
            (point.at, point.value, *_verdict(point, language, True))
            for point in points
            if point.value is not None
        ),
    )
    write_png(sweep_chart(curve), plot)
    click.echo(str(plot), err=True)


def subject(request: Mapping[str, Any], field: str) -> Iterator[str]:
    """Yield the model and the cards of a request, as their records name them, but what varies."""
    from calculators import find_gpu, find_model
    from calculators.units import format_params

    if field in ("model", "params"):
        pass
    elif request.get("model") is not None:
        yield find_model(str(request["model"])).title
    elif isinstance(request.get("params"), int | float):
        yield format_params(request["params"])
    if request.get("gpu") is not None and field != "gpu":
        count = request.get("gpu_count") if field != "gpu_count" else None
        name = find_gpu(str(request["gpu"])).name
        yield f"{count} × {name}" if count else name
