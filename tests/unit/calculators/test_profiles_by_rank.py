"""A layer's profile for a third rank of its adapters lies on the line through two replays."""

from __future__ import annotations

from dataclasses import replace

import pytest

from calculators import parse_request
from calculators.memory.training.plan import resolve
from calculators.memory.training.profile import Profile, layer_profile
from calculators.registry import find_model


def _profile(model: str, rank: int, **fields: object) -> Profile:
    architecture = find_model(model).architecture
    lora = {"rank": rank, "targets": "all-linear", "dropout": fields.pop("dropout", 0.0)}
    request = parse_request({"calculator": "training", "model": model, "lora": lora, **fields})
    plan = resolve(request, architecture)
    traits = (architecture.family, architecture.hidden, architecture.hidden_dropout)
    # A layer of its own has no earlier replays to lie between.
    layer = replace(architecture.layers[-1])
    return layer_profile(layer, traits, plan.recipe, (plan.recompute == "full", True))


@pytest.mark.parametrize(
    ("model", "fields"),
    [
        ("llama-2-7b", {"method": "lora"}),
        ("llama-2-7b", {"method": "qlora", "checkpointing": "none", "micro_batch": 2}),
        ("qwen2.5-7b", {"method": "lora", "precision": "amp_bf16", "dropout": 0.1}),
        ("mixtral-8x7b", {"method": "lora", "tp": 2, "gpu_count": 2}),
        ("deepseek-v2-lite", {"method": "lora", "attention": "eager", "checkpointing": "none"}),
    ],
)
def test_a_third_rank_is_what_its_own_replay_gives(model: str, fields: dict[str, object]) -> None:
    architecture = find_model(model).architecture
    traits = (architecture.family, architecture.hidden, architecture.hidden_dropout)
    layer = replace(architecture.layers[-1])
    for rank in (8, 64, 3, 200, 1):
        lora = {"rank": rank, "targets": "all-linear", "dropout": fields.get("dropout", 0.0)}
        given = {name: value for name, value in fields.items() if name != "dropout"}
        request = parse_request({"calculator": "training", "model": model, "lora": lora, **given})
        plan = resolve(request, architecture)
        options = (plan.recompute == "full", True)
        shared = layer_profile(layer, traits, plan.recipe, options)
        alone = _profile(model, rank, **fields)
        assert shared.saved == pytest.approx(alone.saved, rel=1e-12)
        assert shared.gradients == pytest.approx(alone.gradients, rel=1e-12)
        for one, other in ((shared.forward, alone.forward), (shared.backward, alone.backward)):
            assert len(one) == len(other)
            for size, expected in zip(one, other, strict=True):
                assert size == pytest.approx(expected, rel=1e-12)
