"""Communication of a step: volumes by kind of parallelism, and the network between nodes.

Volumes are worked out by hand from the shapes in the models' configs; bandwidths are those of the
cards' datasheets (A100 SXM: NVLink 600 GB/s both ways, so 300 GB/s in one direction).
"""

from __future__ import annotations

from typing import Any

import pytest

from calculators import Calculation, calculate, parse_request

LLAMA_7B, LORA_16 = 6_738_415_616, 2 * 32 * 2 * 16 * 4096  # q and v: A and B of 16 × 4096

GPT_175B = {
    "model_type": "gpt2",
    "architectures": ["GPT2LMHeadModel"],
    "n_embd": 12288,
    "n_head": 96,
    "n_layer": 96,
    "vocab_size": 51200,
    "n_positions": 2048,
}


def ask(**fields: Any) -> Calculation:
    return calculate(parse_request({"calculator": "communication", **fields}))


def parts(answer: Calculation) -> dict[str, int]:
    return {part.id: part.bytes for part in answer.breakdown}


def test_ddp_with_adapters_exchanges_their_gradients_alone() -> None:
    answer = ask(model="llama-2-7b", method="lora", sharding="none", gpu_count=8)
    # ring all-reduce of 8.39 M gradients of 4 bytes (peft keeps adapters in fp32): 2 × n × 4 × 7/8
    assert LORA_16 == 8_388_608
    assert answer.value_bytes == 2 * LORA_16 * 4 * 7 // 8


def test_megatron_reduces_the_gradients_of_bf16_in_fp32() -> None:
    # its distributed optimizer: a reduce-scatter of 4 bytes, an all-gather of 2
    answer = ask(model="llama-2-7b", code="fused", sharding="zero1", gpu_count=8)
    assert answer.value_bytes == LLAMA_7B * (4 + 2) * 7 // 8
    plain = ask(model="llama-2-7b", sharding="zero1", gpu_count=8)
    assert plain.value_bytes == LLAMA_7B * (2 + 2) * 7 // 8


def test_zero3_with_adapters_still_gathers_every_weight() -> None:
    answer = ask(model="llama-2-7b", method="lora", sharding="zero3", gpu_count=8)
    assert answer.value_bytes == (2 * LLAMA_7B * 2 + LORA_16 * 2) * 7 // 8


def test_context_parallelism_passes_keys_and_values_around() -> None:
    answer = ask(model="llama-3.1-8b", cp=2, gpu_count=2, seq=32768, checkpointing="none")
    # 32 layers × 3 rounds × 32,768 tokens × 2 × 8 × 128 elements × 2 bytes × 1/2
    assert parts(answer)["context"] == 32 * 3 * 32768 * 2048 * 2 // 2


def test_experts_exchange_tokens() -> None:
    answer = ask(model="mixtral-8x7b", ep=8, gpu_count=8, checkpointing="none", sharding="zero1")
    # 32 layers × 4 all-to-alls × 2,048 tokens × 2 experts × 4,096 × 2 bytes × 7/8
    assert parts(answer)["expert"] == 32 * 4 * 2048 * 2 * 4096 * 2 * 7 // 8
    # the experts have no replicas then: only the other 1,605,639,168 parameters are exchanged
    others = 46_702_792_704 - 32 * 8 * 3 * 4096 * 14336
    assert parts(answer)["data"] == others * 4 * 7 // 8


def test_a_network_slower_than_the_links_sets_the_time() -> None:
    inside = ask(model="llama-2-7b", gpu="A100", gpu_count=8)
    across = ask(model="llama-2-7b", gpu="A100", gpu_count=16, network_bytes_per_s=100e9)
    # ZeRO-3 over 16 ranks: 6 n × 15/16 bytes, over 100 GB/s of a node
    assert across.details["communication_s"] == pytest.approx(6 * LLAMA_7B * 15 / 16 / 100e9)
    assert inside.details["communication_s"] == pytest.approx(6 * LLAMA_7B * 7 / 8 / 300e9)
    assert "a network of 100 GB/s per node" in across.headline.en
    assert "每节点 100 GB/s 的网络" in across.headline.zh


