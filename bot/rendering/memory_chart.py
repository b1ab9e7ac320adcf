"""Where the memory goes, beside what the card has: Slack's chart, and the same as a picture."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from bot.messages import catalogue, say
from bot.question import Language
from bot.rendering.chart import SCHEMA, fonts
from calculators import find_gpu
from calculators.results import Calculation
from calculators.units import format_number

Block = dict[str, Any]

TITLE_CHARACTERS = 50
LABEL_CHARACTERS = 20
MOST_CATEGORIES = 6
LEAST_BYTES = 1_000_000
CHART = "data_visualization"


@dataclass(frozen=True, slots=True)
class Bars:
    """Parts of the memory in bytes, largest first, and the capacity that they share.

    ``title`` says over how many cards both are summed.
    """

    title: str
    parts: tuple[tuple[str, int], ...]
    capacity_bytes: int
    language: Language
    capacity_label: str

    @property
    def total_bytes(self) -> int:
        """All the parts together."""
        return sum(size for _, size in self.parts)


def memory_bars(calculation: Calculation, language: Language) -> Bars | None:
    """Return the bars of a calculation; None without two parts and a capacity to set beside."""
    capacity = _card_bytes(calculation)
    parts = sorted(calculation.breakdown, key=lambda part: -part.bytes)
    named = [(_label(part.id, part.name.in_(language), language), part.bytes) for part in parts]
    if capacity is None or len(named) < 2 or named[0][1] < LEAST_BYTES:
        return None
    most = MOST_CATEGORIES - 1
    if len(named) > most:
        rest = sum(size for _, size in named[most - 1 :])
        named = [*named[: most - 1], (say("chart_rest", language), rest)]
    cards = 1 if calculation.per_gpu else calculation.request.gpu_count or 1
    key = "chart_title_all" if cards > 1 else "chart_title"
    owner = "chart_capacity_all" if cards > 1 else "chart_capacity"
    label = say(owner, language, count=cards)[:LABEL_CHARACTERS]
    title = say(key, language, count=cards)
    return Bars(title, tuple(named), capacity * cards, language, label)


def _card_bytes(calculation: Calculation) -> int | None:
    """Return one card's capacity as the shown parts are counted against.

    By the GB in the card's name under the rule's parts, as its driver reports it under all others.
    """
    request, capacity = calculation.request, calculation.capacity_bytes
    if capacity is None or "estimate_breakdown" not in calculation.details:
        return capacity
    if request.gpu is None:
        return capacity
    return round(find_gpu(request.gpu).nominal_bytes * (request.memory_share or 1))


def bars_of(block: Block) -> Bars:
    """Return the bars that a chart block shows; raises KeyError for the block of another version.

    Its last bar is the capacity; values are GB with four digits.
    """
    (series,) = block["chart"]["series"]
    *parts, capacity = [(one["label"], round(one["value"] * 1e9)) for one in series["data"]]
    language: Language = "en" if block["title"].isascii() else "zh"
    return Bars(block["title"], tuple(parts), capacity[1], language, capacity[0])


def _label(part_id: str, name: str, language: Language) -> str:
    """Return a name of at most 20 characters: a short one where the part's own is longer."""
    key = f"chart_{part_id}"
    shown = say(key, language) if key in catalogue() else name
    return shown if len(shown) <= LABEL_CHARACTERS else shown[: LABEL_CHARACTERS - 1] + "…"


def chart_block(bars: Bars) -> Block:
    """Return Slack's own chart of the bars: one bar a part, the last one the capacity."""
    points = [*bars.parts, (bars.capacity_label, bars.capacity_bytes)]
    labels = [label for label, _ in points]
    return {
        "type": CHART,
        "title": bars.title[:TITLE_CHARACTERS],
        "chart": {
            "type": "bar",
            "series": [
                {
                    "name": "GB",
                    "data": [
                        {"label": label, "value": float(f"{size / 1e9:.4g}")}
                        for label, size in points
                    ],
                }
            ],
            "axis_config": {"categories": labels, "y_label": "GB"},
        },
    }


def alt_text(bars: Bars) -> str:
    """Return the chart in words: every part, their sum and the capacity."""
    comma = say("comma", bars.language)
    parts = comma.join(f"{label} {_gb(size)}" for label, size in bars.parts)
    return say(
        "chart_alt",
        bars.language,
        title=bars.title,
        parts=parts,
        total=_gb(bars.total_bytes),
        capacity=_gb(bars.capacity_bytes),
    )


def _gb(size: int) -> str:
    return f"{format_number(size / 1e9)} GB"


def picture(bars: Bars) -> dict[str, Any]:
    """Return the Vega-Lite chart of the bars: the parts on one bar, the capacity as a line."""
    order = [label for label, _ in bars.parts]
    values = [
        {"part": label, "gb": size / 1e9, "rank": rank}
        for rank, (label, size) in enumerate(bars.parts)
    ]
    capacity = bars.capacity_bytes / 1e9
    limit = max(capacity, bars.total_bytes / 1e9) * 1.05
    scale = {"domain": [0, limit], "nice": False}
    axis = {"tickCount": 8}
    x: dict[str, Any] = {"field": "gb", "type": "quantitative", "title": "GB", "axis": axis}
    x |= {"scale": scale, "stack": "zero"}
    rule = {"values": [{"gb": capacity, "text": _capacity_text(bars)}]}
    return {
        "$schema": SCHEMA,
        "title": {"text": bars.title, "anchor": "start"},
        "width": 620,
        "height": 90,
        "background": "white",
        "padding": 16,
        "config": {"font": fonts()},
        "layer": [
            {
                "data": {"values": values},
                "mark": {"type": "bar", "height": 44},
                "encoding": {
                    "x": x,
                    "color": {
                        "field": "part",
                        "type": "nominal",
                        "sort": order,
                        "title": None,
                        "scale": {"range": _colours(len(order))},
                        "legend": {"orient": "bottom", "columns": 3, "labelLimit": 260},
                    },
                    "order": {"field": "rank", "type": "quantitative"},
                },
            },
            {
                "data": rule,
                "mark": {"type": "rule", "strokeWidth": 3, "strokeDash": [6, 3]},
                "encoding": {"x": {"field": "gb", "type": "quantitative", "scale": scale}},
            },
            {
                "data": rule,
                "mark": {
                    "type": "text",
                    "align": "right" if capacity > limit / 2 else "left",
                    "dx": -6 if capacity > limit / 2 else 6,
                    "dy": -36,
                },
                "encoding": {
                    "x": {"field": "gb", "type": "quantitative", "scale": scale},
                    "text": {"field": "text"},
                },
            },
        ],
    }


def _capacity_text(bars: Bars) -> str:
    return f"{bars.capacity_label} {_gb(bars.capacity_bytes)}"


def _colours(count: int) -> Sequence[str]:
    """Return colours that are told apart with every kind of colour vision (Okabe and Ito)."""
    palette = ("#0072B2", "#E69F00", "#009E73", "#CC79A7", "#56B4E9", "#D55E00")
    return palette[:count]
