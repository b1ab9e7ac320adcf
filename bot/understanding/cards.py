"""Cards and how many: ``4xV100-32G``, ``四张80G的A100``, ``2 nodes of 8``, ``A100 x8``."""

from __future__ import annotations

from bot.understanding.counts import (
    Count,
    count_left,
    count_right,
    described_cards,
    memory_times_count,
    number_at,
    one_for_each,
    plain_count,
    share_of_one,
    single_card,
    spread_over,
)
from bot.understanding.items import Item
from bot.understanding.lexicon import glue
from bot.understanding.machines import combine
from bot.understanding.pooled import is_pooled, share_pooled
from bot.understanding.reading import Reading
from bot.understanding.sets import note_set
from bot.understanding.variants import bind_variants
from bot.understanding.vocabulary import cards as all_cards
from bot.understanding.vocabulary import choose_card, variants

_AFTER_CARD = glue("after_card")
_EITHER_MEMORY = frozenset(["ram", "内存"])
_CARD_BYTES = (5e8, 1e14)
_NOT_A_CARDS = glue("not_a_cards")
_ABSENT = glue("absent")
_ABOUT_LEFT = frozenset(["约", "大概", "大约", "了", "有", "下", "only", "about", "的", "显存"])
_FREE = frozenset(["free", "available", "left", "idle", "unused", "可用"])
_FREE_ZH = ("空闲", "可用", "能用", "闲置", "空着", "剩余")
_NUMBER_ASKED = frozenset(["how many", "几", "多少", "多少台", "几台", "number of"])
_ARTICLES = frozenset(["the", "that", "this", "那", "个", "那个", "那张"])


def bind_cards(reading: Reading) -> None:
    """Find cards, their memory, how many there are, and over how many machines."""
    counts: list[Count] = []
    _host_memory(reading)
    for index in reading.tagged("card"):
        counts += _card(reading, index)
    bind_variants(reading)
    memory_times_count(reading, counts)
    described_cards(reading, counts)
    for index, item in list(reading.free("gpus")):
        counts.append(plain_count(reading, index, item))
    if not counts or all(count.value == 1 for count in counts):
        counts += spread_over(reading)
    one_for_each(reading, counts)
    share_of_one(reading, counts)
    single_card(reading, counts)
    counts += [] if counts else _one_box(reading)
    combine(reading, counts)
    _loose_memory(reading)


def spoken_card(reading: Reading) -> str:
    """Return the first card as people name it: without the memory that is said beside it."""
    name = reading.cards[0]
    card = all_cards().get(name)
    if card is None or "gpu_memory_bytes" not in reading.facts:
        return name
    plain = choose_card(card.family, reading.facts["gpu_memory_bytes"] / 1e9, None)
    return card.family if plain is not None and plain.name == name else name


def _host_memory(reading: Reading) -> None:
    """Set aside the host's memory: ``128GB RAM`` beside a card's name or offloading."""
    host = bool(reading.tagged("card")) or reading.says("offload")
    for index in reading.tagged("topic", "host_memory"):
        for place in (index - 1, index + 1):
            item = reading.at(place)
            if item is None or not item.is_kind("bytes") or item.used:
                continue
            named = reading.items[index].word not in ("ram", "内存")
            if named or (host and not _beside_card(reading, place)):
                item.slots.add("host_memory")


def _beside_card(reading: Reading, index: int) -> bool:
    """Whether the memory at ``index`` stands right behind a card's name: ``A100 80G 内存``."""
    before = reading.at(index - 1)
    return before is not None and before.has("card")


def _card(reading: Reading, index: int) -> list[Count]:
    item = reading.items[index]
    spoken = item.get("card")
    assert spoken is not None
    before = reading.at(reading.skip(index - 1, -1, _ARTICLES))
    if before is not None and before.word in _ABSENT:
        item.slots.add("gpu")
        return []
    family, _, form = spoken.partition("|")
    left, right = index - 1, index + 1
    memory = _memory_beside(reading, index)
    if memory is not None:
        left, right = (memory - 1, right) if memory < index else (left, memory + 1)
    name = _variant(reading, item, family, form or _form_beside(reading, index), memory)
    if name not in reading.cards:
        reading.cards.append(name)
    item.slots.add("gpu")
    found = _boxes(reading, index) or count_left(reading, left)
    if found is not None and (outer := _machines_before(reading, found, right)) is not None:
        return [outer]
    if found is not None and _counts_machines(reading, found, right):
        return []
    found = found or count_right(reading, right)
    said = None if memory is None else reading.items[memory].quantity
    size = None if said is None else int(said.value)
    note_set(reading, name, None if found is None else found.value, size, index)
    return [] if found is None else [found]


