"""The key-value cache of a number of sequences, contiguous, over all cards."""

from __future__ import annotations

from calculators.architecture import uncompressed_kv_bytes
from calculators.case import Case
from calculators.layout import check_split, inference_layout
from calculators.memory.answers import finish_memory
from calculators.memory.assumed import assume_batch, assume_sequence, note_windows
from calculators.memory.inference import cache_shards
from calculators.memory.kv_formulas import PER_CARD, cache_bytes
from calculators.results import Calculation, Component, Convention
from calculators.text import Text
from calculators.units import format_bytes


def kv_cache(case: Case) -> Calculation:
    """Return the bytes of the cache of tokens × sequences; the compressed one for MLA.

    Of one card's part where the question is about one: whole KV heads under tensor parallelism.
    """
    tokens = assume_sequence(case)
    note_windows(case)
    sequences = assume_batch(case)
    case.default("kv_dtype", "fp16", "16-bit KV cache", "KV 缓存为 16 位")
    width = case.format("kv_dtype").bits_per_weight / 8
    model = case.architecture
    total = cache_bytes(case.trail, model, tokens=tokens, sequences=sequences, element_bytes=width)
    each = Text("", "")
    if case.request.per_gpu:
        layout = inference_layout(case)
        check_split(model, layout, assumed=case.bare)
        total = case.trail.bytes(PER_CARD, M_kv=total, k_kv=cache_shards(case, layout))
        each = Text(" on each card", "（每卡）")
    expanded = round(uncompressed_kv_bytes(model, tokens, sequences, width))
    conventions: tuple[Convention, ...] = ()
    if model.attention.kind == "mla":
        text = Text(
            f"An engine that expands latent attention into full heads: {format_bytes(expanded)}",
            f"若推理引擎把 MLA 展开为完整的头：{format_bytes(expanded)}",
        )
        conventions = (Convention(text, expanded / 1e9, "GB"),)
    shown = format_bytes(total)
    return finish_memory(
        case,
        total,
        headline=Text(
            f"KV cache of {case.subject.en}, {tokens:,} tokens × {sequences:,}: {shown}{each.en}",
            f"{case.subject.zh} 的 KV 缓存（{tokens:,} token × {sequences:,}）：{shown}{each.zh}",
        ),
        breakdown=(Component("kv_cache", Text("KV cache", "KV 缓存"), total),),
        conventions=() if case.request.per_gpu else conventions,
        per_gpu=case.request.per_gpu,
        details={"bytes_per_token": total / tokens / sequences},
    )
