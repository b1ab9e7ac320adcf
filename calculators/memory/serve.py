"""The answer about serving: the estimate, the FAQ's 2n GB for a bare size, other engines."""

from __future__ import annotations

from calculators.capability import refuse_what_cannot_run
from calculators.case import Case
from calculators.memory.answers import finish_memory, judged, rule_of_thumb, with_verdict
from calculators.memory.inference import WEIGHTS, InferenceEstimate, estimate_inference, ready
from calculators.memory.inference_engines import other_engines
from calculators.memory.tensor_parallel import note_tensor_parallel
from calculators.memory.weights import rule_bytes_per_weight
from calculators.results import Calculation, Component
from calculators.rules.arithmetic import weight_bytes
from calculators.settled import settle
from calculators.text import Deferred, Text
from calculators.units import format_bytes


def _load_given(case: Case) -> bool:
    """Return whether the question itself says how much is served at once."""
    return any(case.given(name) for name in ("seq", "micro_batch", "new_tokens", "kv_dtype"))


def inference(case: Case) -> Calculation:
    """Return the memory of serving, summed over the cards; the FAQ's 2n GB for a bare size."""
    case = settle(case, _prepare)
    estimate = estimate_inference(case)
    note_tensor_parallel(case, estimate)
    rule_bytes = _rule_bytes(case)
    rule = rule_of_thumb(
        case,
        rule_bytes,
        Deferred(lambda: _rule_words(rule_bytes)),
    )
    leads = case.bare
    value = rule_bytes if leads else estimate.total_bytes
    return finish_memory(
        case,
        value,
        headline=Deferred(lambda: _headline(case, estimate, value)),
        rule=rule,
        leads=leads,
        estimate_bytes=estimate.total_bytes,
        rule_parts=(Component("weights", WEIGHTS, rule_bytes),),
        breakdown=estimate.components,
        memory=estimate.memory,
        conventions=other_engines(
            estimate.total_bytes, one_pass_bytes=estimate.one_pass_bytes, older=estimate.older
        ),
        **judged(case, estimate.memory.total_bytes),
    )


def _prepare(case: Case) -> None:
    """Do on the case what does not rest on how many sequences and tokens are served."""
    refuse_what_cannot_run(case)
    ready(case)
    _rule_bytes(case)
    _ = case.remarks


def _rule_bytes(case: Case) -> int:
    width = rule_bytes_per_weight(case.format("weight_dtype"))
    return case.known("rule", lambda: weight_bytes(case, width))


def _rule_words(rule_bytes: int) -> Text:
    shown = format_bytes(rule_bytes)
    return Text(
        f"By the FAQ, weights alone: {shown}; the estimate adds KV cache, activations and CUDA "
        "context, and counts the exact parameters.",
        f"按 FAQ 只算权重：{shown}；精确估算还计入 KV 缓存、激活、CUDA 上下文和准确参数量。",
    )


def _headline(case: Case, estimate: InferenceEstimate, value: int) -> Text:
    """Return the headline of ``value`` bytes, which are the rule's for a bare size."""
    leads, name = case.bare, case.get("weight_dtype")
    shown, lead_shown = format_bytes(estimate.total_bytes), format_bytes(value)
    each = Text("", "")
    if estimate.cards > 1:
        one = format_bytes(estimate.memory.total_bytes)
        each = Text(
            f" over {estimate.cards} cards, {'estimated ' if leads else ''}{one} on each",
            f"（{estimate.cards} 张卡合计，{'估算' if leads else ''}每卡 {one}）",
        )
    elif leads and _load_given(case):
        tokens, batch = case.get("seq"), case.get("micro_batch")
        each = Text(
            " for the weights alone by the rule of thumb; "
            f"estimated {shown} with {tokens:,} tokens × {batch}",
            f"（经验法则，只算权重）；{tokens:,} token × {batch} 时精确估算共 {shown}",
        )
    headline = Text(
        f"Inference with {case.subject.en} in {name}: {lead_shown}{each.en}",
        f"{case.subject.zh}（{name}）推理：{lead_shown}{each.zh}",
    )
    return with_verdict(case, headline, estimate.memory.total_bytes)
