"""What would work instead: the order of the changes, what they cost, what the host must hold."""

from __future__ import annotations

from typing import Any

import pytest

from calculators import Calculation, Request, calculate


def ask(**fields: Any) -> Calculation:
    return calculate(Request(**fields))


def test_methods_and_offloading_come_before_many_more_cards() -> None:
    answer = ask(calculator="fit", params=65e9, mode="train", gpu="A100 80GB", gpu_count=4)
    assert answer.verdict == "no"
    kinds = [next(iter(option.changes)) for option in answer.alternatives]
    assert kinds.index("method") < kinds.index("gpu_count")
    small = ask(calculator="fit", params=13e9, mode="train", gpu="A100 80GB", gpu_count=1)
    kinds = [next(iter(option.changes)) for option in small.alternatives]
    assert kinds.index("offload") < kinds.index("gpu_count")


def test_offloading_beyond_the_assumed_hosts_is_not_offered() -> None:
    # 65 B parameters: 18 bytes each are 1,175 GB over four V100s, whose hosts have 96 GiB a card
    # (AWS p3dn.24xlarge: 768 GiB for eight)
    answer = ask(calculator="fit", params=65e9, mode="train", gpu="V100 32GB", gpu_count=4)
    assert answer.alternatives
    assert not any("offload" in option.changes for option in answer.alternatives)
    asked = ask(calculator="fit", params=65e9, mode="train", gpu="V100 32GB", gpu_count=4,
                offload="parameters")  # fmt: skip
    assert asked.verdict == "yes"  # on the cards; the host is said
    assert any("too little" in t.en and "不够" in t.zh for t in asked.caveats)
    assert "(103 GB assumed)" in asked.headline.en


def test_what_steps_on_the_card_alone_is_not_offloaded() -> None:
    # bitsandbytes' 8-bit AdamW and GaLore have no CPU step
    for optimizer in ("adamw_8bit", "galore", "muon"):
        answer = ask(calculator="fit", model="llama-3-8b", mode="train", gpu="RTX 4090",
                     optimizer=optimizer)  # fmt: skip
        assert answer.verdict == "no"
        assert not any("offload" in option.changes for option in answer.alternatives)
    offloaded = ask(calculator="fit", model="llama-3-70b", mode="train", gpu="RTX 4090",
                    offload="optimizer")  # fmt: skip
    assert not any("optimizer" in option.changes for option in offloaded.alternatives)


def test_serving_cards_divide_the_model() -> None:
    # Llama 2 13B has 40 heads: 1, 2, 4, 5 and 8 cards by tensor parallelism, not 3, 6 or 7
    answer = ask(calculator="fit", model="llama-2-13b", mode="infer", gpu="A100 80GB",
                 seq=131072, micro_batch=4)  # fmt: skip
    more = next(option for option in answer.alternatives if set(option.changes) == {"gpu_count"})
    assert more.changes["gpu_count"] == 8
    assert "by tensor parallelism" in more.text.en
    assert "张量并行" in more.text.zh
    # DeepSeek-V3's 128 heads: beyond a node in whole nodes, as pipeline stages
    two = ask(calculator="fit", model="deepseek-v3", mode="infer", gpu="H100", gpu_count=8)
    more = next(option for option in two.alternatives if set(option.changes) == {"gpu_count"})
    assert more.changes["gpu_count"] == 16
    assert "8 × 2 pipeline stages" in more.text.en
    # Qwen2.5 7B: 28 heads over 4 KV heads, so 7 cards would split a KV head
    from calculators.cached import find_model
    from calculators.planning.usable import serving_degrees, tensor_degrees

    qwen = find_model("qwen2.5-7b").architecture
    assert tensor_degrees(qwen) == (1, 2, 4)
    assert serving_degrees(qwen, 7) is None
    assert serving_degrees(qwen, 12) == (4, 3)
    assert serving_degrees(qwen, 4 * 29) is None  # 28 layers


def test_a_pipeline_is_not_given_zero_3() -> None:
    # DeepSpeed's pipelines take ZeRO-1 at most
    answer = ask(calculator="fit", model="llama-2-13b", mode="train", gpu="A100 80GB", gpu_count=8,
                 pp=2, sharding="none")  # fmt: skip
    assert answer.verdict == "no"
    assert answer.alternatives
    assert not any(option.changes.get("sharding") == "zero3" for option in answer.alternatives)
    assert not any(option.changes.get("offload") == "parameters" for option in answer.alternatives)


