"""Charts as Vega-Lite specifications, and as PNG where the ``charts`` extra is installed."""

from __future__ import annotations

import importlib.util
import re
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any

from bot.errors import BadSetting

SCHEMA = "https://vega.github.io/schema/vega-lite/v6.json"
FONTS = (
    "Noto Sans CJK SC",
    "Source Han Sans SC",
    "WenQuanYi Zen Hei",
    "WenQuanYi Micro Hei",
    "Microsoft YaHei",
    "PingFang SC",
    "Droid Sans Fallback",
    "sans-serif",
)
"""Fonts with Chinese characters, the first that the system has is used."""


def sweep_chart(
    title: str, field: str, unit: str, points: Sequence[tuple[Any, float]]
) -> dict[str, Any]:
    """Return the line chart of a sweep: ``points`` are (value of the field, result)."""
    numeric = all(isinstance(at, int | float) for at, _ in points)
    return {
        "$schema": SCHEMA,
        "title": title,
        "width": 560,
        "height": 320,
        "background": "white",
        "config": {"font": fonts()},
        "data": {"values": [{"at": at, "value": value} for at, value in points]},
        "mark": {"type": "line", "point": True},
        "encoding": {
            "x": {"field": "at", "type": "quantitative", "title": field}
            if numeric
            else {"field": "at", "type": "nominal", "title": field, "sort": None},
            "y": {"field": "value", "type": "quantitative", "title": unit or "value"},
        },
    }


FONT_FOLDERS = (
    "/usr/share/fonts",
    "/usr/local/share/fonts",
    "~/.fonts",
    "~/.local/share/fonts",
    "/System/Library/Fonts",
    "/Library/Fonts",
    "C:/Windows/Fonts",
)
_CHINESE_FONT = re.compile(
    r"cjk|sourcehan|wqy|msyh|simsun|simhei|pingfang|droidsansfallback|uming|ukai", re.IGNORECASE
)


def fonts() -> str:
    """Return the fonts to draw with, best first."""
    return ", ".join(FONTS)


def can_draw(text: str) -> bool:
    """Return whether charts can be drawn here, with these characters in them.

    Chinese needs a font that has it: without one each character would be an empty box.
    """
    if importlib.util.find_spec("vl_convert") is None:
        return False
    return text.isascii() or _has_chinese_font()


@cache
def _has_chinese_font() -> bool:
    folders = [Path(folder).expanduser() for folder in FONT_FOLDERS]
    files = (file for folder in folders if folder.is_dir() for file in folder.rglob("*.[to]t*"))
    return any(_CHINESE_FONT.search(file.name) for file in files)


def png(chart: dict[str, Any], scale: float = 2.0) -> bytes:
    """Draw a chart; raises BadSetting where the ``charts`` extra is not installed."""
    try:
        import vl_convert
    except ImportError as error:
        raise BadSetting("charts_missing") from error
    drawn: bytes = vl_convert.vegalite_to_png(chart, scale=scale)
    return drawn


def write_png(chart: dict[str, Any], path: Path) -> None:
    """Draw a chart into a file; raises BadSetting when it cannot be written."""
    drawn = png(chart)
    try:
        path.write_bytes(drawn)
    except OSError as error:
        raise BadSetting("file_unwritable", path=str(path)) from error
