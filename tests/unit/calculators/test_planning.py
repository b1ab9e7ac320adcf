"""Plans and alternatives: whatever is offered works, the smallest change first."""

from __future__ import annotations

import re
from typing import Any

import pytest

from calculators import Calculation, CalculatorError, Request, calculate, find_gpu
from calculators.planning.costs import costs, distance


def ask(**fields: Any) -> Calculation:
    return calculate(Request(**fields))


HOPELESS: list[dict[str, Any]] = [
    {"params": 65e9, "mode": "train", "gpu": "V100 32G", "gpu_count": 4},
    {"model": "llama-65b", "mode": "train", "gpu": "A100 80GB", "gpu_count": 8},
    {"model": "llama-7b", "mode": "train", "gpu": "RTX 4090"},
    {"model": "llama-7b", "mode": "train", "gpu": "RTX 4090", "gpu_count": 2, "tp": 2},
    {"model": "llama-7b", "mode": "train", "gpu": "V100 32G", "gpu_count": 8,
     "precision": "mixed_bf16"},
    {"model": "llama-2-70b", "mode": "infer", "gpu": "A100 80GB"},
    {"model": "llama-3-8b", "mode": "infer", "gpu": "RTX 4090", "seq": 131072, "micro_batch": 4},
    {"params": 13e9, "mode": "infer", "gpu_memory_bytes": 24_000_000_000},
]  # fmt: skip


@pytest.mark.parametrize("fields", HOPELESS, ids=str)
def test_with_no_comes_what_would_work(fields: dict[str, Any]) -> None:
    answer = ask(calculator="fit", **fields)
    assert answer.verdict == "no"
    assert answer.alternatives
    for alternative in answer.alternatives:
        changed = {**fields, **alternative.changes}
        if "gpu" in alternative.changes:
            changed.pop("gpu_memory_bytes", None)
        again = ask(calculator="fit", **changed)
        assert again.verdict == alternative.verdict, alternative.text.en
        assert again.details["per_gpu_bytes"] == alternative.per_gpu_bytes
        assert alternative.verdict != "no"


@pytest.mark.parametrize("fields", HOPELESS, ids=str)
def test_the_smallest_change_comes_first(fields: dict[str, Any]) -> None:
    answer = ask(calculator="fit", **fields)
    order = [distance(a.changes, fields.get("gpu_count", 1)) for a in answer.alternatives]
    assert order == sorted(order)


def test_what_fits_needs_no_alternatives() -> None:
    answer = ask(calculator="fit", model="llama-7b", mode="infer", gpu="A100 80GB")
    assert answer.verdict == "yes"
    assert answer.alternatives == ()


def test_tight_lies_between_90_and_100_per_cent() -> None:
    answer = ask(calculator="fit", model="llama-7b", mode="infer", gpu="T4")
    assert answer.verdict == "tight"
    assert 90 < answer.details["usage_percent"] <= 100


def test_a_plan_without_cards_tries_every_priced_card_and_starts_with_the_cheapest() -> None:
    answer = ask(calculator="plan", model="llama-7b", mode="infer", weight_dtype="fp16")
    prices = [a.relative_cost for a in answer.alternatives]
    assert None not in prices
    assert prices == sorted(prices, key=lambda price: price or 0)
    assert answer.value == answer.alternatives[0].changes["gpu_count"]


def test_every_priced_card_is_in_the_registry() -> None:
    for name in costs().card_hour:
        assert find_gpu(name).id == name


def test_the_longest_context_counts_the_cache_only_once_per_layer_window() -> None:
    plain = ask(calculator="max_context", params=7e9, mode="infer", gpu="A100 80GB")
    assert plain.unit == "tokens"
    fits = ask(calculator="fit", params=7e9, mode="infer", gpu="A100 80GB",
               seq=plain.value)  # fmt: skip
    assert fits.verdict == "tight"
    assert ask(calculator="fit", params=7e9, mode="infer", gpu="A100 80GB",
               seq=int(plain.value or 0) + 1).verdict == "no"  # fmt: skip


