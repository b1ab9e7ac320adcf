"""Where tensor parallelism cannot use a number of cards: it has to divide the attention heads."""

from __future__ import annotations

from calculators.case import Case
from calculators.text import Text


def note_heads(case: Case, *counts: int) -> None:
    """Say of each number of cards that does not divide the heads which numbers near it do.

    Only where inference was asked about and nobody said how the cards are used.
    """
    if case.mode != "infer" or any(case.given(name) for name in ("tp", "pp", "dp")):
        return
    heads = case.architecture.attention.heads
    for cards in sorted(set(counts)):
        if heads and cards > 0 and heads % cards:
            text = _near(heads, cards)
            case.caveat(text.en, text.zh)


def _near(heads: int, cards: int) -> Text:
    divisors = [count for count in range(1, heads + 1) if heads % count == 0]
    below = max(count for count in divisors if count < cards)
    above = min((count for count in divisors if count > cards), default=None)
    near = Text(f"{below} does", f"{below} 张可以")
    if above is not None:
        near = Text(f"{below} and {above} do", f"{below} 张或 {above} 张可以")
    return Text(
        f"Tensor parallelism needs a number of cards that divides the {heads} attention heads: "
        f"{cards} does not, {near.en}. {cards} cards do with pipeline parallelism, or as "
        "replicas of fewer cards each.",
        f"张量并行要求卡数整除 {heads} 个注意力头：{cards} 张不行，{near.zh}；"
        f"{cards} 张可用流水线并行，或分成若干副本，每个副本用较少的卡。",
    )
