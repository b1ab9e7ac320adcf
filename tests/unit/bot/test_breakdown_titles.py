"""A breakdown says whose parts it shows and over which cards, in every combination."""

from __future__ import annotations

import itertools
from dataclasses import replace
from typing import Literal

import pytest

from bot.answer import Answer
from bot.rendering.sections import sections
from bot.rendering.sections_kinds import Rows
from calculators import Request, calculate
from calculators.results import Calculation

LEADS: tuple[Literal["rule", "estimate"], ...] = ("rule", "estimate")


@pytest.fixture(scope="module")
def training() -> Calculation:
    return calculate(Request(calculator="training", model="llama-2-7b", gpu="a100", gpu_count=8))


def title(calculation: Calculation, language: Literal["en", "zh"]) -> str:
    answer = Answer("", language, "calculation", 1.0, calculation=calculation)
    (rows,) = (found for found in sections(answer) if isinstance(found, Rows))
    return rows.title


@pytest.mark.parametrize(
    ("lead", "of", "per_gpu", "count"),
    list(itertools.product(LEADS, ("estimate", None), (True, False), (1, 8))),
)
def test_every_combination_has_its_title(
    training: Calculation,
    lead: Literal["rule", "estimate"],
    of: str | None,
    per_gpu: bool,
    count: int,
) -> None:
    request = training.request.model_copy(update={"gpu_count": count})
    details = {"breakdown_of": of} if of else {}
    shown = replace(training, request=request, lead=lead, per_gpu=per_gpu, details=details)
    assert ("per card" in title(shown, "en")) == per_gpu
    assert ("all cards" in title(shown, "en")) == (count > 1 and not per_gpu)
    assert ("estimate" in title(shown, "en")) == (lead == "rule" and of is not None)
    assert title(shown, "zh").count("明细") == 1