def test_the_longest_context_ends_where_the_model_is_configured_to() -> None:
    # Llama-3.1-8B: max_position_embeddings 131,072. Memory would hold more: 8.03e9 weights of
    # 2 bytes leave about 69 GB, at 32 × 2 × 8 × 128 × 2 = 131,072 bytes a token some 500,000
    answer = ask(calculator="max_context", model="llama-3.1-8b", gpu="A100 80GB", gpu_count=1)
    assert (answer.value, answer.verdict) == (131_072, "yes")
    assert answer.details["estimate_by_memory"] == pytest.approx(5e5, rel=0.1)
    by_memory = f"{answer.details['estimate_by_memory']:,}"
    assert "configured for" in answer.headline.en
    assert "模型配置的上限" in answer.headline.zh
    assert by_memory in answer.headline.en
    assert by_memory in answer.headline.zh
    assert not any("exceed" in text.en for text in answer.caveats)
    assert calculate(answer.request).value == 131_072


def test_a_bare_size_is_configured_for_nothing() -> None:
    # 7B of 2 bytes leave about 65 GB, at 32 × 2 × 4096 × 2 = 524,288 bytes a token some 130,000
    answer = ask(calculator="max_context", params=7e9, mode="infer", gpu="A100 80GB")
    assert answer.value == answer.details["estimate_by_memory"] == pytest.approx(1.3e5, rel=0.1)
    assert "configured" not in answer.headline.en


def test_memory_decides_below_the_configured_limit() -> None:
    # 8.03e9 × 2 = 16 GB of 24 leave some 7 GB: 50,000 tokens of 131,072 bytes
    answer = ask(calculator="max_context", model="llama-3.1-8b", gpu="RTX 4090")
    assert 30_000 < int(answer.value or 0) < 131_072
    assert "configured" not in answer.headline.en


def test_nothing_fits_is_zero_with_no() -> None:
    answer = ask(calculator="max_batch", model="llama-65b", mode="infer", gpu="T4")
    assert (answer.value, answer.verdict) == (0, "no")
    assert answer.alternatives


def test_largest_model_by_the_rule_is_the_formula_solved_for_n() -> None:
    # 24 GB / 2 bytes; 8 × 80 GB / 16 bytes; / 20 with headroom
    assert ask(calculator="max_params", mode="infer", gpu="RTX 4090").value == 12e9
    common: dict[str, Any] = {"calculator": "max_params", "mode": "train", "gpu": "A100 80GB",
                              "gpu_count": 8}  # fmt: skip
    assert ask(**common).value == 40e9
    assert ask(**common, headroom=True).value == 32e9


@pytest.mark.parametrize("calculator", ["max_context", "max_batch", "fit", "min_gpus"])
def test_headroom_makes_no_training_of_a_question(calculator: str) -> None:
    common: dict[str, Any] = {"calculator": calculator, "model": "llama-3-8b", "gpu": "RTX 4090"}
    with_room, without = ask(**common, headroom=True), ask(**common)
    assert with_room.value == without.value
    assert with_room.request.mode == "infer"


def test_headroom_over_the_largest_model_is_the_rule_of_training() -> None:
    # 8 × 80 GB / 20 bytes, the FAQ's 20n; weights of a stated format are served: 24 GB / 2 bytes
    common: dict[str, Any] = {"calculator": "max_params", "headroom": True}
    assert ask(**common, gpu="A100 80GB", gpu_count=8).value == 32e9
    assert ask(**common, gpu="RTX 4090", weight_dtype="fp16").value == 12e9


def test_rule_and_estimate_are_both_named_where_they_differ() -> None:
    # 16 × 7 = 112 GB over 24 GB is 4.7: five; 18 bytes a parameter and the rest need a sixth
    answer = ask(calculator="min_gpus", params=7e9, mode="train", gpu="RTX 4090")
    assert answer.value == 5
    assert answer.details["estimate_gpus"] == 6
    assert "5 ×" in answer.headline.en
    assert "6 estimated (tight: " in answer.headline.en


@pytest.mark.parametrize(
    ("model", "targets"),
    [
        ("llama-7b", ("q_proj", "v_proj")),
        ("phi-4-mini", ("qkv_proj",)),
        ("baichuan2-13b", ("W_pack",)),
    ],
)
def test_adapters_are_put_on_what_the_model_calls_its_queries_and_values(
    model: str, targets: tuple[str, ...]
) -> None:
    answer = ask(calculator="training", model=model, method="lora")
    assert answer.request.lora is not None
    assert answer.request.lora.targets == targets
    assert answer.parameters is not None
    assert answer.parameters.trainable < answer.parameters.total / 100


