"""Dimensions of a model that are asked for."""

import pytest

from bot.understanding.understand import understand


@pytest.mark.parametrize(
    ("text", "dimension"),
    [
        ("how many layers does llama 7b have?", "layers"),
        ("llama-2-70b hidden size", "hidden"),
        ("Llama-3-70B 的 KV 头数是多少", "kv_heads"),
        ("qwen2.5-7b 有几层", "layers"),
        ("deepseek-v3 有多少个专家", "experts"),
        ("mixtral 8x7b: how many experts per token?", "experts_per_token"),
        ("qwen3-8b 上下文窗口多大", "context"),
        ("gpt-3 layers", "layers"),
    ],
)
def test_a_dimension_of_a_named_model_is_looked_up(text, dimension):
    found = understand(text)
    assert found.calculator == "model_info"
    assert found.request["dimension"] == dimension


@pytest.mark.parametrize(
    "text",
    [
        "how many layers should I freeze for llama 7b",
        "llama-2-7b 应该冻结几层",
        "llama-3-8b lora on all layers memory",
        "llama-2-7b 80 层 hidden 8192 训练显存",
        "llama-3-8b max context window on a 4090",
        "7b 有几层",
    ],
)
def test_a_dimension_that_only_describes_a_job_is_not(text):
    assert understand(text).calculator != "model_info"


@pytest.mark.parametrize(
    "text",
    [
        "how many layers and heads in llama-2-13b",
        "Qwen3-235B-A22B 有多少层，多少专家",
        "how many attention heads and kv heads does llama-3.1-70b have",
        "qwen2.5-7b hidden size and number of heads",
        "qwen3-8b layers, heads and hidden size",
        "llama-3-8b 层数、头数、词表",
    ],
)
def test_of_several_dimensions_none_is_singled_out(text):
    found = understand(text)
    assert found.calculator == "model_info"
    assert "dimension" not in found.request


def test_several_dimensions_with_their_numbers_describe_a_model():
    assert understand("llama-2-7b number of layers 32 hidden size 4096").calculator != "model_info"
