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


@pytest.mark.parametrize("who", [{"model": "llama-2-70b"}, {"params": 70e9}])
@pytest.mark.parametrize(
    "calculator",
    ["training", "fit", "max_batch", "max_context", "gradient_memory", "optimizer_memory",
     "activation", "communication", "throughput"],
)  # fmt: skip
def test_a_pipeline_has_zero_1_whatever_is_asked(calculator, who):
    """dp × tp × pp = 2 × 8 × 4 = 64 cards: the optimizer is shared by the two data-parallel."""
    mode = (
        {"mode": "train"} if calculator in ("fit", "max_batch", "max_context", "throughput") else {}
    )
    answer = calculate(Request(calculator=calculator, gpu="H100", tp=8, pp=4, dp=2, **who, **mode))
    assert (answer.request.sharding, answer.request.gpu_count) == ("zero1", 64)
    said = [a.text for a in answer.assumptions if a.field == "sharding"]
    assert [(t.en, t.zh) for t in said] == [
        ("ZeRO-1 over the 2 data-parallel ranks", "2 个数据并行 rank 之间使用 ZeRO-1")
    ]