def test_adapters_over_int8_weights_take_what_int8_stores() -> None:
    # LLaMA-7B's matrices: 32 × (4 × 4096² + 3 × 4096 × 11008) parameters; NF4 with double
    # quantisation takes 4 + 8/64 + 32/(64 × 256) = 4.126953125 bits, int8 takes 8
    matrices = 32 * (4 * 4096**2 + 3 * 4096 * 11008)
    nf4 = ask(calculator="training", model="llama-7b", method="qlora")
    int8 = ask(calculator="training", model="llama-7b", method="lora", weight_dtype="int8")
    assert isinstance(nf4.value_bytes, int)
    assert isinstance(int8.value_bytes, int)
    more = int8.value_bytes - nf4.value_bytes
    # LLM.int8() keeps an fp32 scale for each row (arXiv 2208.07339, section 3)
    scales = 4 * 32 * (4 * 4096 + 2 * 11008 + 4096)
    assert more == pytest.approx(matrices * (8 - 4.126953125) / 8 + scales, abs=1)
    assert "frozen weights in int8" in int8.headline.en
    assert sum(part.bytes for part in int8.breakdown) == int8.value_bytes


@pytest.mark.parametrize(
    ("stored", "method", "each"),
    [("fp32", "lora", 4), ("bf16", "lora", 2), ("int8", "qlora", 1)],
)
def test_the_format_of_frozen_weights_is_never_ignored(stored: str, method: Any, each: int) -> None:
    # LLaMA-7B: matrices in the format, embeddings, head and norms in the computing one
    matrices = 32 * (4 * 4096**2 + 3 * 4096 * 11008)
    answer = ask(calculator="training", model="llama-7b", method=method, weight_dtype=stored)
    weights = next(part.bytes for part in answer.breakdown if part.id == "weights")
    others = (6_738_415_616 - matrices) * max(2, each)
    assert weights == pytest.approx(matrices * each + others, rel=1e-3)


def test_full_training_says_that_a_weight_format_does_not_apply() -> None:
    answer = ask(calculator="training", model="llama-7b", method="full", weight_dtype="int8")
    assert any("int8 are frozen weights" in caveat.en for caveat in answer.caveats)


def test_adapters_have_no_master_weights_to_assume() -> None:
    answer = ask(calculator="training", model="llama-7b", method="lora")
    assert not any("master weights" in a.text.en for a in answer.assumptions)
    assert not any("fp32 gradients" in a.text.en for a in answer.assumptions)


def test_int8_training_of_adapters_is_sent_to_the_weights_format() -> None:
    with pytest.raises(CalculatorError, match="weight_dtype"):
        ask(calculator="fit", model="llama-7b", mode="train", method="lora", precision="int8",
            gpu="RTX 4090")  # fmt: skip


def test_the_targets_are_an_assumption_where_only_the_rank_was_given() -> None:
    answer = ask(calculator="training", model="llama-7b", method="lora", lora={"rank": 8})
    assert "LoRA on q_proj, v_proj" in [a.text.en for a in answer.assumptions]
    # 32 layers × 2 targets × 8 × (4096 + 4096) parameters of 4 bytes
    adapters = next(part.bytes for part in answer.breakdown if part.id == "adapters")
    assert adapters == 32 * 2 * 8 * (4096 + 4096) * 4
    again = calculate(answer.request)
    assert again.value == answer.value


def test_the_largest_model_is_no_larger_than_the_shape_that_was_counted() -> None:
    answer = ask(calculator="max_params", mode="train", gpu="A100 80GB", gpu_count=8)
    found = answer.details["estimate_params"]
    # LLaMA-33B and CodeLlama-34B fit in 8 × 85.9 GB at 18 bytes and their buffers; what the search
    # calls 36.4 B is CodeLlama-34B's 33.74 B as well
    assert answer.parameters is not None
    assert found <= answer.parameters.total <= found * 1.01
    again = ask(calculator="fit", mode="train", gpu="A100 80GB", gpu_count=8, params=float(found))
    assert again.details["per_gpu_bytes"] <= 81_920 * 2**20


