"""Memory of all the cards together: ``8 卡总共 192G``, ``192GB in total``, ``192GB over 8``."""

from __future__ import annotations

from bot.understanding.reading import Reading
from bot.understanding.vocabulary import cards, choose_card

_BEFORE_MEMORY = frozenset(
    ["of", "有", "是", "为", "约", "大概", "大约", "的", "with", "having", "显存", "vram", "memory",
     "gpu", "gpu memory", "gpu显存"]
)  # fmt: skip
_AFTER_MEMORY = frozenset(
    ["显存", "vram", "memory", "of", "的", "ram", "gpu", "gpu memory", "(", "is", "are"]
)
_OVER = frozenset(["across", "over", "spread over", "split over", "between"])
_CARD_BYTES = (2e9, 4e11)


def is_pooled(reading: Reading, index: int) -> bool:
    """Whether the memory at ``index`` is said to be that of all the cards together.

    ``A100 80G 总共 8 张`` and ``8 A100 80G in total`` count the cards.
    """
    before = reading.at(reading.skip(index - 1, -1, _BEFORE_MEMORY))
    if before is not None and before.has("per", "total") and before.word not in _OVER:
        after = reading.at(index + 1)
        return after is None or not after.has("card")
    card = reading.at(index - 1)
    if card is not None and card.has("card"):
        return False
    place = reading.skip(index + 1, 1, _AFTER_MEMORY)
    mark, after = reading.at(place), reading.at(place + 1)
    if mark is None:
        return False
    if mark.word in _OVER:
        return after is not None and after.is_kind("gpus")
    counts = after is not None and (after.is_kind("gpus", "number") or after.has("numword"))
    return mark.has("per", "total") and not counts


def share_pooled(reading: Reading, index: int) -> None:
    """Give each card its part of the memory at ``index``; a whole for nobody stays as it is."""
    item, count = reading.items[index], reading.facts.get("gpu_count", 1)
    said = reading.facts.get("gpu_memory_bytes")
    assert item.quantity is not None
    share = item.quantity.value / count if count else 0.0
    if said is not None:
        if abs(share / said - 1) < 0.05:
            item.slots.add("pooled_memory")
        return
    if not _CARD_BYTES[0] <= share <= _CARD_BYTES[1]:
        choices = (f"{count:g} GPUs", f"{item.text} GPU")
        reading.problem("contradiction", f"{count:g} GPUs / {item.text}", choices, "gpu_count")
        return
    if len(reading.cards) == 1:
        known = cards().get(reading.cards[0])
        family = reading.cards[0] if known is None else known.family
        card = choose_card(family, share / 1e9, None)
        if card is None:
            text = f"{family} {share / 1e9:g} GB"
            reading.problem("contradiction", text, (family,), "gpu")
            return
        reading.cards[0] = card.name
    reading.take(item, "gpu_memory_bytes", int(share))
