"""The verdict: yes up to 90 % of what the driver reports, tight up to 100 %, no above."""

from __future__ import annotations

from calculators.results import Verdict
from calculators.text import Text

COMFORTABLE_PERCENT = 90

WORDS: dict[Verdict, Text] = {
    "yes": Text("Yes", "可以"),
    "tight": Text("Tight", "勉强"),
    "no": Text("No", "不能"),
}


def verdict_of(need_bytes: int, capacity_bytes: int) -> Verdict:
    """Return the verdict for ``need_bytes`` on a card of ``capacity_bytes``."""
    if 100 * need_bytes <= COMFORTABLE_PERCENT * capacity_bytes:
        return "yes"
    return "tight" if need_bytes <= capacity_bytes else "no"
