"""The numeric questions through ``answer()``: right, wrong number, other.

A question is right when the calculator, and whatever else its line expects, come out: the value
within the line's tolerance (1 % where it has none) in any unit of the same kind, the verdict, the
inputs. A wrong number is a calculation whose value is another one than expected, whatever else was
right: the fault that costs most.
"""

from __future__ import annotations

import math
import sys
from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

from benchmarks.eval.sets import DATA, read_lines

TOLERANCE = 0.01
_BYTES = {"bytes": 1, "MB": 1e6, "GB": 1e9, "MiB": 2**20, "GiB": 2**30}
_ORDER = ("right", "wrong number", "other")


def main(arguments: Sequence[str] = ()) -> None:
    """Print the rates by language and difficulty, and with ``--missed`` each miss of dev."""
    from bot.answering import Answerer, MemoryThreads
    from bot.question import Question
    from bot.rendering import answer_json
    from knowledge.visibility import Place

    lines = [line for line in read_lines(DATA) if "calculator" in line]
    outcomes: dict[str, list[str]] = defaultdict(list)
    answerer = Answerer(threads=MemoryThreads())
    for line in lines:
        place = Place("eval", "eval", "terminal", thread=line["id"])  # a conversation of its own
        for turn in line.get("before", ()):
            answerer.answer(Question(text=turn, place=place))
        answer = answer_json(answerer.answer(Question(text=line["text"], place=place)))
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
    if expected in ("clarify", "diagnosis") or calculation is None:
        return _without_numbers(line, answer)
    found = _amount(line, calculation)
    if "value" in line and not _same(line["value"], found, line.get("tolerance", TOLERANCE)):
        return "wrong number", f"{calculation['value']} for {line['value']}"
    if calculation["calculator"] != expected:
        return "other", f"calculator {calculation['calculator']} for {expected}"
    if "verdict" in line and line["verdict"] != calculation["verdict"]:
        return "other", f"verdict {calculation['verdict']} for {line['verdict']}"
    for name, value in line.get("inputs", {}).items():
        if not _same(value, calculation["inputs"].get(name)):
            return "other", f"input {name} {calculation['inputs'].get(name)} for {value}"
    unsaid = [piece for piece in line.get("says", ()) if piece not in answer["text"]]
    if unsaid:
        return "other", f"does not say {unsaid}"
    return "right", ""


def _without_numbers(line: Mapping[str, Any], answer: Mapping[str, Any]) -> tuple[str, str]:
    """Judge an answer that has, or should have, no calculation: a question back, or a diagnosis.

    A number calculated from pasted output is a wrong one.
    """
    expected, kind = line["calculator"], answer["kind"]
    if expected == "diagnosis" and answer["calculation"] is not None:
        return "wrong number", "a calculation from pasted output"
    if kind not in (expected, *line.get("also", ())):
        return "other", f"kind {kind}"
    if "entries" in line and answer["entry_id"] not in line["entries"]:
        return "other", f"entry {answer['entry_id']}"
    return "right", ""


def _amount(line: Mapping[str, Any], calculation: Mapping[str, Any]) -> object:
    """Return what the answer gives in the line's unit; None where it is of another kind.

    A card's memory is shown both as its driver reports it and, labelled, as in its name.
    """
    unit, value = line.get("unit"), calculation["value"]
    rule = calculation["rule_of_thumb"]
    if calculation["calculator"] == "gpu_info" and rule and rule["unit"] == unit:
        return rule["value"]
    if unit is None or calculation["unit"] == unit:
        return value
    if unit in _BYTES and calculation["unit"] in _BYTES and isinstance(value, int | float):
        return value * _BYTES[calculation["unit"]] / _BYTES[unit]
    return None


def _same(expected: object, found: object, tolerance: float = TOLERANCE) -> bool:
    if isinstance(expected, int | float) and isinstance(found, int | float):
        return math.isclose(expected, found, rel_tol=tolerance)
    return str(expected).casefold() == str(found).casefold()


if __name__ == "__main__":
    main(sys.argv[1:])