def test_a_network_faster_than_the_links_does_not() -> None:
    answer = ask(model="llama-2-7b", gpu="A100", gpu_count=16, network_bytes_per_s=900e9)
    assert answer.details["communication_s"] == pytest.approx(6 * LLAMA_7B * 15 / 16 / 300e9)


def test_a_network_without_a_card_gives_the_time_of_the_volume_over_it() -> None:
    # ZeRO-1: 6.738 G × (2 + 2) bytes × 7/8 = 23.58 GB; over 100 Gb/s = 12.5 GB/s 1.887 s
    answer = ask(model="llama-2-7b", sharding="zero1", gpu_count=8, network_bytes_per_s=12.5e9)
    sent = LLAMA_7B * 4 * 7 // 8
    assert answer.value_bytes == sent
    assert answer.details["communication_s"] == pytest.approx(sent / 12.5e9)
    assert "over a network of 12.5 GB/s that takes 1.887 s" in answer.headline.en
    assert "12.5 GB/s 的网络需 1.887 s" in answer.headline.zh
    assert "communication_share" not in answer.details
    silent = ask(model="llama-2-7b", sharding="zero1", gpu_count=8)
    assert "communication_s" not in silent.details


def test_an_unknown_network_is_said_and_usual_ones_stand_beside() -> None:
    answer = ask(model="llama-2-7b", gpu="A100", gpu_count=16)
    assert answer.details["nodes"] == 2
    assert any("network" in caveat.en and "网络" in caveat.zh for caveat in answer.caveats)
    # 100 Gb/s a node: 12.5 GB/s
    slowest = answer.conventions[0]
    assert slowest.value == pytest.approx(6 * LLAMA_7B * 15 / 16 / 12.5e9)
    assert "100 Gb/s" in slowest.text.en
    assert "100 Gb/s" in slowest.text.zh


def test_tensor_parallelism_stays_inside_a_node() -> None:
    answer = ask(model="llama-2-7b", gpu="A100", gpu_count=16, tp=8, network_bytes_per_s=25e9)
    sent = parts(answer)
    # two nodes: each of a node's 8 cards is in a data-parallel ring of its own, and all 8 rings
    # leave the node through the one network of 25 GB/s
    expected = sent["data"] / (25e9 / 8) + sent["tensor"] / 300e9
    assert answer.details["communication_s"] == pytest.approx(expected)


def test_data_parallel_groups_of_one_node_need_no_network() -> None:
    answer = ask(
        model="llama-2-70b",
        gpu="A100",
        tp=2,
        dp=4,
        pp=8,
        sharding="zero1",
        network_bytes_per_s=1e11,
    )
    sent = parts(answer)
    # tp × dp = 8 cards are a node, so only the pipeline leaves it, each of 8 cards for itself
    expected = (sent["data"] + sent["tensor"]) / 300e9 + sent["pipeline"] / (100e9 / 8)
    assert answer.details["communication_s"] == pytest.approx(expected)


def test_hybrid_sharding_gathers_inside_a_node_and_reduces_between_them() -> None:
    answer = ask(
        model="llama-2-7b", gpu="A100", gpu_count=32, sharding="hybrid", network_bytes_per_s=25e9
    )
    # within 8 cards: two all-gathers of 2 bytes and a reduce-scatter of 4, 7/8 of them sent;
    # then each card's eighth of the fp32 gradients is all-reduced over 4 nodes: 2 × 3/4 of it
    inside = LLAMA_7B * 8 * 7 / 8
    between = 2 * LLAMA_7B * 4 / 8 * 3 / 4
    assert answer.value_bytes == pytest.approx(inside + between)
    expected = inside / 300e9 + between / (25e9 / 8)
    assert answer.details["communication_s"] == pytest.approx(expected)


