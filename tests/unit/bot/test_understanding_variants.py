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
