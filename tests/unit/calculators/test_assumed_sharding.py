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


def test_where_the_assumed_engine_does_not_fit_and_fsdp2_does_that_is_offered_first_and_said():
    """DeepSpeed keeps up to 10⁹ parameters gathered, of 8 B of them, and a 16-bit copy."""
    answer = calculate(
        Request(calculator="fit", model="llama-3-8b", gpu="a100-40g", gpu_count=4, mode="train",
                method="full")
    )  # fmt: skip
    assert answer.verdict == "no"
    assert answer.alternatives[0].changes == {"sharding": "fsdp2"}
    assert any(
        text.en.startswith("The sharding decides, and is assumed") for text in answer.caveats
    )
    again = calculate(answer.request.model_copy(update={"sharding": "fsdp2"}))
    assert again.verdict == answer.alternatives[0].verdict == "tight"


def test_where_fsdp2_would_not_fit_but_the_assumed_engine_does_it_is_said_too():
    """With LoRA, fully_shard keeps the frozen weights in fp32: twice DeepSpeed's 16 bits."""
    answer = calculate(
        Request(calculator="fit", model="llama-2-70b", gpu="h100-80g", gpu_count=2, mode="train",
                method="lora")
    )  # fmt: skip
    assert answer.verdict != "no"
    assert any(text.zh.startswith("结论取决于分片方式") for text in answer.caveats)


def test_nothing_is_said_of_a_sharding_that_was_given():
    answer = calculate(
        Request(calculator="fit", model="llama-3-8b", gpu="a100-40g", gpu_count=4, mode="train",
                method="full", sharding="zero3")
    )  # fmt: skip
    assert answer.alternatives[0].changes == {"sharding": "fsdp2"}
    assert not any("is assumed" in text.en for text in answer.caveats)


def test_a_plan_takes_fsdp2_where_fewer_cards_then_do():
    answer = calculate(
        Request(calculator="plan", model="llama-3-8b", gpu="a100-40g", mode="train", method="full")
    )
    ways = [(way.changes.get("sharding"), way.changes["gpu_count"]) for way in answer.alternatives]
    assert ways == [("fsdp2", 4), (None, 5)]
