"""Rates of data converted between bytes and bits, and GPU-hours asked for."""

from __future__ import annotations

import pytest

from bot.answering import Answerer, MemoryThreads
from bot.question import Question
from bot.understanding import understand
from calculators import calculate, parse_request
from knowledge.visibility import Place


@pytest.mark.parametrize(
    ("text", "headline"),
    [
        ("convert 900 GB/s to Gbps", "900 GB/s = 7,200 Gb/s"),  # 8 bits a byte
        ("900GB/s等于多少Gbps", "900 GB/s = 7,200 Gb/s"),
        ("3.35 TB/s in Gbps", "3.35 TB/s = 26,800 Gb/s"),
        ("how many Gbps is 50 GB/s", "50 GB/s = 400 Gb/s"),
        ("400 Gbps in GB/s", "400 Gb/s = 50 GB/s"),
        ("0.5 TB/s to GB/s", "0.5 TB/s = 500 GB/s"),
        ("24 GB in GiB", "24 GB = 22.3517 GiB"),
    ],
)
def test_a_rate_keeps_its_second(text: str, headline: str) -> None:
    found = understand(text)
    assert found.calculator == "convert"
    assert calculate(parse_request(found.request)).headline.en == headline


def headline(*texts: str) -> str:
    answerer = Answerer(threads=MemoryThreads())
    place = Place("e", "e", "terminal", thread="1")
    answers = [answerer.answer(Question(text=text, place=place)) for text in texts]
    made = answers[-1].calculation
    assert made is not None
    assert made.calculator == "training_time"
    # 6 * 7e9 * 1e12 FLOPs at 40 % of 312 TFLOPS: 93,483 hours, a little more with attention
    assert 90_000 < made.details["gpu_hours"] < 100_000
    shown = f"{round(made.details['gpu_hours']):,}"
    assert shown in made.headline.en
    assert shown in made.headline.zh
    return made.headline.en if answers[-1].language == "en" else made.headline.zh


@pytest.mark.parametrize(
    "text",
    [
        "how many GPU hours to train 7B on 1T tokens with A100?",
        "cost of training 7B on 1T tokens with 8 A100 at 40% MFU, in hours",
    ],
)
def test_gpu_hours_stand_in_the_headline(text: str) -> None:
    assert "GPU-hours" in headline(text)


def test_gpu_hours_stand_in_the_headline_in_chinese() -> None:
    assert "卡时" in headline("训练7B 1T token需要多少A100卡时")


def test_gpu_hours_are_told_where_they_are_asked_next() -> None:
    assert "GPU-hours" in headline(
        "how long to train 7B on 1T tokens on 64 A100", "and how many gpu hours?"
    )
    assert "卡时" in headline("64张A100训练7B 1T token要多久", "那是多少卡时")
