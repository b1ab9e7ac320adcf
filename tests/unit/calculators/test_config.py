"""Reading of config.json: styles of transformers 4 and 5, defaults, nesting, and refusals."""

from __future__ import annotations

import copy
from typing import Any

import pytest

from calculators.architecture import architecture_from_config, kv_cache_bytes
from calculators.errors import (
    CalculatorError,
    ContradictoryRequest,
    InvalidRequest,
    UnsupportedArchitecture,
)

LLAMA: dict[str, Any] = {
    "architectures": ["LlamaForCausalLM"],
    "model_type": "llama",
    "hidden_size": 4096,
    "intermediate_size": 11008,
    "num_hidden_layers": 32,
    "num_attention_heads": 32,
    "vocab_size": 32000,
    "torch_dtype": "float16",
}


def changed(**values: Any) -> dict[str, Any]:
    """Return LLaMA-7B's config with keys changed, or removed with ``...``."""
    config = copy.deepcopy(LLAMA)
    for key, value in values.items():
        if value is ...:
            config.pop(key, None)
        else:
            config[key] = value
    return config


def test_keys_with_a_default_may_be_absent() -> None:
    made = architecture_from_config(LLAMA)
    assert made.parameters_total == 6_738_415_616
    assert made.attention.kv_heads == 32
    assert made.dtype == "float16"
    assert made.max_context == 2048


def test_newer_names_of_the_same_keys_are_read() -> None:
    config = changed(torch_dtype=..., dtype="bfloat16", head_dim=128)
    assert architecture_from_config(config).dtype == "bfloat16"


def test_absent_and_null_differ() -> None:
    # MistralConfig: absent num_key_value_heads is 8, null means as many as heads.
    mistral = changed(architectures=["MistralForCausalLM"], model_type="mistral")
    assert architecture_from_config(mistral).attention.kv_heads == 8
    assert (
        architecture_from_config({**mistral, "num_key_value_heads": None}).attention.kv_heads == 32
    )
    assert architecture_from_config(mistral).attention.window == 4096
    assert architecture_from_config({**mistral, "sliding_window": None}).attention.window is None


def test_heads_need_not_divide_when_head_dim_is_given() -> None:
    made = architecture_from_config(changed(num_attention_heads=48, head_dim=128))
    assert made.attention.q_dim == 48 * 128


@pytest.mark.parametrize(
    "key", ["hidden_size", "num_hidden_layers", "num_attention_heads", "vocab_size"]
)
def test_really_missing_keys_are_named(key: str) -> None:
    with pytest.raises(InvalidRequest, match=key):
        architecture_from_config(changed(**{key: ...}))


def test_a_stripped_bloom_cannot_be_counted() -> None:
    config = {
        "architectures": ["BloomForCausalLM"],
        "n_layer": 70,
        "num_attention_heads": 112,
        "vocab_size": 250880,
    }
    with pytest.raises(InvalidRequest, match="hidden_size") as error:
        architecture_from_config(config)
    assert "缺少" in error.value.text.zh


@pytest.mark.parametrize(
    "values",
    [
        {"num_attention_heads": 48},
        {"num_key_value_heads": 5},
        {"model_type": "mixtral"},
        {"n_embd": 2048},
    ],
    ids=["heads do not divide", "groups do not divide", "type against class", "two sizes"],
)
def test_contradictions_are_refused(values: dict[str, Any]) -> None:
    with pytest.raises(ContradictoryRequest):
        architecture_from_config(changed(**values))


@pytest.mark.parametrize("value", [0, -1, 1e30, "4096", True, 40.5, [4096], float("nan")])
def test_impossible_values_are_refused(value: Any) -> None:
    with pytest.raises(InvalidRequest):
        architecture_from_config(changed(hidden_size=value))


def test_more_experts_than_there_are_is_a_contradiction() -> None:
    config = changed(
        architectures=["MixtralForCausalLM"],
        model_type="mixtral",
        num_local_experts=4,
        num_experts_per_tok=5,
    )
    with pytest.raises(ContradictoryRequest):
        architecture_from_config(config)


def test_a_layer_list_must_have_one_entry_a_layer() -> None:
    config = changed(
        architectures=["Qwen3ForCausalLM"], model_type="qwen3", layer_types=["full_attention"] * 31
    )
    with pytest.raises(ContradictoryRequest, match="31"):
        architecture_from_config(config)


@pytest.mark.parametrize(
    ("config", "word"),
    [
        ({"architectures": ["BartForConditionalGeneration"]}, "encoder-decoder"),
        ({"architectures": ["CLIPModel"], "model_type": "clip"}, "image-text"),
        ({"architectures": ["BertModel"], "model_type": "bert"}, "generates no text"),
        ({"architectures": ["WhisperForConditionalGeneration"]}, "speech"),
        ({"architectures": ["SomethingNewForCausalLM"], "model_type": "x"}, "not guessed"),
        ({**LLAMA, "architectures": ["LlamaForSequenceClassification"]}, "task head"),
        ({}, "names no architecture"),
    ],
)
def test_what_is_not_understood_is_refused_in_both_languages(
    config: dict[str, Any], word: str
) -> None:
    with pytest.raises(UnsupportedArchitecture, match=word) as error:
        architecture_from_config(config)
    assert error.value.text.zh.endswith("。")


