"""Tables and charts as HTML."""

from __future__ import annotations

import html
from collections.abc import Mapping

from bot.fakeslack.page.rich import rich_text_html
from bot.fakeslack.records import Json

_COLOURS = ("#1264a3", "#2eb67d", "#ecb22e", "#e01e5a", "#7c3085", "#4a9aa8")


def table_html(block: Json, names: Mapping[str, str]) -> str:
    """Give a ``table`` or ``data_table``; the first row is the header."""
    settings = block.get("column_settings") or []
    rows = []
    for number, row in enumerate(block["rows"]):
        tag = "th" if number == 0 else "td"
        cells = [
            f'<{tag} class="{_alignment(settings, column, cell)}">{_cell(cell, names)}</{tag}>'
            for column, cell in enumerate(row)
        ]
        rows.append(f"<tr>{''.join(cells)}</tr>")
    caption = f"<caption>{html.escape(block['caption'])}</caption>" if "caption" in block else ""
    return f'<div class="scroll"><table>{caption}{"".join(rows)}</table></div>'


def _alignment(settings: list[Json | None], column: int, cell: Json) -> str:
    setting = settings[column] if column < len(settings) else None
    usual = "right" if cell.get("type") == "raw_number" else "left"
    return str((setting or {}).get("align", usual))


def _cell(cell: Json, names: Mapping[str, str]) -> str:
    if cell["type"] == "rich_text":
        return rich_text_html(cell, names)
    return html.escape(str(cell.get("text", cell.get("value", ""))))


def chart_html(block: Json) -> str:
    """Give a ``data_visualization`` as labelled horizontal bars, whatever its type."""
    chart = block["chart"]
    if chart["type"] == "pie":
        total = sum(one["value"] for one in chart["segments"])
        bars = [
            (one["label"], one["value"], f"{100 * one['value'] / total:.0f} %", number)
            for number, one in enumerate(chart["segments"])
        ]
        legend = ""
    else:
        series = chart["series"]
        bars = [
            (point["label"], point["value"], "", number)
            for category in chart["axis_config"]["categories"]
            for number, one in enumerate(series)
            for point in one["data"]
            if point["label"] == category
        ]
        legend = "".join(
            f'<span class="key"><i style="background:{_colour(number)}"></i>'
            f"{html.escape(one['name'])}</span>"
            for number, one in enumerate(series)
        )
    longest = max((abs(value) for _, value, _, _ in bars), default=1) or 1
    rows = "".join(_bar(label, value, note, number, longest) for label, value, note, number in bars)
    unit = html.escape((chart.get("axis_config") or {}).get("y_label", ""))
    return (
        f'<figure class="chart"><figcaption>{html.escape(block["title"])}'
        f" <small>({html.escape(chart['type'])}{', ' + unit if unit else ''})</small>"
        f"</figcaption>{rows}<div>{legend}</div></figure>"
    )


def _bar(label: str, value: float, note: str, number: int, longest: float) -> str:
    width = 100 * abs(value) / longest
    style = f"width:{width:.1f}%;background:{_colour(number)}"
    return (
        f'<div class="bar"><span class="label">{html.escape(label)}</span>'
        f'<span class="track"><i style="{style}"></i></span>'
        f'<span class="value">{value:g} {note}</span></div>'
    )


def _colour(number: int) -> str:
    return _COLOURS[number % len(_COLOURS)]