def _boxes(reading: Reading, index: int) -> Count | None:
    """``2 DGX H100``: machines of eight cards each (NVIDIA DGX and HGX data sheets)."""
    maker = reading.at(index - 1)
    if maker is None or maker.word not in ("dgx", "hgx"):
        return None
    place = reading.skip(index - 2, -1, frozenset(["x", "*", "台", "nvidia"]))
    number = reading.at(place)
    value = number.quantity.value if number is not None and number.quantity is not None else 0
    if number is None or number.used or not number.is_kind("number", "nodes") or value < 1:
        return None
    reading.take(number, "nodes", int(value))
    return Count(value * 8, place, total=True)


def _one_box(reading: Reading) -> list[Count]:
    """``memory of a DGX H100``: one machine, where no other number of cards is said or asked."""
    for index in reading.tagged("card"):
        maker, before = reading.at(index - 1), reading.at(index - 2)
        if before is not None and before.word in _NUMBER_ASKED:
            continue
        if maker is not None and maker.word in ("dgx", "hgx"):
            maker.slots.add("gpu_count")
            return [Count(8, index - 1, per_node=True)]
    return []


def _is_machine(item: Item | None) -> bool:
    if item is None or item.quantity is not None:
        return False
    word = item.word.startswith(("node", "machine", "server", "box", "host"))
    return item.has("unit", "node") or (item.has("per", "node") and word)


def _machines_before(reading: Reading, found: Count, right: int) -> Count | None:
    """``two 8-card 3090 servers``: the number of machines stands before that of the cards."""
    if found.total or not _is_machine(reading.at(right)):
        return None
    outer = reading.at(found.index - 1)
    if outer is None or outer.used:
        return None
    word = outer.get("numword")
    number = float(word) if word is not None else number_at(reading, found.index - 1)
    if number is None:
        return None
    reading.take(outer, "nodes", int(number))
    return Count(number * found.value, found.index, total=True)


def _counts_machines(reading: Reading, found: Count, right: int) -> bool:
    """``2 A30 boxes (each 4 cards)``: the number before the card is that of the machines.

    Without the cards of each machine the number stays that of the cards.
    """
    if (
        found.total
        or not _is_machine(reading.at(right))
        or not any(True for _ in reading.free("gpus"))
    ):
        return False
    reading.items[found.index].slots.discard("gpu_count")
    reading.take(reading.items[found.index], "nodes", int(found.value))
    return True


def _memory_beside(reading: Reading, index: int) -> int | None:
    """Return the index of the memory that goes with the card at ``index``."""
    after = reading.skip(index + 1, 1, _AFTER_CARD)
    before = reading.skip(
        index - 1, -1, frozenset(["的", "-", "显存", "版", ")", "ram", "vram", "memory"])
    )
    for place in (after, before):
        item = reading.at(place)
        if item is None or item.used or item.quantity is None or item.quantity.kind != "bytes":
            continue
        if 2e9 <= item.quantity.value <= 4e11 and not is_pooled(reading, place):
            return place
    return _hyphened_memory(reading, index)


def _hyphened_memory(reading: Reading, index: int) -> int | None:
    """Return where a memory is hyphened to a card's name, its unit left out: ``A100-40``."""
    hyphen, number = reading.at(index + 1), reading.at(index + 2)
    if hyphen is None or hyphen.text != "-" or hyphen.gap or number is None or number.gap:
        return None
    if number.used or not number.is_kind("number") or number.quantity is None:
        return None
    family = (reading.items[index].get("card") or "").partition("|")[0]
    quantity = number.quantity
    if choose_card(family, quantity.value, None) is None:
        return None
    quantity.kind, quantity.unit, quantity.value = "bytes", "GB", quantity.value * 1e9
    return index + 2


