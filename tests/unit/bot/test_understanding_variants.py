"""Two variants of one card, and models that see or hear beside their namesakes."""

import pytest

from bot.understanding import understand


@pytest.mark.parametrize(
    ("text", "cards"),
    [
        ("H100 PCIe vs SXM bandwidth", {"h100-80gb-pcie", "h100-80gb-sxm"}),
        ("H100 sxm 和 pcie 差多少", {"h100-80gb-pcie", "h100-80gb-sxm"}),
        ("A100 40G vs 80G 带宽", {"a100-40gb-sxm", "a100-80gb-sxm"}),
        ("compare A100 80g and 40g", {"a100-40gb-sxm", "a100-80gb-sxm"}),
        ("V100 16G 和 32G 的区别", {"v100-16gb", "v100-32gb"}),
    ],
)
def test_variants_of_one_card_are_compared(text, cards):
    read = understand(text)
    assert read.calculator == "compare_gpu"
    assert set(read.inputs["gpus"]) == cards


@pytest.mark.parametrize("text", ["qwen2-vl-7b on 24g", "Qwen2-Audio-7B 推理显存"])
def test_a_model_of_another_modality_is_not_its_namesake(text):
    read = understand(text)
    assert "model" not in read.inputs
    assert read.inputs["params"] == 7e9
    assert read.unlisted


def test_a_job_on_either_variant_is_worked_out_for_both():
    read = understand("7b on A100 40G or 80G?")
    assert read.calculator == "fit"
    assert not read.problems
    assert [other.request["gpu"] for other in read.compared] == ["a100-80gb-sxm"]


@pytest.mark.parametrize(
    "text", ["3090和4090推理7b谁快", "which is faster for 7b inference, 3090 or 4090?"]
)
def test_which_is_faster_compares_speeds(text):
    read = understand(text)
    assert read.calculator == "latency"
    assert read.request["gpu"] == "RTX 3090"
    assert [other.request["gpu"] for other in read.compared] == ["RTX 4090"]


@pytest.mark.parametrize("text", ["7B 模型状态多少", "how large are the model states of a 7b?"])
def test_model_states_are_all_of_them(text):
    """ZeRO (arXiv 1910.02054) calls weights, gradients and optimizer states model states."""
    assert understand(text).calculator == "training"
