"""The number of a model's parameters, and the operations of a whole run, as what is asked."""

import pytest

from bot.understanding.understand import understand


@pytest.mark.parametrize(
    ("text", "model"),
    [
        ("How many billion params are in phi-3-mini?", "phi-3-mini"),
        ("gpt-oss-120b parameters", "gpt-oss-120b"),
        ("tell me the parameters of llama-2-7b", "llama-2-7b"),
        ("what are the parameters of qwen3-8b?", "qwen3-8b"),
        ("qwen3-8b 参数", "qwen3-8b"),
        ("qwen2.5-7b参数", "qwen2.5-7b"),
        ("mixtral-8x7b 总参数和激活参数", "mixtral-8x7b"),
    ],
)
def test_a_model_and_its_parameters_alone_ask_for_their_number(text, model):
    found = understand(text)
    assert found.calculator == "parameters"
    assert found.request["model"] == model


@pytest.mark.parametrize(
    "text",
    [
        "llama-2-7b 参数占多少显存",
        "llama-2-7b params in fp16",
        "how do I set the parameters of llama-2-7b",
        "qwen3-8b 参数怎么设",
        "best sampling parameters for qwen3-8b",
        "how many billion tokens should llama-2-7b train on",
    ],
)
def test_parameters_beside_something_else_that_is_asked_are_not_counted(text):
    assert understand(text).calculator != "parameters"


@pytest.mark.parametrize(
    "text",
    [
        "total FLOPs to train llama-3.1-8b on 15T tokens",
        "qwen3-8b 在 36T tokens 上训练的总 FLOPs",
    ],
)
def test_the_total_of_a_run_is_asked_by_its_name(text):
    found = understand(text)
    assert found.calculator == "training_time"
    assert found.request["attribute"] == "flops"


def test_a_total_that_is_told_asks_for_nothing():
    text = "total flops was 1e24 for llama-3.1-8b on 15T tokens"
    assert understand(text).calculator is None


@pytest.mark.parametrize(
    "text",
    [
        "how many tokens is 1T / 4M tokens per step",
        "how many steps is 2T / 4M tokens",
        "1T / 4M tokens 是多少步",
    ],
)
def test_a_trillion_over_tokens_is_no_model(text):
    found = understand(text)
    assert found.calculator is None
    assert "params" not in found.inputs