def test_the_rule_never_says_yes_under_a_no() -> None:
    # 14 GB of weights are less than 16 GB; with cache and context they are not
    full = ask(calculator="fit", params=7e9, mode="infer", gpu_memory_bytes=16 * 10**9)
    ddp = ask(calculator="fit", model="llama-7b", mode="train", gpu="A100 80GB", gpu_count=8,
              sharding="none")  # fmt: skip
    cannot = ask(calculator="fit", params=7e9, mode="infer", gpu="V100 32GB", weight_dtype="bf16")
    for answer, en, zh in (
        (full, "adds 1.3 GB", "还计入"),
        (ddp, "DDP keeps a whole copy", "完整副本"),
        (cannot, "what the card cannot run decides", "不支持"),
    ):
        assert answer.verdict == "no"
        assert answer.rule_of_thumb is not None
        text = answer.rule_of_thumb.text
        assert not text.en.endswith(": yes.")
        assert not text.zh.endswith("：够。")
        assert en in text.en
        assert zh in text.zh
    assert cannot.lead == "estimate"  # its headline is the reason, not the rule


def test_many_changes_at_once_where_one_or_two_do_not_do() -> None:
    answer = ask(calculator="fit", model="llama-3-70b", mode="train", gpu="RTX 3090",
                 seq=16384, micro_batch=16, attention="eager")  # fmt: skip
    assert answer.verdict == "no"
    assert answer.alternatives
    fields = {"model": "llama-3-70b", "mode": "train", "gpu": "RTX 3090", "seq": 16384,
              "micro_batch": 16, "attention": "eager"}  # fmt: skip
    for option in answer.alternatives:
        again = ask(calculator="fit", **{**fields, **option.changes})
        assert again.verdict == option.verdict
        assert option.working


def test_a_cost_is_relative_to_what_was_asked() -> None:
    # 53 in place of 4 equal cards: 53 / 4; QLoRA on the same cards takes 1.4 times as long
    answer = ask(calculator="fit", params=65e9, mode="train", gpu="V100 32GB", gpu_count=4)
    for option in answer.alternatives:
        if set(option.changes) == {"gpu_count"}:
            assert option.relative_cost == pytest.approx(option.changes["gpu_count"] / 4, abs=1e-3)
        if option.changes == {"method": "qlora"}:
            assert option.relative_cost == 1.4


def test_in_a_plan_the_cheapest_way_costs_one() -> None:
    answer = ask(calculator="plan", params=13e9, mode="train")
    assert answer.alternatives[0].relative_cost == 1
    assert all((option.relative_cost or 0) >= 1 for option in answer.alternatives)