def test_the_rank_says_which_modules_it_is_of() -> None:
    answer = ask(calculator="max_rank", model="llama-3-8b", gpu="RTX 4090")
    assert any("q_proj, v_proj" in assumed.text.en for assumed in answer.assumptions)


@pytest.mark.parametrize(
    ("split", "share"),
    [
        ({"tp": 16}, 8),  # 8 KV heads: 16 cards hold each of them twice
        ({"tp": 4}, 4),
        ({"gpu_count": 4}, 4),
        ({"tp": 2, "pp": 2}, 4),
    ],
)
def test_a_cache_per_card_is_shared_by_whole_heads(split: dict[str, int], share: int) -> None:
    # 80 layers × 2 × 8 heads × 128 × 8,192 tokens × 2 bytes
    answer = ask(calculator="kv_cache", model="llama-3-70b", seq=8192, per_gpu=True, **split)
    assert answer.value_bytes == 80 * 2 * 8 * 128 * 8192 * 2 // share
    assert answer.per_gpu


def test_a_plan_states_what_it_rests_on_and_shows_every_method() -> None:
    answer = ask(calculator="plan", model="llama-2-13b", mode="train")
    assert {"seq", "micro_batch", "optimizer"} <= {a.field for a in answer.assumptions}
    assert answer.working
    methods = [option.changes["method"] for option in answer.alternatives]
    assert set(methods) == {"full", "lora", "qlora"}
    costs_ = [option.relative_cost or 0 for option in answer.alternatives]
    assert costs_ == sorted(costs_)
    again = calculate(answer.request)
    assert again.alternatives == answer.alternatives


def test_cards_are_found_where_many_more_would_need_more_again() -> None:
    # FSDP2 deals Mixtral's 8 experts out by rows: beyond 8 ranks each gathers padding besides
    fields = {"model": "mixtral-8x7b", "mode": "train", "sharding": "fsdp2", "gpu": "H200"}
    answer = ask(calculator="min_gpus", **fields)
    assert answer.verdict != "no"
    count = int(answer.value or 0)
    assert ask(calculator="fit", **fields, gpu_count=count).verdict != "no"
    assert ask(calculator="fit", **fields, gpu_count=count - 1).verdict == "no"
    assert ask(calculator="fit", **fields, gpu_count=4096).verdict == "no"


def test_a_no_that_the_rule_does_not_decide_leads_with_what_decides() -> None:
    """16 bytes × 7 B = 112 GB < 4 × 40 GB; but with ZeRO-2 each card holds all the weights."""
    found = calculate(
        Request(
            calculator="fit",
            mode="train",
            params=7_000_000_000,
            gpu="a100-40gb-sxm",
            gpu_count=4,
            sharding="zero2",
        )
    )
    assert (found.value, found.unit, found.verdict) == (112, "GB", "no")
    decisive, aside = found.headline.en.split("; ")
    assert re.fullmatch(r"No: .* needs 4\d\.\d+ GB .* of each card's 42\.95 GB .*", decisive)
    assert aside == "the rule of thumb alone (112 GB against 160 GB) does not decide"
    first, last = found.headline.zh.split("；")
    assert first.startswith("不能：")
    assert "单卡显存 42.95 GB" in first
    assert last == "仅按经验法则（需要 112 GB，共有 160 GB）不作为结论"


@pytest.mark.parametrize("model", ["llama-3-70b", "deepseek-r1", "bloom-176b"])
def test_every_way_of_a_plan_works_with_the_layout_that_it_was_counted_by(model: str) -> None:
    """Cards are counted as divided by tensor and pipeline parallelism: so is what each needs."""
    made = calculate(Request(calculator="plan", model=model, mode="infer"))
    assert len(made.alternatives) > 1
    assert all(way.verdict in ("yes", "tight") for way in made.alternatives)


def test_a_way_to_serve_names_its_degrees_where_an_even_split_would_not_fit() -> None:
    """DeepSeek-V3 in 16 bits, 1,342 GB, over 56 × 24 GB: tensor parallelism shares activations."""
    asked = {
        "model": "deepseek-v3",
        "gpu": "rtx-4090",
        "mode": "infer",
        "seq": 512,
        "micro_batch": 4,
    }
    planned = calculate(Request(calculator="plan", **asked))
    for way in planned.alternatives:
        again = calculate(Request(calculator="fit", **asked | way.changes))
        assert again.verdict == way.verdict, way.changes
