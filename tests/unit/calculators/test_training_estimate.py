"""The training estimate against hand calculations and published formulas."""

from __future__ import annotations

import re

import pytest

from calculators.architecture import architecture_from_config
from calculators.errors import ContradictoryRequest, InvalidRequest
from calculators.memory.training import estimate_training
from calculators.memory.training.moments import layer_sizes
from calculators.memory.training.plan import resolve
from calculators.registry import find_gpu, find_model
from calculators.requests import Lora, Request

LLAMA = find_model("llama-7b").architecture
LLAMA_PARAMETERS = 6_738_415_616
LLAMA_TENSORS = (
    32 * 9 + 3
)  # q, k, v, o, gate, up, down and two norms a layer; embedding, norm, head
GPT3 = architecture_from_config(
    {
        "model_type": "gpt2", "n_embd": 12288, "n_layer": 96, "n_head": 96, "n_positions": 2048,
        "vocab_size": 51200, "activation_function": "gelu_new",
    }
)  # fmt: skip


def estimate(model=LLAMA, gpu=None, **fields):
    named = "llama-7b" if model is LLAMA else None
    return estimate_training(Request(calculator="training", model=named, **fields), model, gpu)


def saved_per_token(model, **fields):
    return layer_sizes(model, resolve(Request(calculator="training", **fields), model))


@pytest.mark.parametrize(
    ("precision", "weights", "master", "gradients", "moments"),
    [
        ("fp32", 4, 0, 4, 8),
        ("bf16", 2, 0, 2, 4),
        ("amp_bf16", 4, 0, 4, 8),
        ("mixed_bf16", 2, 4, 4, 8),
    ],
)
def test_adamw_states_by_recipe(precision, weights, master, gradients, moments):
    states = estimate(precision=precision, sharding="none").states
    n = LLAMA_PARAMETERS
    assert states["weights"] == weights * n
    assert states["master"] == master * n
    assert states["gradients"] == gradients * n
    assert states["optimizer"] == moments * n + 512 * LLAMA_TENSORS  # a step count per tensor


def test_sixteen_bit_gradients_make_sixteen_bytes_a_parameter():
    states = estimate(precision="mixed_bf16", grad_dtype="bf16", sharding="none").states
    total = sum(states[kind] for kind in ("weights", "master", "gradients", "optimizer"))
    assert total == pytest.approx(16 * LLAMA_PARAMETERS, rel=1e-4)


@pytest.mark.parametrize(
    ("sharding", "divided"),
    [("zero1", "optimizer"), ("zero2", "gradients"), ("zero3", "weights")],
)
def test_each_zero_stage_divides_one_state_more(sharding, divided):
    whole = estimate(precision="mixed_bf16", sharding="none").states
    shared = estimate(precision="mixed_bf16", sharding=sharding, dp=8).states
    assert shared[divided] == pytest.approx(whole[divided] / 8, abs=1)


def test_fsdp2_keeps_fp32_shards_of_weights_gradients_and_moments():
    states = estimate(precision="mixed_bf16", sharding="fsdp2", dp=8).states
    assert states["weights"] == pytest.approx(4 * LLAMA_PARAMETERS / 8, abs=1)
    assert states["gradients"] == pytest.approx(4 * LLAMA_PARAMETERS / 8, abs=1)
    assert states["master"] == 0


def test_experts_are_shared_out_over_the_ranks_that_hold_the_same_ones():
    """Mixtral on 64 cards with ep = 8: the experts' optimizer lies on 64 / 8 ranks."""
    mixtral = find_model("mixtral-8x7b").architecture
    experts = 32 * 8 * 3 * 4096 * 14336
    others = mixtral.parameters_total - experts
    states = estimate(
        mixtral, dp=64, ep=8, sharding="zero1", precision="mixed_bf16", grad_dtype="bf16"
    ).states
    total = sum(states[kind] for kind in ("weights", "master", "gradients", "optimizer"))
    here = 4 * (others + experts / 8) + 12 * (others / 64 + experts / 8 / 8)
    assert total == pytest.approx(here, rel=1e-4)


GIB = 2**30


