"""The numeric questions through ``answer()``: right, wrong number, other.

A question is right when the calculator, and whatever else its line expects (value within 1 %, unit,
verdict, inputs), come out. A wrong number is a calculation whose value is another one than
expected, whatever else was right: the fault that costs most.
"""

from __future__ import annotations

import math
import sys
from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

from benchmarks.eval.sets import DATA, read_lines

TOLERANCE = 0.01
_ORDER = ("right", "wrong number", "other")


def main(arguments: Sequence[str] = ()) -> None:
    """Print the rates by language and difficulty, and with ``--missed`` each miss of dev."""
    from bot.answering import Answerer
    from bot.question import Question
    from bot.rendering import answer_json

    lines = [line for line in read_lines(DATA) if "calculator" in line]
    outcomes: dict[str, list[str]] = defaultdict(list)
    answerer = Answerer()  # without threads: every line is its own conversation
    for line in lines:
        answer = answer_json(answerer.answer(Question(text=line["text"])))
        outcome, why = judge(line, answer)
        half = line.get("half", "dev")
        for group in ("all", half, line["lang"], line["difficulty"]):
            outcomes[group].append(outcome)
        if outcome != "right" and half == "dev" and "--missed" in arguments:
            print(f"   {line['id']} {line['text']!r}: {outcome}, {why}")
    print(f"== numeric: {len(lines)} questions\n\n{'':24}asked  right  wrong number  other")
    for group, found in outcomes.items():
        right, wrong, other = (found.count(name) / len(found) for name in _ORDER)
        print(f"{group:<24}{len(found):>5}{right:>7.1%}{wrong:>14.1%}{other:>7.1%}")


def judge(line: Mapping[str, Any], answer: Mapping[str, Any]) -> tuple[str, str]:
    """Return (``right``, ``wrong number`` or ``other``, what differs)."""
    expected, calculation = line["calculator"], answer["calculation"]
    if expected == "clarify":
        asked_back = answer["kind"] == "clarify"
        return ("right", "") if asked_back else ("other", f"kind {answer['kind']}")
    if calculation is None:
        return "other", f"kind {answer['kind']}"
    if "value" in line and not _same(line["value"], calculation["value"]):
        return "wrong number", f"{calculation['value']} for {line['value']}"
    if calculation["calculator"] != expected:
        return "other", f"calculator {calculation['calculator']} for {expected}"
    for name in ("unit", "verdict"):
        if name in line and line[name] != calculation[name]:
            return "other", f"{name} {calculation[name]} for {line[name]}"
    for name, value in line.get("inputs", {}).items():
        if not _same(value, calculation["inputs"].get(name)):
            return "other", f"input {name} {calculation['inputs'].get(name)} for {value}"
    return "right", ""


def _same(expected: object, found: object) -> bool:
    if isinstance(expected, int | float) and isinstance(found, int | float):
        return math.isclose(expected, found, rel_tol=TOLERANCE)
    return str(expected).casefold() == str(found).casefold()


if __name__ == "__main__":
    main(sys.argv[1:])
