"""What sharding means when nobody says it, with and without other ways of spreading a step."""

import pytest

from calculators import Request, calculate


def assumed(**fields):
    made = calculate(Request(calculator="training", params=70e9, gpu="H100", **fields))
    return made.request.sharding, " ".join(one.text.en for one in made.assumptions)


@pytest.mark.parametrize(
    ("fields", "sharding", "words"),
    [
        ({"gpu_count": 64}, "zero3", "ZeRO-3 over the 64 cards"),
        ({"gpu_count": 64, "tp": 8}, "zero3", "ZeRO-3 over the 8 data-parallel ranks"),
        # 128 / (8 × 4) = 4 ranks; DeepSpeed refuses stages 2 and 3 with a pipeline.
        ({"gpu_count": 128, "tp": 8, "pp": 4}, "zero1", "ZeRO-1 over the 4 data-parallel ranks"),
    ],
)
def test_what_is_assumed(fields, sharding, words):
    found, said = assumed(**fields)
    assert found == sharding
    assert words in said


def test_a_pipeline_in_chinese():
    made = calculate(Request(calculator="training", params=70e9, gpu_count=128, tp=8, pp=4))
    assert any(one.text.zh == "4 个数据并行 rank 之间使用 ZeRO-1" for one in made.assumptions)