@pytest.mark.parametrize(
    ("model", "fields", "gibibytes"),
    [  # states per card: Megatron-LM's theoretical report and SimuMax give the first three alike
        ("llama-3-70b", {"tp": 8, "pp": 4, "dp": 2, "sharding": "zero1"}, 25.38),
        ("mixtral-8x7b", {"ep": 8, "dp": 64, "sharding": "zero1"}, 48.63),
        ("llama-7b", {"sharding": "none"}, 112.96),
        ("llama-65b", {"dp": 4, "sharding": "zero3", "grad_dtype": "bf16"}, 243.21),
        ("deepseek-v3", {"dp": 64, "sharding": "zero3", "grad_dtype": "bf16"}, 156.24),
    ],
)
def test_states_agree_with_other_accounts_to_a_thousandth(model, fields, gibibytes):
    states = estimate(find_model(model).architecture, precision="mixed_bf16", **fields).states
    total = sum(states[kind] for kind in ("weights", "master", "gradients", "optimizer"))
    assert total / GIB == pytest.approx(gibibytes, rel=1e-3)


def test_stock_llama_layers_save_what_their_operators_save():
    h, inner = 4096, 11008
    norms = 2 * (4 * h + 2 * h + 4)  # fp32 copy, its 16-bit product, one fp32 factor a row
    attention = 2 * h + 3 * 2 * h + 2 * h + 4 * 32  # input, q k v, output; log-sum-exp a head
    feed_forward = 2 * h + 4 * 2 * inner  # input; gate, its activation, up, product
    expected = norms + attention + feed_forward
    saved = saved_per_token(LLAMA, precision="bf16", checkpointing="none")
    assert saved == (expected, 0)


def test_eager_attention_adds_terms_in_the_square_of_the_sequence():
    _, per_pair = saved_per_token(LLAMA, precision="bf16", checkpointing="none", attention="eager")
    assert per_pair == 32 * (4 + 2)  # fp32 softmax and its 16-bit copy, for each head


def test_full_recompute_keeps_the_input_of_each_layer():
    assert saved_per_token(LLAMA, precision="bf16", checkpointing="full") == (2 * 4096, 0)


@pytest.mark.parametrize(
    ("fields", "linear", "square"),
    [  # arXiv 2205.05198, table 2, in units of s·b·h
        ({"tp": 1}, 34, 5 * 96 / 12288),
        ({"tp": 8}, 10 + 24 / 8, 5 * 96 / 12288 / 8),
        ({"tp": 8, "sequence_parallel": True}, 34 / 8, 5 * 96 / 12288 / 8),
        ({"tp": 8, "sequence_parallel": True, "checkpointing": "selective"}, 34 / 8, 0),
        ({"checkpointing": "full"}, 2, 0),
    ],
)
def test_fused_code_keeps_what_the_paper_counts(fields, linear, square):
    asked = {"code": "fused", "attention": "eager", "checkpointing": "none", **fields}
    per_token, per_pair = saved_per_token(GPT3, precision="mixed_bf16", **asked)
    assert per_token / 12288 == pytest.approx(linear, rel=0.002)
    assert per_pair / 12288 == pytest.approx(square)


def test_the_logits_of_a_large_vocabulary_stand_at_the_loss():
    model = find_model("llama-3-8b").architecture
    small = estimate(model, precision="bf16", seq=1024, checkpointing="full").memory.moments
    large = estimate(model, precision="bf16", seq=5120, checkpointing="full").memory.moments
    logits = (2 + 4 + 4) * 128256  # in 16 bits, in fp32, and their log-softmax
    inputs = 32 * 2 * 4096  # one per layer
    last_norm = (4 + 2 + 2) * 4096 + 4
    rest = 8 + 2 * 128 * 2  # token ids; cos and sin
    grown = (large["loss"] - small["loss"]) / 4096
    assert grown == logits + inputs + last_norm + rest


def test_lora_trains_two_small_matrices_beside_each_target():
    lora = Lora(rank=16, targets=("q_proj", "v_proj"))
    answer = estimate(method="lora", lora=lora, precision="bf16", sharding="none")
    assert answer.parameters.trainable == 32 * 2 * 16 * (4096 + 4096)
    assert answer.states["adapters"] == 4 * answer.parameters.trainable
    assert answer.states["weights"] == 2 * LLAMA_PARAMETERS


def test_qlora_keeps_linear_weights_in_four_bits_and_the_ends_in_sixteen():
    answer = estimate(method="qlora", precision="bf16", sharding="none")
    linear = 32 * (4 * 4096 * 4096 + 3 * 4096 * 11008)
    packed = linear * (4 + 8 / 64 + 32 / (64 * 256)) / 8  # arXiv 2305.14314, section 3
    assert answer.states["weights"] == pytest.approx(
        packed + 2 * (LLAMA_PARAMETERS - linear), abs=2
    )


