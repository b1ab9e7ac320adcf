"""The working in short, for clients that cannot fold it: formula and result, and a button.

The steps are read back from the folded container, which is all that is kept of them.
"""

from __future__ import annotations

from typing import Any

Block = dict[str, Any]

MOST_LINES = 4
"""Working of one step is shown whole: it is no longer than its short form and the button."""
MOST_STEPS = 2


def short_working(container: Block) -> list[str] | None:
    """Return a line for each step worth showing; None where the whole is as short.

    Each line has what is calculated, the formula and the result. Of many steps the last alone is
    shown: what the others lead to.
    """
    lines = "\n".join(_texts(container)).split("\n")
    if len(lines) <= MOST_LINES:
        return None
    steps = _steps(lines)
    return [_short(step) for step in (steps if len(steps) <= MOST_STEPS else steps[-1:])]


def _texts(container: Block) -> list[str]:
    return [
        piece["text"]
        for child in container["child_blocks"]
        for element in child["elements"]
        for piece in element["elements"]
    ]


def _steps(lines: list[str]) -> list[list[str]]:
    """Cut the lines into steps: a title stands two columns in, what belongs to it further."""
    steps: list[list[str]] = []
    for line in lines:
        if not steps or not line.startswith("   "):
            steps.append([])
        steps[-1].append(line.strip())
    return steps


def _short(step: list[str]) -> str:
    title, *lines = step
    if not lines:
        return title
    symbolic, result = lines[0], lines[-1]
    ends = (
        "" if result in (symbolic, "=") else f" {result}" if result[:1] == "=" else f" = {result}"
    )
    space = "" if title.endswith("：") else " "
    return f"{title}{space}{symbolic}{ends}".strip()
