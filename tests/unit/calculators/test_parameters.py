"""Parameters of a model and of the adapters on it, against published counts."""

from __future__ import annotations

import pytest

from calculators import Request, calculate
from calculators.results import Calculation


def counted(**fields: object) -> Calculation:
    return calculate(Request(calculator="parameters", **fields))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("model", "total"),
    [
        # The number of elements in the published safetensors files.
        ("llama-2-7b", 6_738_415_616),
        ("llama-3-8b", 8_030_261_248),
        ("mixtral-8x7b", 46_702_792_704),
        ("gpt2", 124_439_808),
    ],
)
def test_a_model_has_the_parameters_of_its_files(model: str, total: int) -> None:
    found = counted(model=model)
    assert (found.value, found.unit) == (total, "parameters")
    assert found.working[0].result == f"{total:,}"
    assert f"{total:,}" in found.headline.en
    assert f"{total:,}" in found.headline.zh


def test_of_a_mixture_the_experts_that_a_token_skips_are_not_active() -> None:
    # Six of the eight experts of each layer are skipped: 32 layers x 6 x 3 x 4,096 x 14,336.
    found = counted(model="mixtral-8x7b")
    skipped = 32 * 6 * 3 * 4096 * 14336
    assert found.details["active"] == 46_702_792_704 - skipped
    assert f"{46_702_792_704 - skipped:,}" in found.headline.en


@pytest.mark.parametrize(
    ("lora", "trainable"),
    [
        # alpaca-lora prints "trainable params: 4,194,304" for rank 8 on q and v:
        # 32 layers x 2 matrices x 8 x (4,096 + 4,096).
        ({"rank": 8}, 4_194_304),
        ({"rank": 16}, 8_388_608),
        # All linear layers: 32 x 16 x (4 x (4,096 + 4,096) + 3 x (4,096 + 11,008)).
        ({"rank": 16, "targets": "all-linear"}, 39_976_960),
        # The output head trained whole beside them: 32,000 x 4,096.
        ({"rank": 8, "modules_to_save": ("lm_head",)}, 4_194_304 + 32_000 * 4096),
    ],
)
def test_adapters_train_rank_times_the_width_of_their_matrices(
    lora: dict[str, object], trainable: int
) -> None:
    found = counted(model="llama-2-7b", method="lora", lora=lora)
    assert found.value == trainable
    assert found.parameters is not None
    assert found.parameters.trainable == trainable
    assert found.working[-1].result == f"{trainable:,}"


def test_the_share_counts_the_adapters_among_all_parameters() -> None:
    # peft: 4,194,304 of 6,742,609,920 is 0.0622 %.
    found = counted(model="llama-2-7b", lora={"rank": 8})
    assert found.details["share_percent"] == pytest.approx(0.0622, abs=5e-5)
    assert "0.0622 %" in found.headline.en


@pytest.mark.parametrize("calculator", ["parameters", "model_info"])
def test_the_active_parameters_lead_where_they_are_asked(calculator: str) -> None:
    active = 46_702_792_704 - 32 * 6 * 3 * 4096 * 14336
    request = Request(calculator=calculator, model="mixtral-8x7b", dimension="active_parameters")
    found = calculate(request)
    assert (found.value, found.unit) == (active, "parameters")
    assert found.working[-1].result == f"{active:,}"
    assert found.headline.en.index(f"{active:,}") < found.headline.en.index("46,702,792,704")
    assert found.headline.zh.index(f"{active:,}") < found.headline.zh.index("46,702,792,704")


def test_all_parameters_of_a_dense_model_are_active() -> None:
    found = counted(model="llama-2-7b", dimension="active_parameters")
    assert found.value == 6_738_415_616
    assert "all active" in found.headline.en
    assert "全部激活" in found.headline.zh
