"""Charts as Vega-Lite specifications, and as PNG where the ``charts`` extra is installed."""

from __future__ import annotations

import importlib.util
import re
from dataclasses import dataclass
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


VERDICT_COLOURS = ("#009e73", "#e69f00", "#d55e00")
"""Yes, tight and no in colours that colour-blind readers tell apart (Okabe and Ito, 2008)."""


@dataclass(frozen=True, slots=True)
class Curve:
    """A sweep to be drawn, its words in one language.

    ``across`` and ``upward`` name the axes, with units; ``points`` are (value of the field,
    result, verdict in words or nothing), ``verdicts`` the words for yes, tight and no.
    """

    title: str
    across: str
    upward: str
    legend: str
    verdicts: tuple[str, str, str]
    points: tuple[tuple[Any, float, str], ...]


def sweep_chart(curve: Curve) -> dict[str, Any]:
    """Return the line chart of a sweep; its points are coloured where they have a verdict."""
    values = [{"at": at, "value": value, "verdict": word} for at, value, word in curve.points]
    numeric = all(isinstance(at, int | float) for at, _, _ in curve.points)
    x: dict[str, Any] = {"field": "at", "title": curve.across}
    if numeric:
        # The values asked about are what is read off: they are the ticks.
        asked = sorted({at for at, _, _ in curve.points})
        axis = {"values": asked, "labelOverlap": "greedy", "labelFlush": False}
        x |= {"type": "quantitative", "axis": axis, "scale": {"nice": False}}
    else:
        x |= {"type": "nominal", "sort": None, "axis": {"labelAngle": 0}}
    y = {"field": "value", "type": "quantitative", "title": curve.upward}
    point: dict[str, Any] = {"mark": {"type": "point", "filled": True, "size": 60, "opacity": 1}}
    if any(word for _, _, word in curve.points):
        verdict = {"field": "verdict", "type": "nominal", "title": curve.legend}
        domain = {"domain": list(curve.verdicts)}
        point["encoding"] = {
            "color": {**verdict, "scale": {**domain, "range": list(VERDICT_COLOURS)}},
            "shape": {**verdict, "scale": domain},
        }
    return {
        "$schema": SCHEMA,
        "title": curve.title,
        "width": 560,
        "height": 320,
        "padding": 16,
        "background": "white",
        "config": {"font": fonts()},
        "data": {"values": values},
        "encoding": {"x": x, "y": y},
        "layer": [{"mark": {"type": "line"}}, point],
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