def test_the_first_falcon_configs_are_read() -> None:
    # tiiuae/falcon-40b before it moved into transformers; 41,303,293,952 parameters published.
    config = {
        "architectures": ["RWForCausalLM"],
        "model_type": "RefinedWeb",
        "alibi": False,
        "bias": False,
        "hidden_size": 8192,
        "n_head": 128,
        "n_head_kv": 8,
        "n_layer": 60,
        "parallel_attn": True,
        "vocab_size": 65024,
    }
    assert architecture_from_config(config).parameters_total == 41_303_293_952


def test_a_t5_is_refused_with_its_count() -> None:
    # t5-v1_1-xxl: 11,135,332,352 parameters in transformers' class, untied head included.
    config = {
        "architectures": ["T5ForConditionalGeneration"],
        "model_type": "t5",
        "is_encoder_decoder": True,
        "d_model": 4096,
        "d_kv": 64,
        "d_ff": 10240,
        "num_heads": 64,
        "num_layers": 24,
        "num_decoder_layers": 24,
        "feed_forward_proj": "gated-gelu",
        "tie_word_embeddings": False,
        "vocab_size": 32128,
    }
    with pytest.raises(UnsupportedArchitecture, match="11,135,332,352"):
        architecture_from_config(config)


def test_a_nested_language_model_is_read_with_its_defaults() -> None:
    # gemma-3-4b-it stores its text_config without the values that equal the class defaults.
    config = {
        "architectures": ["Gemma3ForConditionalGeneration"],
        "model_type": "gemma3",
        "text_config": {
            "hidden_size": 2560,
            "intermediate_size": 10240,
            "model_type": "gemma3_text",
            "num_hidden_layers": 34,
            "sliding_window": 1024,
        },
        "vision_config": {"model_type": "siglip_vision_model"},
    }
    made = architecture_from_config(config)
    assert made.parameters_total == 3_880_263_168
    assert any("language model" in note.en for note in made.notes)


def test_layers_without_attention_keep_no_cache() -> None:
    block = {
        "attention": {"n_heads_in_group": 8, "no_op": False, "replace_with_linear": False},
        "ffn": {"ffn_mult": 2.625, "no_op": False, "replace_with_linear": False},
    }
    bare = copy.deepcopy(block)
    bare["attention"] = {"n_heads_in_group": None, "no_op": True, "replace_with_linear": False}
    config = changed(
        architectures=["DeciLMForCausalLM"],
        model_type="nemotron-nas",
        num_hidden_layers=2,
        block_configs=[block, bare],
    )
    made = architecture_from_config(config)
    assert kv_cache_bytes(made, 1) == 2 * (32 // 8) * 128 * 2
    # int(2 x 2.625 x 4096 / 3) = 7168, a multiple of 256 already; the bare layer lacks its
    # attention (2 x 4096^2 + 2 x 512 x 4096) and its input norm.
    gap = made.layers[0].parameters - made.layers[1].parameters
    assert gap == 2 * 4096**2 + 2 * 512 * 4096 + 4096
    assert made.layers[0].feed_forward.width == 7168


@pytest.mark.parametrize(
    ("quantization", "expected"),
    [
        ({"quant_method": "gptq", "bits": 4, "group_size": 128}, "int4-g128"),
        ({"quant_method": "awq", "bits": 4, "group_size": 64}, "int4-g64"),
        ({"quant_method": "fp8", "fmt": "e4m3"}, "fp8"),
        ({"quant_method": "fp8", "weight_block_size": [128, 128]}, "fp8-b128"),
        ({"quant_method": "modelopt", "quant_algo": "NVFP4"}, "nvfp4"),
        (
            {
                "quant_method": "compressed-tensors",
                "config_groups": {
                    "group_0": {"weights": {"num_bits": 4, "type": "int", "group_size": 32}}
                },
            },
            "int4-g32",
        ),
        ({"quant_method": "mxfp4"}, "mxfp4"),
        ({"quant_method": "gptq", "bits": 4, "group_size": 48}, "int4"),
        ({"quant_method": "something new"}, None),
        (
            {
                "quant_method": "bitsandbytes",
                "load_in_4bit": True,
                "bnb_4bit_quant_type": "nf4",
                "bnb_4bit_use_double_quant": True,
            },
            "nf4-dq",
        ),
    ],
)
def test_the_stored_weight_format_is_named(
    quantization: dict[str, Any], expected: str | None
) -> None:
    made = architecture_from_config(changed(quantization_config=quantization))
    assert made.quantization == expected


def test_a_model_without_its_head_is_counted_without_it() -> None:
    made = architecture_from_config(changed(architectures=["LlamaModel"]))
    assert made.parameters_total == 6_738_415_616 - 32000 * 4096
    assert "output head" in made.notes[0].en


@pytest.mark.parametrize("value", [7, "auto", [1.5], {"a": 1}])
def test_lists_of_layers_must_be_lists(value: Any) -> None:
    config = changed(
        architectures=["Qwen3MoeForCausalLM"], model_type="qwen3_moe", mlp_only_layers=value
    )
    with pytest.raises(InvalidRequest):
        architecture_from_config(config)


@pytest.mark.parametrize("config", [None, [], "llama", 7])
def test_something_else_than_an_object_is_refused(config: Any) -> None:
    with pytest.raises(CalculatorError):
        architecture_from_config(config)