def test_replicas_of_experts_share_the_network_of_their_node() -> None:
    answer = ask(
        model="mixtral-8x7b", gpu="H100", dp=16, ep=8, sharding="zero1", network_bytes_per_s=50e9
    )
    experts = 32 * 8 * 3 * 4096 * 14336
    dense = (46_702_792_704 - experts) * 4 * 15 / 16  # one ring through both nodes
    copies = experts / 8 * 4 / 2  # each card with the one that holds the same expert
    sent = parts(answer)
    assert sent["data"] == pytest.approx(dense + copies)
    expected = dense / 50e9 + copies / (50e9 / 8) + sent["expert"] / 450e9
    assert answer.details["communication_s"] == pytest.approx(expected)


def test_stages_idle_while_the_pipeline_fills_and_drains() -> None:
    shape = {"model": "llama-2-70b", "gpu": "A100", "tp": 8, "pp": 4, "gpu_count": 32}
    # arXiv 2104.04473, section 2.2: (p - 1) / m of the ideal time, 1 / v of that with chunks
    answer = ask(**shape, grad_accumulation=16)
    assert answer.details["bubble_s"] == pytest.approx(answer.details["compute_s"] * 3 / 16)
    chunked = ask(**shape, grad_accumulation=16, virtual_pp=5)
    assert chunked.details["bubble_s"] == pytest.approx(answer.details["bubble_s"] / 5)
    assert any("15.8 %" in caveat.en and "气泡" in caveat.zh for caveat in answer.caveats)
    times = [answer.details[name] for name in ("communication_s", "compute_s", "bubble_s")]
    assert answer.details["communication_share"] == pytest.approx(times[0] / sum(times))
    assert ask(model="llama-2-7b", gpu="A100", gpu_count=8).details["bubble_s"] == 0


def test_tensor_and_pipeline_volumes_are_those_of_megatron() -> None:
    # arXiv 2104.04473, section 3.2: between stages b × s × h elements a micro-batch each way,
    # and 8 × b × s × h × (t - 1) / t elements for each layer of the stage
    answer = ask(config=GPT_175B, tp=8, pp=8, gpu_count=64, checkpointing="none",
                 grad_accumulation=4, seq=2048, sharding="none")  # fmt: skip
    batch = 2048 * 12288
    assert parts(answer)["pipeline"] == 2 * 4 * batch * 2
    assert parts(answer)["tensor"] == 4 * 12 * 8 * batch * 7 // 8 * 2


def test_sequence_parallelism_divides_what_passes_between_layers() -> None:
    shape: dict[str, Any] = {"tp": 8, "pp": 8, "gpu_count": 64, "seq": 2048, "sharding": "none"}
    whole = parts(ask(config=GPT_175B, **shape))
    split = parts(ask(config=GPT_175B, sequence_parallel=True, **shape))
    assert split["pipeline"] == whole["pipeline"] // 8
    assert split["tensor"] == whole["tensor"]  # a reduce-scatter and an all-gather are the same


