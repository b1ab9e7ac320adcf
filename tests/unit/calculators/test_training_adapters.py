"""Which modules of a family take adapters, against peft 0.21.2 on the meta device.

The truth is the trainable parameters of ``get_peft_model`` with rank 8 and ``all-linear`` on
small models made by transformers 5.23.0.
"""

from __future__ import annotations

import pytest

from calculators.architecture import architecture_from_config
from calculators.errors import ContradictoryRequest
from calculators.memory.training import estimate_training
from calculators.registry import find_model
from calculators.requests import Lora, Request

BASE = {
    "hidden_size": 256, "num_hidden_layers": 3, "num_attention_heads": 8,
    "num_key_value_heads": 8, "vocab_size": 1000, "intermediate_size": 352,
}  # fmt: skip
LOCAL = {"num_local_experts": 4, "num_experts_per_tok": 2}
EXPERTS = {"num_experts": 4, "num_experts_per_tok": 2}
ROUTED = {
    "n_routed_experts": 4, "n_shared_experts": 1, "moe_intermediate_size": 96,
    "first_k_dense_replace": 1, "num_experts_per_tok": 2, "n_group": 1, "topk_group": 1,
}  # fmt: skip
LATENT = {
    "kv_lora_rank": 64, "qk_nope_head_dim": 32, "qk_rope_head_dim": 16, "v_head_dim": 32,
}  # fmt: skip
HEAD = {"head_dim": 32}
SHARED = {"moe_intermediate_size": 96, "shared_expert_intermediate_size": 352}
ERNIE = {
    "moe_num_experts": 4, "moe_intermediate_size": 96, "moe_k": 2, "moe_num_shared_experts": 1,
    "moe_layer_start_index": 1,
}  # fmt: skip
TRAINABLE = {
    "mixtral": (LOCAL, 298_080),
    "qwen2_moe": ({**EXPERTS, **SHARED}, 99_096),
    "qwen3_moe": ({**EXPERTS, **HEAD, "moe_intermediate_size": 96}, 175_200),
    "olmoe": (EXPERTS, 298_080),
    "phimoe": ({"num_local_experts": 4}, 55_392),
    "gpt_oss": ({**LOCAL, **HEAD}, 49_152),
    "deepseek_v2": ({**ROUTED, **LATENT, "q_lora_rank": None}, 133_568),
    "deepseek_v3": ({**ROUTED, **LATENT, "q_lora_rank": 96}, 138_176),
    "glm4_moe": ({**ROUTED, **HEAD}, 133_184),
    "granitemoe": (LOCAL, 49_152),
    "ernie4_5_moe": (ERNIE, 133_184),
    "dots1": ({**ROUTED, **HEAD}, 133_184),
    "hunyuan_v1_moe": ({"num_experts": 4, "moe_topk": 2, **HEAD}, 298_080),
    "llama4_text": ({"num_local_experts": 4, "intermediate_size_mlp": 352, **HEAD}, 99_168),
    "minimax_m2": ({**LOCAL, **HEAD}, 298_080),
    "jamba": ({"num_experts": 4}, 104_448),
    "gpt_neox": ({}, 66_048),
    "starcoder2": ({}, 78_336),
}


def estimate(family, *, method="lora", targets="all-linear", **more):
    config = {"model_type": family, **BASE, **more}
    lora = Lora(rank=8, targets=targets)
    request = Request(
        calculator="training", method=method, lora=lora, precision="bf16", sharding="none"
    )
    return estimate_training(request, architecture_from_config(config))


@pytest.mark.parametrize("family", TRAINABLE)
def test_all_linear_adapts_what_peft_adapts(family):
    config, trainable = TRAINABLE[family]
    assert estimate(family, **config).parameters.trainable == trainable


def test_a_linear_layer_whose_name_peft_takes_for_the_experts_has_no_adapter():
    # glm4_moe: q, k, v, o of three layers at 8 · (256 + 256) each; the dense first layer and the
    # shared experts have layers named gate_proj, up_proj and down_proj, and get nothing.
    config, _ = TRAINABLE["glm4_moe"]
    named = ("q_proj", "k_proj", "v_proj", "o_proj")
    attention = estimate("glm4_moe", targets=named, **config).parameters.trainable
    assert attention == 3 * 4 * 8 * 512
    # two mixtures of four experts: rank 16 on gate and up, 8 on down
    experts = 2 * 4 * (16 * (192 + 256) + 8 * (256 + 96))
    both = estimate("glm4_moe", targets=(*named, "gate_proj", "up_proj", "down_proj"), **config)
    assert both.parameters.trainable == attention + experts