def _form_beside(reading: Reading, index: int) -> str | None:
    """``pcie``, ``sxm`` or ``nvl`` said within two items after the card."""
    for place in range(index + 1, index + 4):
        item = reading.at(place)
        word = item.word.rstrip("2345") if item is not None else ""
        if word in ("pcie", "sxm", "nvl"):
            return word
    return None


def _variant(
    reading: Reading, item: Item, family: str, form: str | None, memory: int | None
) -> str:
    """Choose the registry's card; a memory that the card never had is a problem."""
    gigabytes = None
    if memory is not None:
        said = reading.items[memory]
        assert said.quantity is not None
        reading.take(said, "gpu_memory_bytes", int(said.quantity.value))
        gigabytes = said.quantity.value / (2**30 if "i" in said.quantity.unit else 1e9)
    card = choose_card(family, gigabytes, form)
    if gigabytes is None and form is None:
        return family
    if card is None:
        choices = tuple(c.name for c in variants(family))
        reading.problem("contradiction", f"{item.text} {gigabytes:g} GB", choices, "gpu")
        return variants(family)[0].name
    return card.name


def _loose_memory(reading: Reading) -> None:
    """Memory that belongs to no named card: ``24G 显存``, ``80GB GPUs``, ``on 24 GB``."""
    for index, item in list(reading.free("bytes")):
        assert item.quantity is not None
        after = reading.at(index + 1)
        words = after.word if after is not None else ""
        if not _CARD_BYTES[0] <= item.quantity.value <= _CARD_BYTES[1]:
            continue
        before = reading.at(index - 1)
        if before is not None and before.word in _NOT_A_CARDS:
            continue
        if words in ("ram", "内存", "model", "模型", "file", "文件", "硬盘", "disk", "cpu"):
            continue
        if _is_left(reading, index):
            _only_left(reading, item)
            continue
        if is_pooled(reading, index):
            share_pooled(reading, index)
            continue
        if "gpu_memory_bytes" in reading.facts or reading.cards:
            _pick_variant(reading, item)
            continue
        reading.take(item, "gpu_memory_bytes", int(item.quantity.value))
    _main_memory(reading)


def _is_left(reading: Reading, index: int) -> bool:
    """``只剩 60G 空闲``, ``60 GB free``: what others leave of a card's memory."""
    before = reading.at(reading.skip(index - 1, -1, _ABOUT_LEFT))
    after = reading.at(index + 1)
    words = "".join(item.word for item in reading.items[index + 1 : index + 3])
    free = after is not None and (after.word in _FREE or words.startswith(_FREE_ZH))
    return free or (before is not None and before.has("change", "left"))


def _only_left(reading: Reading, item: Item) -> None:
    """Take the memory that is left in the place of the card's own."""
    assert item.quantity is not None
    for _, other in reading.quantities():
        if "gpu_memory_bytes" in other.slots or (other.is_kind("bytes") and not other.used):
            other.slots.discard("gpu_memory_bytes")
            other.slots.add("whole_memory")
    item.slots.clear()
    for name in ("gpu_memory_bytes", "gpu"):
        reading.facts.pop(name, None)
    reading.cards.clear()
    reading.take(item, "gpu_memory_bytes", int(item.quantity.value))
    item.slots.add("left_memory")


def _main_memory(reading: Reading) -> None:
    """``16 GB RAM 能跑 7B 吗``: the only memory to run in, of a GPU or not, which is asked back."""
    if "gpu_memory_bytes" in reading.facts or reading.cards or reading.says("offload"):
        return
    for index, item in list(reading.free("bytes")):
        after = reading.at(index + 1)
        assert item.quantity is not None
        fits = _CARD_BYTES[0] <= item.quantity.value <= _CARD_BYTES[1]
        if after is not None and after.word in _EITHER_MEMORY and fits:
            reading.take(item, "gpu_memory_bytes", int(item.quantity.value))
            after.slots.add("main_memory")
            return


def _pick_variant(reading: Reading, item: Item) -> None:
    """``A100 ... 40G``: the memory stands apart from its card."""
    if len(reading.cards) != 1 or "gpu_memory_bytes" in reading.facts or item.quantity is None:
        return
    known = all_cards().get(reading.cards[0])
    family = known.family if known is not None else reading.cards[0]
    card = choose_card(family, item.quantity.value / 1e9, None)
    if card is not None:
        reading.cards[0] = card.name
        reading.take(item, "gpu_memory_bytes", int(item.quantity.value))