def test_components_add_up_to_the_total_and_the_peak_is_the_largest_moment():
    for fields in ({}, {"dp": 8}, {"method": "qlora"}, {"checkpointing": "none", "pp": 4}):
        answer = estimate(**fields)
        assert sum(part.bytes for part in answer.components) == answer.memory.total_bytes
        assert all(part.bytes > 0 for part in answer.components)
        moments = answer.memory.moments
        assert answer.memory.peak_allocated_bytes == max(moments.values())
        assert answer.next_moment == sorted(moments, key=lambda m: -moments[m])[1]


def test_working_ends_in_the_total():
    answer = estimate(dp=8)
    assert [step.formula for step in answer.working][-3:] == [
        "training_peak",
        "reserve",
        "training_per_card",
    ]
    total = answer.memory.total_bytes
    assert f"{total / 1e9:.2f} GB" in answer.working[-1].result


def test_every_symbol_of_the_working_is_worked_out_before_it_is_used():
    given = {"M_cuda"}  # the FAQ's 1.3 GB
    for fields in ({}, {"dp": 8}, {"method": "qlora"}, {"checkpointing": "none"}):
        known = set(given)
        for step in estimate(**fields).working:
            left, right = step.symbolic.split(" = ")
            sums = set(re.findall(r"[A-Z](?:_[A-Za-z0-9]+)?", right))
            if step.formula in ("training_peak", "training_per_card"):
                missing = {name for name in sums - known if " 0 bytes" not in step.substituted}
                assert not missing, (step.symbolic, missing)
            known.add(left)


def test_saved_activations_are_the_layers_that_have_saved():
    # LLaMA-7B, every layer recomputed: a layer keeps its 16-bit input, 2,048 × 4,096 × 2 bytes;
    # at the loss of a QLoRA step all 32 have
    answer = estimate(method="qlora", micro_batch=4)
    shown = {step.formula: step for step in answer.working}
    assert shown["training_layer_saved"].result.startswith("67.11 MB")
    assert shown["training_saved"].substituted == "32 × 67.11 MB + 0 bytes"


def test_the_other_conventions_stand_beside():
    sixteen, fused, engine = estimate(dp=8).conventions
    assert "16 bytes" in sixteen.text.en
    assert "fused" in fused.text.en
    assert "by FSDP2" in engine.text.en  # ZeRO-3 itself is DeepSpeed's
    assert fused.value < estimate(dp=8).memory.total_bytes


def test_offloading_moves_states_to_the_host():
    here = estimate(sharding="zero3", dp=8)
    there = estimate(sharding="zero3", dp=8, offload="optimizer")
    assert there.states["optimizer"] == there.states["master"] == 0
    moved = here.states["optimizer"] + here.states["master"] + here.states["gradients"]
    assert there.states["host"] == pytest.approx(moved, abs=2)
    assert there.memory.total_bytes < here.memory.total_bytes


@pytest.mark.parametrize("field", ["micro_batch", "seq"])
@pytest.mark.parametrize("checkpointing", ["none", "selective", "full"])
def test_more_tokens_never_need_less(field, checkpointing):
    sizes = [
        estimate(checkpointing=checkpointing, **{field: size}).memory.total_bytes
        for size in (1, 2, 64, 1000, 4096)
    ]
    assert sizes == sorted(sizes)


def test_more_shards_never_need_more():
    for sharding in ("zero1", "zero2", "zero3", "fsdp2"):
        sizes = [estimate(sharding=sharding, dp=n).memory.total_bytes for n in (2, 4, 8, 64, 512)]
        assert sizes == sorted(sizes, reverse=True)


def test_a_higher_rank_never_needs_less():
    sizes = [
        estimate(method="lora", lora=Lora(rank=rank)).memory.total_bytes for rank in (1, 8, 64, 512)
    ]
    assert sizes == sorted(sizes)


@pytest.mark.parametrize(
    ("fields", "named"),
    [
        ({"tp": 3}, "tp"),
        ({"pp": 33}, "pp"),
        ({"ep": 2}, "ep"),
        ({"lora": Lora()}, "lora"),
        ({"method": "lora", "lora": Lora(targets=("wq",))}, "lora"),
    ],
)
def test_layouts_that_cannot_run_are_refused(fields, named):
    with pytest.raises(ContradictoryRequest) as error:
        estimate(**fields)
    assert error.value.field == named
    assert error.value.text.zh


@pytest.mark.parametrize("fields", [{"seq": 0}, {"micro_batch": -1}, {"seq": 10**12}])
def test_absurd_sizes_are_refused(fields):
    with pytest.raises(InvalidRequest):
        estimate(**fields)


