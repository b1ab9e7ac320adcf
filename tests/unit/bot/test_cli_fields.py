"""Options of ``vrambot calc`` are read into request fields; sweeps into values."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from bot.cli.fields import given_fields
from bot.cli.sweep import parse_sweep, subject
from bot.errors import BadInput
from bot.messages import say
from bot.values import field_value
from calculators import parse_request
from calculators.errors import UnknownName


@pytest.mark.parametrize(
    ("name", "text", "value"),
    [
        ("params", "7b", 7_000_000_000),
        ("params", "6.7B", 6_700_000_000),
        ("params", "7e9", 7_000_000_000),
        ("total_tokens", "1.4T", 1_400_000_000_000),
        ("seq", "8k", 8192),
        ("seq", "2,048", 2048),
        ("gpu_memory_bytes", "80GB", 80_000_000_000),
        ("gpu_memory_bytes", "80GiB", 85_899_345_920),
        ("gpus", "a100, h100", ("a100", "h100")),
        ("step_s", "2.5", 2.5),
        ("model", "llama-2-7b", "llama-2-7b"),
        ("params", "a lot", "a lot"),
        ("sequence_parallel", "true", True),
    ],
)
def test_a_field_is_read(name: str, text: str, value: Any) -> None:
    assert field_value(name, text) == value


def test_what_was_not_given_is_left_out() -> None:
    assert given_fields({"model": None, "tp": "8", "headroom": None}) == {"tp": 8}


def test_lora_is_a_rank_or_an_object() -> None:
    assert given_fields({"lora": "64"}) == {"lora": {"rank": 64}}
    assert given_fields({"lora": '{"rank": 8}'}) == {"lora": {"rank": 8}}
    with pytest.raises(BadInput):
        given_fields({"lora": "rank eight"})


def test_config_is_a_json_object_in_a_file(tmp_path: Path) -> None:
    config = tmp_path / "config.json"
    config.write_text(json.dumps({"model_type": "llama"}))
    assert given_fields({"config": config}) == {"config": {"model_type": "llama"}}
    config.write_text("[1, 2]")
    with pytest.raises(BadInput):
        given_fields({"config": config})


@pytest.mark.parametrize(
    ("sweep", "field", "values"),
    [
        ("seq=1k..8k", "seq", [1024, 2048, 4096, 8192]),
        ("seq=1k..5k", "seq", [1024, 2048, 4096, 5120]),
        ("micro-batch=1,2,4", "micro_batch", [1, 2, 4]),
        ("gpu_count=1..4:1", "gpu_count", [1, 2, 3, 4]),
        ("sharding=none,zero3", "sharding", ["none", "zero3"]),
    ],
)
def test_a_sweep_names_a_field_and_its_values(sweep: str, field: str, values: list[Any]) -> None:
    assert parse_sweep(sweep) == (field, values)


@pytest.mark.parametrize("sweep", ["", "seq", "seq=", "nonsense=1,2", "seq=8k..1k", "seq=0..4"])
def test_a_bad_sweep_is_refused(sweep: str) -> None:
    with pytest.raises(BadInput):
        parse_sweep(sweep)


def test_a_sweep_downward_is_told_the_way_up() -> None:
    with pytest.raises(BadInput) as caught:
        parse_sweep("seq=4k..1k")
    for language, down in (("en", "goes down"), ("zh", "从大到小")):
        told = say(caught.value.key, language, **caught.value.values)
        assert down in told
        assert "seq=1k..4k" in told


def test_a_chart_is_not_headed_with_the_value_that_varies() -> None:
    request = {"model": "llama-2-7b", "gpu": "a100-80g", "gpu_count": 8}
    assert list(subject(request, "seq")) == ["Llama-2-7B", "8 × A100 80GB SXM4"]
    assert list(subject(request, "gpu_count")) == ["Llama-2-7B", "A100 80GB SXM4"]
    assert list(subject(request, "model")) == ["8 × A100 80GB SXM4"]


@pytest.mark.parametrize(
    ("name", "meant"), [("mfu", "utilization_throughput"), ("vram", "inference")]
)
def test_what_people_call_a_calculator_leads_to_it(name: str, meant: str) -> None:
    with pytest.raises(UnknownName) as caught:
        parse_request({"calculator": name})
    assert caught.value.nearest == (meant,)
    assert meant in caught.value.text.en
    assert meant in caught.value.text.zh