def test_a_pipeline_may_gather_and_reduce_once_a_step() -> None:
    # 70 B over 4 stages of 8 cards and 2 copies: 16 micro-steps of FSDP, or torch's pipelines
    shape: dict[str, Any] = {"model": "llama-2-70b", "tp": 8, "pp": 4, "gpu_count": 64}
    answer = ask(**shape, sharding="fsdp2", grad_accumulation=16)
    sent, held = parts(answer), -(-68_976_648_192 // 32)
    assert sent["data"] == 16 * held * (2 + 2 + 4) // 2
    others = sum(sent.values()) - sent["data"]
    kept = next(c for c in answer.conventions if "once a step" in c.text.en)
    assert kept.value == pytest.approx((held * (2 + 4) / 2 + others) / 1e9)
    assert "每步只聚合一次权重" in kept.text.zh
    assert not ask(**shape, sharding="zero1", grad_accumulation=16).conventions


@pytest.mark.parametrize(
    ("fields", "published"),
    [
        # github.com/pytorch/torchtitan, benchmarks/llama3_h100_202412_torchtitan.md: seconds of a
        # step, from its sequences of 8,192 tokens and its tokens/s per card (tables 1, 3 and 4; the
        # last has fp8 products, and 400 Gb/s of network a card)
        ({"model": "llama-3.1-8b", "gpu_count": 8, "micro_batch": 2}, 2 * 8192 / 5762),
        ({"model": "llama-3.1-8b", "gpu_count": 128, "micro_batch": 2}, 2 * 8192 / 5605),
        ({"model": "llama-3.1-70b", "gpu_count": 256, "tp": 8, "micro_batch": 16}, 2 * 8192 / 829),
    ],
)
def test_no_published_step_is_faster_than_links_or_peaks_allow(
    fields: dict[str, Any], published: float
) -> None:
    answer = ask(**fields, gpu="H100", sharding="fsdp2", seq=8192, checkpointing="selective",
                 network_bytes_per_s=400e9, sequence_parallel="tp" in fields)  # fmt: skip
    wire, compute = answer.details["communication_s"], answer.details["compute_s"]
    assert isinstance(wire, float)
    assert isinstance(compute, float)
    assert max(wire, compute / 2) < published  # compute is taken at half of the peak
    assert 0.65 * published < wire + compute < 1.15 * published


@pytest.mark.parametrize(
    ("fields", "width", "assumed"),
    [
        # a ring all-reduce of n gradients over 8 cards: 2 × 7/8 × n × their width
        ({}, 2, "gradients sent in bf16"),
        ({"precision": "mixed_fp16"}, 2, "gradients sent in fp16"),
        ({"precision": "amp_bf16"}, 4, "fp32 gradients"),
        ({"code": "fused"}, 4, "fp32 gradients"),
        ({"grad_dtype": "fp32"}, 4, None),
        ({"grad_dtype": "bf16"}, 2, None),
    ],
)
def test_the_gradients_assumed_are_those_counted(
    fields: dict[str, Any], width: int, assumed: str | None
) -> None:
    answer = ask(model="llama-7b", gpu_count=8, sharding="none", gpu="A100", **fields)
    assert answer.value_bytes == pytest.approx(2 * 7 / 8 * LLAMA_7B * width)
    said = [a.text.en for a in answer.assumptions if a.field == "grad_dtype"]
    assert said == ([assumed] if assumed else [])
    assert calculate(answer.request).value == answer.value


@pytest.mark.parametrize(("card", "half"), [("A100", "bf16"), ("V100 32GB", "fp16")])
def test_gradients_are_sent_in_the_half_precision_of_the_card(card: str, half: str) -> None:
    answer = ask(model="llama-7b", gpu_count=8, gpu=card, sharding="zero2")
    assert answer.request.grad_dtype == half
    assert any(a.text.zh == f"梯度以 {half} 通信" for a in answer.assumptions)


def test_without_a_number_of_cards_a_node_of_eight_is_assumed() -> None:
    """One card sends nothing, which nobody asks about: ZeRO-3 moves 3 × 2 bytes × 7/8."""
    answer = ask(model="llama-2-7b", sharding="zero3", grad_dtype="bf16", precision="mixed_bf16")
    assert answer.value_bytes == 6 * LLAMA_7B * 7 // 8
    assert "one node of 8 cards" in [assumed.text.en for assumed in answer.assumptions]
    assert ask(model="llama-2-7b", gpu_count=1).value_bytes == 0


@pytest.mark.parametrize(
    ("fields", "way"),
    [
        ({"tp": 8}, "(TP 8, 8 cards)"),
        ({"sharding": "zero1", "tp": 2, "pp": 2, "gpu_count": 16}, "(ZeRO-1 × TP 2 × PP 2, 16"),
        ({"sharding": "fsdp2", "cp": 4}, "(FSDP2 × CP 4, 4 cards)"),
        ({"gpu_count": 1}, "(DDP, 1 card)"),
    ],
)
def test_the_headline_names_the_ways_in_which_cards_share_the_work(fields, way) -> None:
    answer = ask(model="llama-2-7b", **fields)
    assert way in answer.headline.en
    assert way.split(",")[0].strip("(") in answer.headline.zh
