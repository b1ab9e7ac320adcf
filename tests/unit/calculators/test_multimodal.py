"""A model that also sees or hears is counted as its language model, and every answer says so."""

from __future__ import annotations

from typing import Any

import pytest

from calculators import calculate_json

LLAMA = {
    "model_type": "llama",
    "hidden_size": 4096,
    "intermediate_size": 11008,
    "num_hidden_layers": 32,
    "num_attention_heads": 32,
    "vocab_size": 32064,
}
QWEN = {
    "hidden_size": 3584,
    "intermediate_size": 18944,
    "num_hidden_layers": 28,
    "num_attention_heads": 28,
    "num_key_value_heads": 4,
    "vocab_size": 152064,
    "tie_word_embeddings": False,
}
GEMMA = {"model_type": "gemma3_text", "hidden_size": 2560, "num_hidden_layers": 34}
WRAPPERS: dict[str, dict[str, Any]] = {
    "gemma3": {
        "architectures": ["Gemma3ForConditionalGeneration"],
        "model_type": "gemma3",
        "text_config": {**GEMMA, "intermediate_size": 10240},
        "vision_config": {"hidden_size": 1152},
    },
    "qwen2_5_vl": {
        "architectures": ["Qwen2_5_VLForConditionalGeneration"],
        "model_type": "qwen2_5_vl",
        **QWEN,
        "vision_config": {"hidden_size": 1280},
    },
    "llava": {
        "architectures": ["LlavaForConditionalGeneration"],
        "model_type": "llava",
        "text_config": LLAMA,
        "vision_config": {"hidden_size": 1024},
    },
}
CALCULATORS: dict[str, dict[str, Any]] = {
    "file_size": {},
    "inference": {},
    "training": {},
    "kv_cache": {},
    "activation": {},
    "fit": {"gpu": "A100 80GB"},
    "min_gpus": {"gpu": "A100 80GB"},
    "max_context": {"gpu": "A100 80GB"},
    "plan": {"gpu": "A100 80GB", "gpu_count": 8},
    "throughput": {"gpu": "A100 80GB"},
    "latency": {"gpu": "A100 80GB"},
    "training_time": {"total_tokens": 1e9, "tokens_per_s_gpu": 1000},
    "communication": {"gpu": "A100 80GB", "gpu_count": 8},
}


def said(answer: dict[str, Any], words: str) -> int:
    return sum(words in caveat for caveat in answer["caveats"])


@pytest.mark.parametrize("calculator", CALCULATORS)
@pytest.mark.parametrize("name", WRAPPERS)
def test_what_is_left_out_is_said_once(calculator: str, name: str) -> None:
    fields = {"calculator": calculator, "config": WRAPPERS[name], **CALCULATORS[calculator]}
    answer = calculate_json(fields, working=False)
    assert "error" not in answer, answer["error"]
    assert said(answer, "only its language model is counted") == 1
    chinese = calculate_json(fields, language="zh", working=False)
    assert said(chinese, "只计算其中的语言模型") == 1


@pytest.mark.parametrize("model", ["gemma-3-4b", "llama-4-scout"])
def test_a_model_of_the_registry_says_it_too(model: str) -> None:
    answer = calculate_json({"calculator": "inference", "model": model})
    assert said(answer, "only its language model is counted") == 1


@pytest.mark.parametrize("model", ["gemma-3-1b", "llama-3-8b"])
def test_a_model_of_text_alone_does_not(model: str) -> None:
    answer = calculate_json({"calculator": "inference", "model": model})
    assert said(answer, "language model is counted") == 0


def test_the_count_is_that_of_the_language_model() -> None:
    # As Llama 7B with a vocabulary of 32,064: 64 · 4,096 · 2 more than 6,738,415,616.
    answer = calculate_json({"calculator": "file_size", "config": WRAPPERS["llava"]})
    assert answer["parameters"]["total"] == 6_738_415_616 + 64 * 4_096 * 2
