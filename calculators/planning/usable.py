"""What engines and hosts can do: card counts that divide a model, memory to offload to."""

from __future__ import annotations

from calculators.architecture import Architecture
from calculators.case import Case
from calculators.layout import CARDS_PER_NODE
from calculators.planning.costs import host_bytes_per_card
from calculators.planning.demand import Demand
from calculators.text import Text
from calculators.units import decimal_bytes, format_bytes


def tensor_degrees(architecture: Architecture) -> tuple[int, ...]:
    """Return the tensor-parallel degrees of a node that divide the model, 1 included.

    They divide the attention heads, and deal out whole KV heads: several to a card, or each to
    several cards (arXiv 1909.08053, section 3; vLLM, ``ModelConfig.get_num_kv_heads``).
    """
    mixers = [layer.attention for layer, _ in architecture.groups if layer.attention.heads]
    return tuple(
        degree
        for degree in range(1, CARDS_PER_NODE + 1)
        if all(
            mixer.heads % degree == 0
            and (
                mixer.kind == "mla"
                or mixer.kv_heads % degree == 0
                or degree % max(1, mixer.kv_heads) == 0
            )
            for mixer in mixers
        )
    )


def serving_degrees(architecture: Architecture, cards: int) -> tuple[int, int] | None:
    """Return tensor- and pipeline-parallel degrees that use so many cards, None where none do.

    Within a node the model is divided by tensor parallelism; over nodes by pipeline stages of the
    widest degree, never more stages than layers.
    """
    degrees = tensor_degrees(architecture)
    if cards <= CARDS_PER_NODE:
        return (cards, 1) if cards in degrees else None
    widest = degrees[-1]
    stages, rest = divmod(cards, widest)
    return (widest, stages) if rest == 0 and stages <= architecture.layer_count else None


def host_holds(result: Demand) -> bool:
    """Whether the hosts of the cards are taken to have the memory that offloading needs."""
    return result.host_bytes <= result.cards * host_bytes_per_card(_card_id(result.case))


def host_words(result: Demand) -> Text:
    """Return what offloading takes of the machines' memory, in words; empty without."""
    if not result.host_bytes:
        return Text("", "")
    whole = format_bytes(result.host_bytes)
    one = format_bytes(-(-result.host_bytes // result.cards))
    have = format_bytes(host_bytes_per_card(_card_id(result.case)))
    if result.cards == 1:
        return Text(
            f", {one} of host memory of an assumed {have}",
            f"，需主机内存 {one}（假定主机有 {have}）",
        )
    return Text(
        f", {whole} of host memory in all: {one} per card of an assumed {have}",
        f"，共需主机内存 {whole}：每卡 {one}（假定每卡配 {have} 主机内存）",
    )


def host_condition(result: Demand) -> Text:
    """Return what a yes depends on where hosts are taken to have too little; else empty."""
    if host_holds(result) or not result.fits:
        return Text("", "")
    one = decimal_bytes(-(-result.host_bytes // result.cards))
    have = decimal_bytes(host_bytes_per_card(_card_id(result.case)))
    return Text(
        f", if the host has {one} per card ({have} assumed)",
        f"，前提是主机为每卡提供 {one} 内存（假定只有 {have}）",
    )


def note_host(case: Case, result: Demand) -> None:
    """Say so where offloading was asked for and needs more than hosts are taken to have."""
    if host_holds(result):
        return
    one = format_bytes(-(-result.host_bytes // result.cards))
    have = format_bytes(host_bytes_per_card(_card_id(result.case)))
    case.caveat(
        f"Offloading needs {one} of host memory per card; a host is assumed to have {have} per "
        "card, which is too little. More cards share it, or another host has more.",
        f"卸载需要每卡 {one} 主机内存，而假定每卡只配有 {have}，不够；可增加卡数分摊，"
        "或换用内存更大的主机。",
    )


def _card_id(case: Case) -> str | None:
    return None if case.gpu is None else case.gpu.id
