"""Llama 3.2 Vision's text model: cross-attention layers are parameters that text passes by."""

from __future__ import annotations

import pytest

from calculators import calculate_json
from calculators.architecture import architecture_from_config
from calculators.errors import CalculatorError

TEXT_11B = {
    "model_type": "mllama_text_model", "hidden_size": 4096, "intermediate_size": 14336,
    "num_hidden_layers": 40, "num_attention_heads": 32, "num_key_value_heads": 8,
    "vocab_size": 128256, "cross_attention_layers": [3, 8, 13, 18, 23, 28, 33, 38],
}  # fmt: skip
LLAMA_3_8B = {
    "model_type": "llama", "hidden_size": 4096, "intermediate_size": 14336,
    "num_hidden_layers": 32, "num_attention_heads": 32, "num_key_value_heads": 8,
    "vocab_size": 128256, "tie_word_embeddings": False,
}  # fmt: skip


def test_parameters_are_those_of_transformers():
    # MllamaForCausalLM of transformers 5.23.0 on the meta device
    assert architecture_from_config(TEXT_11B).parameters_total == 9_775_192_080


def test_the_whole_model_is_read_by_its_text_part():
    whole = {
        "model_type": "mllama", "architectures": ["MllamaForConditionalGeneration"],
        "text_config": TEXT_11B, "vision_config": {},
    }  # fmt: skip
    made = architecture_from_config(whole)
    assert made.parameters_total == 9_775_192_080
    assert any("skipped" in note.en and "跳过" in note.zh for note in made.notes)


def test_text_is_cached_by_the_other_32_layers_alone():
    asked = {"calculator": "kv_cache", "seq": 4096}
    found = calculate_json({**asked, "config": TEXT_11B})["value_bytes"]
    assert found == 32 * 2 * 8 * 128 * 2 * 4096


@pytest.mark.parametrize("code", ["transformers", "fused"])
def test_training_on_text_saves_what_32_layers_of_llama_save(code):
    asked = {"calculator": "activation", "code": code, "seq": 2048, "checkpointing": "none"}
    with_cross, without = (
        calculate_json({**asked, "config": config})["value_bytes"]
        for config in (TEXT_11B, LLAMA_3_8B)
    )
    assert with_cross == pytest.approx(without, rel=1e-3)


def test_the_places_of_cross_attention_must_be_known():
    with pytest.raises(CalculatorError):
        architecture_from_config({**TEXT_11B, "cross_attention_layers": "all"})