@pytest.mark.parametrize(
    ("family", "targets"),
    [("mamba", "all-linear"), ("falcon_h1", "all-linear"), ("mamba", ("in_proj", "out_proj"))],
)
def test_what_peft_refuses_is_refused(family, targets):
    with pytest.raises(ContradictoryRequest) as error:
        estimate(family, targets=targets)
    assert error.value.field == "lora"
    assert "out_proj" in error.value.text.en
    assert "out_proj" in error.value.text.zh


def test_half_of_what_is_fused_in_the_experts_is_refused():
    config, _ = TRAINABLE["olmoe"]
    with pytest.raises(ContradictoryRequest):
        estimate("olmoe", targets=("q_proj", "gate_proj"), **config)


def test_qlora_leaves_fused_experts_in_sixteen_bits_and_says_so():
    # olmoe: 3 layers · 4 experts · (704 · 256 + 256 · 352) parameters in 2 bytes are more than
    # all weights would be in 4 bits
    config, _ = TRAINABLE["olmoe"]
    answer = estimate("olmoe", method="qlora", **config)
    assert answer.states["weights"] > 2 * 3 * 4 * (704 * 256 + 256 * 352)
    assert any("routed experts" in caveat.en for caveat in answer.caveats)


LLAMA = find_model("llama-7b").architecture
LLAMA_PARAMETERS = 6_738_415_616


@pytest.mark.parametrize("precision", ["mixed_bf16", "amp_bf16"])
def test_fsdp2_shards_a_frozen_base_in_fp32(precision):
    request = Request(
        calculator="training", method="lora", precision=precision, sharding="fsdp2", dp=8
    )
    states = estimate_training(request, LLAMA).states
    assert states["weights"] == pytest.approx(LLAMA_PARAMETERS * 4 / 8, rel=1e-6)
    # rank 16 on q_proj and v_proj of 32 layers, in fp32, over eight cards
    adapters = 32 * 2 * 16 * (4096 + 4096)
    assert states["adapters"] == adapters * 4 / 8
    assert states["gradients"] == adapters * 4 / 8


def test_fsdp2_shards_a_frozen_base_in_sixteen_bits_under_pure_bf16():
    request = Request(
        calculator="training", method="lora", precision="bf16", sharding="fsdp2", dp=8
    )
    states = estimate_training(request, LLAMA).states
    assert states["weights"] == pytest.approx(LLAMA_PARAMETERS * 2 / 8, rel=1e-6)


@pytest.mark.parametrize("method", ["lora", "qlora"])
def test_mixed_precision_and_pure_bf16_are_one_step_where_adapters_alone_train(method):
    mixed, pure = (
        estimate_training(
            Request(calculator="training", method=method, precision=precision, sharding="none"),
            LLAMA,
        )
        for precision in ("mixed_bf16", "bf16")
    )
    assert mixed.memory.peak_allocated_bytes == pure.memory.peak_allocated_bytes
    assert mixed.measured == pure.measured
    assert mixed.measured.cases >= 5


def test_dropout_on_fused_experts_is_refused_as_peft_does():
    config, _ = TRAINABLE["olmoe"]
    request = Request(
        calculator="training",
        method="lora",
        lora=Lora(rank=8, targets="all-linear", dropout=0.1),
        sharding="none",
    )
    model = architecture_from_config({"model_type": "olmoe", **BASE, **config})
    with pytest.raises(ContradictoryRequest):
        estimate_training(request, model)
    attention = request.lora.model_copy(update={"targets": ("q_proj", "v_proj")})
    estimate_training(request.model_copy(update={"lora": attention}), model)


def test_a_router_whose_class_returns_a_tuple_carries_a_caveat():
    config, _ = TRAINABLE["phimoe"]
    assert any("router" in caveat.en for caveat in estimate("phimoe", **config).caveats)


def test_granites_shared_block_has_one_adapter_for_gate_and_up():
    # peft 0.21.2 on transformers 5.23.0: rank 8 on q, k, v, o, input_linear and output_linear
    config = {
        "model_type": "granitemoeshared", "hidden_size": 256, "intermediate_size": 512,
        "num_hidden_layers": 4, "num_attention_heads": 8, "num_key_value_heads": 4,
        "vocab_size": 1000, "num_local_experts": 4, "num_experts_per_tok": 2,
        "shared_intermediate_size": 128,
    }  # fmt: skip
    request = Request(
        calculator="training", config=config, method="lora",
        lora={"rank": 8, "targets": "all-linear"},
    )  # fmt: skip
    found = estimate_training(request, architecture_from_config(config)).parameters.trainable
    attention = 8 * ((256 + 256) * 2 + (256 + 128) * 2)
    shared = 8 * (256 + 256) + 8 * (128 + 256)
    assert found == 4 * (attention + shared) == 86_016
