"""The changes tried when something does not fit: one by one, eased, and as a last resort."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache

from calculators.cached import find_gpu
from calculators.layout import CARDS_PER_NODE
from calculators.planning.costs import costs
from calculators.planning.demand import Demand
from calculators.planning.offered import Changes
from calculators.planning.other_sharding import by_fsdp2
from calculators.planning.usable import tensor_degrees

SHORTEST = 512
EASY = frozenset({"attention", "checkpointing", "sharding"})
"""What changes neither the result nor the hardware."""
ON_HOST = frozenset({"adamw", "sgd", "sgd_momentum", "lion", "adafactor"})
"""Optimizers that step on a CPU; 8-bit AdamW, GaLore and Muon need the card."""
MORE_STAGES = (2, 4, 8, 16)
FSDP2: Changes = {"sharding": "fsdp2"}
"""Another engine: it may need less of one step and more of another, so it is no easy change."""


def repairs(demanded: Demand) -> Changes:
    """Return the changes without which the card cannot run the work at all."""
    request, gpu = demanded.case.request, demanded.case.gpu
    changes: Changes = {}
    if gpu is None or not demanded.reasons:
        return changes
    if request.attention == "flash" and gpu.flash_attention_version is None:
        changes["attention"] = "sdpa"
    precision = request.precision or ""
    if not gpu.supports_bf16 and "bf16" in precision:
        changes["precision"] = precision.replace("bf16", "fp16")
    if not gpu.supports_fp8 and "fp8" in precision:
        changes["precision"] = f"mixed_{gpu.training_format}"
    weights = request.weight_dtype or ""
    if not gpu.supports_bf16 and "bf16" in weights:
        changes["weight_dtype"] = "fp16"
    if not gpu.supports_fp8 and "fp8" in weights:
        changes["weight_dtype"] = "int8"
    return changes


def single_changes(demanded: Demand) -> Iterator[Changes]:
    """Yield the changes that are tried alone; ``largest`` and ``fewest`` are still to be found."""
    case = demanded.case
    yield from _training_changes(demanded) if case.mode == "train" else _serving_changes(demanded)
    yield from more_cards(demanded)
    capacity = demanded.capacity_bytes
    yield from ({"gpu": gpu_id} for gpu_id in larger_cards(capacity))


def more_cards(demanded: Demand) -> Iterator[Changes]:
    """Yield more cards: sharded where DDP was asked for, in wider degrees if any are given."""
    case = demanded.case
    if case.mode == "train":
        staged = (case.get("pp") or 1) > 1
        if case.request.sharding == "none" and not staged:
            yield {"sharding": "zero3", "gpu_count": "fewest"}
        else:
            yield {"gpu_count": "fewest"}
        if case.request.sharding in ("zero1", "zero2") and not staged:
            yield {"sharding": "zero3", "gpu_count": "fewest"}
    elif case.get("tp") is None and case.get("pp") is None:
        yield {"gpu_count": "fewest"}
    tp, pp = case.get("tp") or 1, case.get("pp") or 1
    if tp > 1:
        for degree in tensor_degrees(case.architecture):
            if tp < degree <= CARDS_PER_NODE:
                yield {"tp": degree, "gpu_count": demanded.cards // tp * degree}
    if pp > 1 or (case.mode == "infer" and tp > 1):
        for stages in MORE_STAGES:
            if pp < stages <= case.architecture.layer_count:
                yield {"pp": stages, "gpu_count": demanded.cards // pp * stages}


@lru_cache(maxsize=64)
def larger_cards(capacity_bytes: int) -> tuple[str, ...]:
    """Return the cheapest card of each size above ``capacity_bytes``, by size."""
    tiers: dict[int, str] = {}
    for gpu_id in sorted(costs().card_hour, key=costs().card_hour.__getitem__):
        gpu = find_gpu(gpu_id)
        if gpu.capacity_bytes > 1.02 * capacity_bytes:
            tiers.setdefault(gpu.memory_gb, gpu_id)
    return tuple(tiers[size] for size in sorted(tiers))


def _training_changes(demanded: Demand) -> Iterator[Changes]:
    get = demanded.case.get
    staged = (get("pp") or 1) > 1
    if get("checkpointing") != "full":
        yield {"checkpointing": "full"}
    if get("attention") == "eager":
        yield {"attention": "sdpa"}
    if get("micro_batch") > 1:
        yield {"micro_batch": "largest"}
    if get("seq") > SHORTEST:
        yield {"seq": "largest"}
    if demanded.cards > 1 and get("sharding") in ("none", "zero1", "zero2") and not staged:
        yield {"sharding": "zero3"}
    other = by_fsdp2(demanded) if get("sharding") != "fsdp2" else None
    if other is not None and other.per_gpu_bytes < demanded.per_gpu_bytes:
        yield dict(FSDP2)
    if demanded.cards > 1 and get("sharding") == "none" and staged:
        yield {"sharding": "zero1"}  # DeepSpeed's pipelines take no higher stage
    if get("method") == "full" and get("optimizer") == "adamw" and get("offload") == "none":
        yield {"optimizer": "adamw_8bit"}
    if get("offload") == "none" and get("optimizer") in ON_HOST:
        yield {"offload": "optimizer"}
    if get("offload") != "parameters" and get("optimizer") in ON_HOST and not staged:
        yield {"offload": "parameters"}
    if get("method") == "full":
        yield {"method": "lora"}
    if get("method") != "qlora":
        yield {"method": "qlora"}


def _serving_changes(demanded: Demand) -> Iterator[Changes]:
    case = demanded.case
    bits = case.format("weight_dtype").bits_per_weight
    if bits > 8:
        yield {"weight_dtype": "int8"}
    if bits > 5:
        yield {"weight_dtype": "int4-g128"}
    if case.format("kv_dtype").bits_per_weight > 8:
        yield {"kv_dtype": "int8"}
    if case.get("micro_batch") > 1:
        yield {"micro_batch": "largest"}
    if case.get("seq") > SHORTEST:
        yield {"seq": "largest"}


def _is_easy(change: Changes) -> bool:
    return change.keys() <= EASY and change != FSDP2


def _easy(repaired: Changes, single: list[Changes]) -> Changes:
    """Return the changes that cost no hardware, all together, on top of the repairs."""
    easy = [change for change in single if _is_easy(change)]
    return {**repaired, **{name: value for change in easy for name, value in change.items()}}


def eased(repaired: Changes, single: list[Changes]) -> list[Changes]:
    """Return the changes that cost no hardware together, alone and with a number to be found."""
    easy = [change for change in single if _is_easy(change)]
    if not easy:
        return []
    together = _easy(repaired, single)
    open_numbers = [change for change in single if {"largest", "fewest"} & set(change.values())]
    alone = [together] if len(easy) > 1 else []
    return [*alone, *({**together, **change} for change in open_numbers)]


def last_resort(demanded: Demand, repaired: Changes, single: list[Changes]) -> list[Changes]:
    """Return many changes at once, for when no one or two do: what is easy, then what saves most.

    A micro batch of one, adapters over 4-bit weights, 4-bit weights and an 8-bit cache for
    serving, more cards and the largest ones.
    """
    training = demanded.case.mode == "train"
    base = _easy(repaired, single)
    if training and demanded.case.get("micro_batch") > 1:
        base = {**base, "micro_batch": 1}
    more = next((change for change in single if "fewest" in change.values()), {})
    more = next((change for change in reversed(single) if "pp" in change), more)
    largest_cards = [{"gpu": name} for name in larger_cards(demanded.capacity_bytes)[-2:]]
    if training:
        saving: list[Changes] = [{}, {"method": "lora"}, {"method": "qlora"}]
        saving = [{k: v for k, v in s.items() if demanded.case.get(k) != v} for s in saving]
    else:
        lighter: Changes = {"weight_dtype": "int4-g128"}
        saving = [{}, {"kv_dtype": "int8"}, lighter, {**lighter, "kv_dtype": "int8"}]
    numbers: list[Changes] = [change for change in single if "largest" in change.values()]
    found = [{**base, **s, **m} for s in saving for m in (more, *numbers) if m]
    found += [{**base, **s, **card} for s in saving for card in largest_cards]
    found += [{**base, **s, **card, **more} for s in saving for card in largest_cards if more]
    return [changes for changes in found if changes]
