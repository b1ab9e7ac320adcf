"""What a number beside a key may be, and what it means: ``8k ctx``, ``batch 4``, ``rank 64``."""

from __future__ import annotations

from bot.understanding.items import Quantity

WHOLE = frozenset({"batch", "micro_batch", "global_batch", "accumulation", "rank", "sequences",
                    "tp", "pp", "dp", "cp", "ep", "virtual_pp", "gpu_count",
                    "shard_group"})  # fmt: skip
# Rates named before their number (``it/s: 0.4``), with the kind a unit after it would give.
RATES = {
    "steps_per_s": "steps_per_s",
    "step_s": "time",
    "examples_per_s": "examples_per_s",
    "tokens_per_s": "tokens_per_s",
    "tokens_per_s_gpu": "tokens_per_s",
}
# Lengths that a number alone is taken for: powers of two from 1,024 to a million tokens.
USUAL_LENGTHS = frozenset(2**power for power in range(10, 21))
LENGTHS = frozenset({"seq", "new_tokens", "prompt_tokens"})


def tokens_of(quantity: Quantity) -> float:
    """Tokens that a length means: 8k is 8,192, 10k is 10,000, 2048 is itself."""
    number, scale = quantity.number, quantity.scale
    power_of_two = (
        0 < number <= 1024 and number == int(number) and (int(number) & (int(number) - 1)) == 0
    )
    if scale == "k" and power_of_two:
        return number * 1024
    if scale == "m" and power_of_two:
        return number * 1024 * 1024
    return quantity.value


def accepts(key: str, quantity: Quantity) -> bool:
    """Whether a quantity can be the value of a key."""
    if key in LENGTHS:
        return quantity.kind in ("number", "tokens") or (
            quantity.kind == "scaled" and quantity.scale in ("k", "m")
        )
    if key == "accumulation" and quantity.kind == "steps":
        return True
    if key in WHOLE:
        return quantity.kind in ("number", "examples") or (
            key.endswith("batch")
            and quantity.kind in ("scaled", "tokens")
            and quantity.scale in ("k", "m")
        )
    if key == "params":
        return quantity.kind in ("scaled", "params", "number") and quantity.value >= 1e5
    if key == "tokens":
        return quantity.kind in ("scaled", "number") and quantity.value >= 1e3
    if key in RATES:
        return quantity.kind in ("number", "scaled", RATES[key]) and quantity.scale in ("", "k")
    if key == "memory_share":
        return quantity.kind in ("number", "percent") and 0 < quantity.value <= 100
    if key == "tgs":
        return quantity.kind in ("number", "tokens") and quantity.value >= 1
    return key in ("layers", "heads", "hidden") and quantity.kind == "number"


def whole(value: float) -> float | int:
    """Return a whole number as an int; one too large to be exact stays as it is."""
    return int(value) if abs(value) < 1e18 and value == int(value) else value
