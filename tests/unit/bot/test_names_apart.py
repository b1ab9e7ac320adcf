"""A name with parts that nothing knows is another model's, not the registry's nearest one."""

from __future__ import annotations

import pytest

from bot.understanding.understand import understand

QUESTION = "How much GPU memory does {} need for inference?"

# Models of which the registry has a namesake; each differs from it in structure.
OTHERS = [
    "Phi-4-multimodal",
    "Phi-3.5-vision-instruct",
    "Phi-3-small-8k-instruct",
    "Kimi-VL-A3B",
    "Kimi K2.5",
    "MiniCPM-V-2.6",
    "MiniCPM-o 2.6",
    "Mistral Medium 3",
    "Qwen3-Coder-Next",
    "Command A Vision",
    "Phi-4-mini-flash-reasoning",
]
# The same, with their size in the name: a model of that size is counted, and said so.
OTHERS_OF_A_SIZE = [
    ("Qwen2.5-Omni-7B", 7e9),
    ("Qwen3-Embedding-8B", 8e9),
    ("InternLM-XComposer2-7B", 7e9),
    ("Llama 3.2 Vision 11B", 11e9),
    ("Baichuan-Omni-7B", 7e9),
    ("千问VL 7B", 7e9),
]
# A tuner's words, formats and dates leave the structure as it is.
SAME = [
    ("Qwen3-30B-A3B-Thinking-2507", "qwen3-30b-a3b"),
    ("Meta-Llama-3-8B-Lexi-Uncensored", "llama-3-8b"),
    ("Mistral-7B-OpenOrca", "mistral-7b"),
    ("Qwen2.5-72B-Instruct-GPTQ-Int4", "qwen2.5-72b"),
    ("Llama-2-70b-chat-hf", "llama-2-70b"),
    ("Mistral 7B Instruct v0.2", "mistral-7b-v0.2"),
    ("Gemma 3n E4B", "gemma-3n-e4b"),
    ("gemma3n:e2b", "gemma-3n-e2b"),
    ("GLM-4.5V", "glm-4.5v"),
    ("Kimi-Linear-48B-A3B-Instruct", "kimi-linear-48b-a3b"),
]


@pytest.mark.parametrize("name", OTHERS)
def test_another_model_is_asked_back_with_near_names(name: str) -> None:
    understood = understand(QUESTION.format(name))
    assert "model" not in understood.inputs
    problem = next(p for p in understood.problems if p.code == "unknown_model")
    assert name.startswith(problem.text)
    assert problem.choices


@pytest.mark.parametrize(("name", "params"), OTHERS_OF_A_SIZE)
def test_another_model_of_a_size_is_counted_by_its_size_alone(name: str, params: float) -> None:
    understood = understand(QUESTION.format(name))
    assert "model" not in understood.inputs
    assert understood.inputs["params"] == params
    assert any(name.startswith(text) for text in understood.unlisted)


@pytest.mark.parametrize(("name", "model"), SAME)
def test_a_tuned_model_is_that_of_its_base(name: str, model: str) -> None:
    assert understand(QUESTION.format(name)).inputs["model"] == model