@pytest.mark.parametrize(
    "fields", [{"precision": "mixed_bf16"}, {"precision": "fp8"}, {"attention": "flash"}]
)
def test_what_a_v100_cannot_run_is_refused(fields):
    v100 = find_gpu("v100")
    with pytest.raises(ContradictoryRequest):
        estimate(gpu=v100, **{"precision": "mixed_fp16", **fields})


def test_an_answer_says_how_far_such_estimates_were_off():
    measured = estimate(precision="bf16", sharding="none", checkpointing="none").measured
    assert measured.cases >= 5
    assert str(measured.cases) in measured.text.en
    assert str(measured.cases) in measured.text.zh


@pytest.mark.parametrize(
    "fields",
    [
        {"pp": 2, "virtual_pp": 2, "tp": 2},
        {"tp": 2, "dp": 2},
        {"cp": 2, "tp": 2},
        {"code": "fused"},
        {"offload": "optimizer"},
        {"precision": "fp8"},
        {"optimizer": "galore"},
        {"sharding": "zero1", "dp": 2},
        {"sharding": "zero3", "dp": 2},
        {"precision": "mixed_bf16"},  # measured under FSDP2 only
        {"precision": "bf16", "grad_dtype": "fp32"},
        {"checkpointing": "selective"},
        {"precision": "fp32", "optimizer": "muon"},  # one held-out step
    ],
)
def test_no_error_is_claimed_for_a_kind_that_was_not_measured(fields):
    step = {"precision": "bf16", "sharding": "none", "checkpointing": "none", **fields}
    text = estimate(**step).measured.text
    assert "not measured for this kind" in text.en
    assert "尚未实测" in text.zh


def test_fused_code_under_autocast_keeps_what_it_multiplies_in_sixteen_bits():
    # a token of LLaMA-7B: the inputs of two norms in fp32; in 16 bits the inputs of attention and
    # feed-forward, q, k, v and the core's result (4096 each), and three tensors of 11,008; the
    # core's fp32 statistics of 32 heads
    per_token, per_pair = saved_per_token(
        LLAMA, code="fused", precision="amp_bf16", checkpointing="none"
    )
    assert per_token == 2 * 4096 * 4 + 2 * (2 * 4096 + 4 * 4096 + 3 * 11_008) + 32 * 4
    assert per_pair == 0


@pytest.mark.parametrize("precision", ["amp_bf16", "bf16", "fp32", "mixed_bf16"])
@pytest.mark.parametrize("checkpointing", ["none", "full"])
@pytest.mark.parametrize(("micro_batch", "seq"), [(1, 128), (4, 2048)])
def test_fused_code_never_needs_more_than_stock(precision, checkpointing, micro_batch, seq):
    fields = {
        "precision": precision, "checkpointing": checkpointing, "micro_batch": micro_batch,
        "seq": seq, "sharding": "none",
    }  # fmt: skip
    stock, fused = (
        estimate(code=code, **fields).memory.peak_allocated_bytes
        for code in ("transformers", "fused")
    )
    assert fused <= stock


@pytest.mark.parametrize(
    "fields",
    [
        {"precision": "bf16", "sharding": "none"},
        {"precision": "bf16", "sharding": "none", "checkpointing": "none", "attention": "eager"},
        {"precision": "amp_bf16", "sharding": "none"},
        {"precision": "mixed_bf16", "sharding": "fsdp2", "dp": 8},
        {"precision": "mixed_bf16", "sharding": "fsdp2", "dp": 8, "checkpointing": "none"},
        {"precision": "mixed_bf16", "code": "fused", "tp": 4, "pp": 2},
        {"method": "lora", "sharding": "fsdp2", "dp": 4, "seq": 4096},
    ],
)
def test_each_term_of_the_working_set_is_worked_out(fields):
    """What is gathered, reduced and at work comes from steps of its own, whose results go in."""
    steps = {step.formula.removeprefix("training_"): step for step in estimate(**fields).working}

    def goes_into(name, other):
        amount = steps[name].result.split(" (")[0].lstrip("= ")
        return amount in steps[other].substituted

    for name in ("part_at_work", "part_at_work_eager", "weight_buffers", "inputs"):
        assert name not in steps or goes_into(name, "working_set")
    for name in ("gathered", "reduced", "autocast_copies"):
        assert name not in steps or goes_into(name, "weight_buffers")
    assert "inputs" in steps
    assert {"part_at_work", "part_at_work_eager", "reduced"} & set(steps)
    assert ("gathered" in steps) == (fields.get("sharding") == "fsdp2")
