"""Cards side by side: every figure of each, and which is ahead in the one that was asked for."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from calculators.cached import find_gpu
from calculators.case import Case
from calculators.errors import MissingValue
from calculators.hardware import Gpu
from calculators.lookups.cards import NAMES, READ, asked_format, facts, shown_value
from calculators.results import Calculation, Source
from calculators.text import Text
from calculators.units import format_number

LINK = Text("link between cards", "卡间互联")
ROWS = ("memory", "bandwidth", "flops", "fp8", "link", "compute_capability", "tdp")
_BEHIND_FLOPS = ("memory", "bandwidth", "nvlink")


@dataclass(frozen=True, slots=True)
class Row:
    """One attribute of the cards, in their order.

    ``values`` are numbers where there are any, ``shown`` the words; ``ratio`` is the largest
    value over the smallest, None where a card has none or it is no amount.
    """

    attribute: str
    name: Text
    values: tuple[float | str | None, ...]
    shown: tuple[Text, ...]
    ratio: float | None

    def line(self, cards: list[Gpu]) -> Text:
        """Return the row as one line."""
        words = [(gpu.name, text) for gpu, text in zip(cards, self.shown, strict=True)]
        en = "; ".join(f"{name} {text.en}" for name, text in words)
        zh = "；".join(f"{name} {text.zh}" for name, text in words)
        times = "" if self.ratio is None else format_number(self.ratio, 3)
        times = "" if times == "1" else times
        head = f"{self.name.en[:1].upper()}{self.name.en[1:]}"
        return Text(
            f"{head}: {en}{f' ({times}×)' if times else ''}",
            f"{self.name.zh}：{zh}{f'（{times} 倍）' if times else ''}",
        )


def compare_gpu(case: Case) -> Calculation:
    """Return the card that is ahead in the attribute, all figures in ``details``.

    Unless said it is the FLOPS, or where these are equal the first figure that is not.
    Raises MissingValue when fewer than two cards are named.
    """
    names = case.request.gpus or ((case.request.gpu,) if case.request.gpu else ())
    if len(names) < 2:
        raise MissingValue(
            Text(
                "Which cards shall be compared? Name at least two.",
                "要比较哪些显卡？请至少给出两个。",
            ),
            field="gpus",
            choices=("A100 vs H100", "RTX 3090 vs RTX 4090"),
        )
    cards = [find_gpu(name) for name in names]
    case.sources += [Source(gpu.title, gpu.source) for gpu in cards]
    attribute = _asked(case, cards) or case.default("attribute", *_telling(cards))
    ranked = sorted(cards, key=lambda gpu: _amount(gpu, attribute), reverse=True)
    rows = tuple(_row(name, cards) for name in ROWS)
    details: dict[str, Any] = {
        "cards": [facts(gpu) for gpu in cards],
        "comparison": [asdict(row) | {"line": asdict(row.line(cards))} for row in rows],
    }
    low = _amount(ranked[-1], attribute)
    if low:
        details["ratio"] = _amount(ranked[0], attribute) / low
    return case.finish(
        value=ranked[0].name,
        unit=None,
        headline=_row(attribute, ranked).line(ranked),
        details=details,
    )


def _asked(case: Case, cards: list[Gpu]) -> str | None:
    """Return the format whose peaks are compared, None for the 16-bit ones."""
    asked = asked_format(case) if case.request.attribute in (None, "flops") else None
    on_record = asked is not None and any(gpu.peak_flops(asked) for gpu in cards)
    return asked if on_record and asked != "fp16" else None


def _is_peak(attribute: str) -> bool:
    """Whether a figure is the peak of a format, of which a card that lacks it has none."""
    return attribute in ("bf16", "fp8") or attribute not in (*NAMES, "link")


def _name(attribute: str) -> Text:
    if _is_peak(attribute):
        return Text(f"dense {attribute} peak", f"{attribute} 稠密峰值算力")
    return LINK if attribute == "link" else NAMES[attribute]


def _telling(cards: list[Gpu]) -> tuple[str, str, str]:
    """Return the attribute that cards are compared by where none is named, and why in words."""
    if len({_amount(gpu, "flops") for gpu in cards}) == 1:
        for name in _BEHIND_FLOPS:
            if len({_amount(gpu, name) for gpu in cards}) > 1:
                what = NAMES[name]
                return (
                    name,
                    f"by their {what.en}, as their 16-bit FLOPS are equal",
                    f"16 位算力相同，按{what.zh}比较",
                )
    return "flops", "by their 16-bit FLOPS", "按 16 位算力比较"


def _row(attribute: str, cards: list[Gpu]) -> Row:
    values = tuple(_value(gpu, attribute) for gpu in cards)
    amounts = [value for value in values if isinstance(value, int | float) and value]
    comparable = len(amounts) == len(cards) and attribute != "compute_capability"
    return Row(
        attribute=attribute,
        name=_name(attribute),
        values=values,
        shown=tuple(_words(gpu, attribute) for gpu in cards),
        ratio=max(amounts) / min(amounts) if comparable else None,
    )


def _value(gpu: Gpu, attribute: str) -> float | str | None:
    if _is_peak(attribute):
        peak = gpu.peak_flops(attribute)
        return None if peak is None else peak / 1e12
    if attribute == "link":
        return gpu.link_bytes_per_s / 1e9
    value: float | str | None = READ[attribute](gpu)
    return value


def _words(gpu: Gpu, attribute: str) -> Text:
    value = _value(gpu, attribute)
    if _is_peak(attribute):
        if isinstance(value, int | float):
            return Text(*[f"{value:,g} TFLOPS"] * 2)
        lacking = attribute in ("bf16", "fp8")
        return Text("none", "不支持") if lacking else Text("not on record", "未收录")
    if attribute == "memory":
        return Text(*[f"{gpu.memory_gb} GB, {gpu.memory_mib:,} MiB"] * 2)
    if attribute == "link":
        speed = f"{value:,g} GB/s"
        return Text(f"{gpu.link.en}, {speed} each way", f"{gpu.link.zh}，单向 {speed}")
    return shown_value(gpu, attribute)


def _amount(gpu: Gpu, attribute: str) -> float:
    value = _value(gpu, attribute)
    if isinstance(value, str):
        return float(value == "yes")
    return float(value or 0)