def test_a_yes_depends_on_a_host_that_is_larger_than_assumed() -> None:
    # Llama 2 70B, all offloaded: 18 bytes a parameter on one host, which is taken to have 241 GB
    answer = ask(calculator="fit", model="llama-2-70b", mode="train", gpu="A100 80GB",
                 offload="parameters", sharding="zero3")  # fmt: skip
    assert answer.headline.en.startswith("Yes, if the host has 1,242 GB per card (241 GB assumed)")
    assert answer.headline.zh.startswith("可以，前提是主机为每卡提供 1,242 GB 内存")
    counts = [
        o.changes["gpu_count"] for o in answer.alternatives if set(o.changes) == {"gpu_count"}
    ]
    assert counts == [-(-18 * 68_976_648_192 // 241_000_000_000)]


def test_offloading_frees_nothing_where_the_memory_is_shared() -> None:
    fields = {"calculator": "fit", "params": 13e9, "mode": "train", "offload": "optimizer"}
    shared = ask(**fields, gpu="DGX Spark")
    assert shared.verdict == "no"
    own = ask(**fields, gpu="A100 80GB")
    held = next(part.bytes for part in shared.breakdown if part.id == "offloaded")
    # gradients, master weights and two moments of fp32
    assert held == pytest.approx(16 * 13_015_864_320)
    both = own.details["per_gpu_bytes"] + held
    assert shared.details["per_gpu_bytes"] == pytest.approx(both, rel=1e-3)  # another allocator
    assert any("offloading frees nothing" in caveat.en for caveat in shared.caveats)


def test_offloading_says_what_the_host_must_hold() -> None:
    # LLaMA-7B, all offloaded: weights 2, gradients 4, master 4 and moments 8 bytes a parameter
    states = 18 * 6_738_415_616
    answer = ask(calculator="fit", model="llama-7b", mode="train", gpu="RTX 4090", gpu_count=2,
                 offload="parameters", sharding="zero3")  # fmt: skip
    host = [c for c in answer.conventions if "host memory" in c.text.en]
    assert [c.value for c in host] == [pytest.approx(states / 1e9, rel=1e-3)]
    assert "121.3 GB (113 GiB) of host memory in all" in answer.headline.en
    assert "主机内存" in answer.headline.zh
    whole = ask(calculator="fit", params=13e9, mode="train", gpu="A100 80GB", gpu_count=1)
    offloaded = next(o for o in whole.alternatives if "offload" in o.changes)
    assert "of host memory of an assumed 241 GB" in offloaded.text.en
    assert "主机内存" in offloaded.text.zh


def test_what_cannot_run_is_not_said_to_fit_otherwise() -> None:
    # 18 bytes × 13 B parameters are far beyond a V100's 32 GB, in fp16 as in bf16
    answer = ask(calculator="fit", model="llama-2-13b", mode="train", gpu="V100 32GB",
                 precision="mixed_bf16")  # fmt: skip
    assert answer.verdict == "no"
    assert "no bf16" in answer.headline.en
    assert "Nor does it fit" in answer.headline.en
    assert "放不下" in answer.headline.zh
    small = ask(calculator="fit", model="llama-2-7b", mode="infer", gpu="V100 32GB",
                weight_dtype="bf16")  # fmt: skip
    assert "Nor does it fit" not in small.headline.en
    assert small.alternatives[0].changes == {"weight_dtype": "fp16"}


def test_offloading_to_one_card_s_host_takes_the_gradients_too() -> None:
    # ZeRO-Offload (arXiv 2101.06840): of 16-bit training only the 16-bit weights stay; the host
    # holds fp32 gradients 4, master 4 and moments 8 bytes a parameter (and 8-byte step counts)
    answer = ask(calculator="training", model="llama-3-8b", gpu="RTX 4090", offload="optimizer")
    parts = {part.id: part.bytes for part in answer.breakdown}
    assert parts["weights"] == 2 * 8_030_261_248
    assert "gradients" not in parts
    host = next(c for c in answer.conventions if "host memory" in c.text.en)
    assert host.value == pytest.approx(16 * 8.030261248, rel=1e-4)
    assert not any("no effect" in text.en for text in answer.caveats)


def test_a_stronger_form_of_what_works_is_left_out() -> None:
    answer = ask(calculator="fit", model="llama-3-70b", mode="train", gpu="A100 80GB", gpu_count=8)
    offloads = [option.changes["offload"] for option in answer.alternatives
                if "offload" in option.changes]  # fmt: skip
    assert offloads == ["optimizer"]


def test_more_cards_than_ddp_can_use_come_with_sharding() -> None:
    fields = {"model": "llama-3-8b", "mode": "train", "gpu": "RTX 4090", "gpu_count": 4}
    answer = ask(calculator="fit", **fields, sharding="none")
    more = next(option for option in answer.alternatives if "gpu_count" in option.changes)
    assert more.changes["sharding"] == "zero3"
    again = ask(calculator="fit", **{**fields, "sharding": "none", **more.changes})
    assert again.verdict == more.verdict
    one = ask(calculator="fit", model="llama-3-8b", mode="train", gpu="RTX 4090")
    more = next(option for option in one.alternatives if "gpu_count" in option.changes)
    assert "ZeRO-3" in more.text.en


def test_recompute_and_sdpa_are_offered_together_where_neither_does_alone() -> None:
    answer = ask(calculator="fit", model="llama-3-8b", mode="train", gpu="H100", gpu_count=4,
                 seq=16384, attention="eager", checkpointing="none")  # fmt: skip
    assert answer.verdict == "no"
    assert {"checkpointing": "full", "attention": "sdpa"} in [
        dict(option.changes) for option in answer.alternatives
    ]


def test_fixed_tensor_parallelism_is_widened() -> None:
    # 141 GB in 16 bits are too much for 2 × 40 GiB, and 35 GB on each of four
    answer = ask(calculator="fit", model="llama-3-70b", mode="infer", gpu="A100 40GB", gpu_count=2,
                 tp=2)  # fmt: skip
    wider = next(option for option in answer.alternatives if "tp" in option.changes)
    assert wider.changes == {"tp": 4, "gpu_count": 4}
    assert "张量并行 4" in wider.text.zh
    # over nodes the stages of a pipeline grow, never tensor parallelism
    wide = ask(calculator="fit", model="llama-3-70b", mode="infer", gpu="T4", gpu_count=8, tp=8)
    staged = [option.changes for option in wide.alternatives if "pp" in option.changes]
    assert staged == [{"pp": 2, "gpu_count": 16}]


def test_other_cards_come_after_what_keeps_them() -> None:
    answer = ask(calculator="fit", model="llama-2-70b", weight_dtype="fp8", gpu="V100 16GB",
                 gpu_count=8)  # fmt: skip
    assert answer.alternatives[0].changes == {"weight_dtype": "int8"}
    assert all("gpu" in option.changes for option in answer.alternatives[1:])
