"""Blocks of figures: ``table``, ``data_table`` and ``data_visualization``."""

from __future__ import annotations

from typing import Any

from bot.fakeslack.limits.checks import (
    Check,
    Problems,
    anything,
    boolean,
    by_type,
    integer,
    listing,
    number,
    one_of,
    record,
    string,
)
from bot.fakeslack.limits.rich_text import RICH_TEXT

_MOST_CELLS_CHARACTERS = 10_000
_MOST_CATEGORIES = 20
_MOST_SERIES = 6

_RAW_TEXT = record({"text": string(_MOST_CELLS_CHARACTERS)})
_RAW_NUMBER = record({"value": number()}, {"text": string(_MOST_CELLS_CHARACTERS)})
_CELL = by_type({"raw_text": _RAW_TEXT, "raw_number": _RAW_NUMBER, "rich_text": RICH_TEXT})
_HEADER_CELL = by_type({"raw_text": _RAW_TEXT, "raw_number": _RAW_NUMBER})
_ROW = listing(_CELL, 20)


def texts(value: Any) -> list[str]:
    """Give every string that stands under a ``text`` key, wherever it is nested."""
    if isinstance(value, list):
        return [found for member in value for found in texts(member)]
    if not isinstance(value, dict):
        return []
    return [
        found
        for key, member in value.items()
        for found in ([member] if key == "text" and isinstance(member, str) else texts(member))
    ]


def _cells(value: dict[str, Any], path: str, problems: Problems) -> None:
    rows = value.get("rows")
    problems.table_characters += sum(map(len, texts(rows)))
    if problems.table_characters > _MOST_CELLS_CHARACTERS:
        problems.add(
            f"tables must hold no more than {_MOST_CELLS_CHARACTERS} characters in all", path
        )
    if isinstance(rows, list) and len({len(row) for row in rows if isinstance(row, list)}) > 1:
        problems.add("all rows must have the same number of cells", f"{path}/rows")


def _header(value: dict[str, Any], path: str, problems: Problems) -> None:
    rows = value.get("rows")
    if isinstance(rows, list) and rows and isinstance(rows[0], list):
        for index, cell in enumerate(rows[0]):
            _HEADER_CELL(cell, f"{path}/rows/0/{index}", problems)
    _cells(value, path, problems)


_COLUMN_SETTING = record({}, {"align": one_of("left", "center", "right"), "is_wrapped": boolean})


def _column(value: Any, path: str, problems: Problems) -> None:
    if value is not None:  # null keeps a column's defaults
        _COLUMN_SETTING(value, path, problems)


TABLE = record(
    {"rows": listing(_ROW, 100)},
    {"block_id": anything, "column_settings": listing(_column, 20)},
    _cells,
)

DATA_TABLE = record(
    {"rows": listing(_ROW, 101, least=2), "caption": string(255)},
    {
        "block_id": anything,
        "page_size": integer(1, 100),
        "row_header_column_index": integer(0, 19),
    },
    _header,
)

_SERIES = record(
    {
        "name": string(20),
        "data": listing(record({"label": string(20), "value": number()}), _MOST_CATEGORIES),
    }
)
_AXES = record(
    {"categories": listing(string(20), _MOST_CATEGORIES)},
    {"x_label": string(50), "y_label": string(50)},
)


def _coverage(value: dict[str, Any], path: str, problems: Problems) -> None:
    axes, series = value.get("axis_config"), value.get("series")
    if not isinstance(axes, dict) or not isinstance(series, list):
        return
    categories = axes.get("categories")
    members = [one for one in series if isinstance(one, dict) and isinstance(one.get("data"), list)]
    for index, one in enumerate(members):
        labels = [point.get("label") for point in one["data"] if isinstance(point, dict)]
        if isinstance(categories, list) and sorted(map(str, labels)) != sorted(
            map(str, categories)
        ):
            problems.add("data labels must match the categories", f"{path}/series/{index}/data")
    if len({str(one.get("name")) for one in members}) < len(members):
        problems.add("series names must be unique", f"{path}/series")


_PLOT = record({"series": listing(_SERIES, _MOST_SERIES), "axis_config": _AXES}, None, _coverage)
_CHART: Check = by_type(
    {
        "pie": record(
            {
                "segments": listing(
                    record({"label": string(20), "value": number(above=0)}), _MOST_SERIES
                )
            }
        ),
        "bar": _PLOT,
        "area": _PLOT,
        "line": _PLOT,
    }
)
DATA_VISUALIZATION = record({"title": string(50), "chart": _CHART}, {"block_id": anything})
