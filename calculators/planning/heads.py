"""Where tensor parallelism cannot use a number of cards: it has to divide the attention heads."""

from __future__ import annotations

from calculators.case import Case
from calculators.text import Text


def note_heads(case: Case, *counts: int, fewest: bool = False) -> None:
    """Say of each number of cards that does not divide the heads which numbers near it do.

    Only where inference was asked about and nobody said how the cards are used. Where the counts
    are the ``fewest`` that hold the work, fewer are no way out, nor are replicas of fewer.
    """
    if case.mode != "infer" or any(case.given(name) for name in ("tp", "pp", "dp")):
        return
    attention = case.architecture.attention
    heads, kv_heads = attention.heads, attention.kv_heads if attention.kind != "mla" else 1
    for cards in sorted(set(counts)):
        if heads and cards > 0 and not _divides(heads, kv_heads, cards):
            text = _near(heads, kv_heads, cards, fewest=fewest)
            case.caveat(text.en, text.zh)


def _divides(heads: int, kv_heads: int, cards: int) -> bool:
    """Whether cards share the heads alike: whole KV heads each, or each of them over several."""
    return heads % cards == 0 and (kv_heads % cards == 0 or cards % max(1, kv_heads) == 0)


def _near(heads: int, kv_heads: int, cards: int, *, fewest: bool) -> Text:
    divisors = [count for count in range(1, heads + 1) if _divides(heads, kv_heads, count)]
    above = next((count for count in divisors if count > cards), None)
    below = None if fewest else max(count for count in divisors if count < cards)
    usable = [count for count in (below, above) if count is not None]
    numbers = " and ".join(map(str, usable))
    near = Text("", "")
    if usable:
        verb = "does" if len(usable) == 1 else "do"
        near = Text(f", {numbers} {verb}", f"，{' 张或 '.join(map(str, usable))} 张可以")
    others = Text("", "") if fewest else _REPLICAS
    whole = Text("", "")
    if len(divisors) < sum(heads % count == 0 for count in range(1, heads + 1)):
        whole = Text(
            f" and deals out the {kv_heads} KV heads alike", f"且能均分 {kv_heads} 个 KV 头"
        )
    return Text(
        f"Tensor parallelism needs a number of cards that divides the {heads} attention heads"
        f"{whole.en}: "
        f"{cards} does not{near.en}; {cards} cards do with pipeline parallelism{others.en}.",
        f"张量并行要求卡数整除 {heads} 个注意力头{whole.zh}：{cards} 张不行{near.zh}；"
        f"{cards} 张可用流水线并行{others.zh}。",
    )


_REPLICAS = Text(", or as replicas of fewer cards each", "，或分成若干副本，每个副本用较少的卡")
