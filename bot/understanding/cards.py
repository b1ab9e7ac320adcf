"""Cards and how many: ``4xV100-32G``, ``四张80G的A100``, ``2 nodes of 8``, ``A100 x8``."""

from __future__ import annotations

from dataclasses import dataclass

from bot.understanding.items import Item
from bot.understanding.reading import Reading
from bot.understanding.vocabulary import cards as all_cards
from bot.understanding.vocabulary import choose_card, variants

_TIMES = frozenset(["x", "*"])
_BEFORE_CARD = frozenset(
    [
        "x",
        "*",
        "-",
        "nvidia",
        "tesla",
        "geforce",
        "quadro",
        "英伟达",
        "的",
        "块",
        "个",
        "张",
        "(",
        "华为",
        "huawei",
        "rtx",
        "gtx",
        "型",
        "版",
        "of",
        "big",
        "old",
        "老",
        "new",
    ]
)
_AFTER_CARD = frozenset(
    [
        "-",
        "(",
        "的",
        "有",
        "with",
        "显存",
        ",",
        "版",
        "卡",
        "s",
        "显卡",
        "/",
        "[",
        "@",
        "pcie",
        "sxm",
        "sxm2",
        "sxm4",
        "sxm5",
        "nvl",
        "是",
        "各",
    ]
)
_CARD_BYTES = (5e8, 1e14)
_NOT_A_CARDS = frozenset(
    ["数据", "data", "dataset", "数据集", "语料", "corpus", "内存", "硬盘", "="]
)
_ABSENT = frozenset(["没有", "没", "no", "without", "除了"])
_ARTICLES = frozenset(["a", "an", "this", "my", "our", "the", "这张", "我的"])


@dataclass(slots=True)
class Count:
    """A number of cards said somewhere, and whether it is per machine or in all."""

    value: float
    index: int
    per_node: bool = False
    total: bool = False


def bind_cards(reading: Reading) -> None:
    """Find cards, their memory, how many there are, and over how many machines."""
    counts: list[Count] = []
    for index in reading.tagged("card"):
        counts += _card(reading, index)
    _memory_times_count(reading, counts)
    _described_cards(reading, counts)
    for index, item in list(reading.free("gpus")):
        counts.append(_plain_count(reading, index, item))
    _single_card(reading, counts)
    _combine(reading, counts)
    _loose_memory(reading)


def spoken_card(reading: Reading) -> str:
    """Return the first card as people name it: without the memory that is said beside it."""
    name = reading.cards[0]
    card = all_cards().get(name)
    if card is None or "gpu_memory_bytes" not in reading.facts:
        return name
    plain = choose_card(card.family, reading.facts["gpu_memory_bytes"] / 1e9, None)
    return card.family if plain is not None and plain.name == name else name


def _card(reading: Reading, index: int) -> list[Count]:
    item = reading.items[index]
    spoken = item.get("card")
    assert spoken is not None
    before = reading.at(index - 1)
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
    found = _count_left(reading, left) or _count_right(reading, right)
    return [] if found is None else [found]


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
        if 2e9 <= item.quantity.value <= 4e11:
            return place
    return None


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


def _number_at(reading: Reading, index: int) -> float | None:
    item = reading.at(index)
    if item is None or item.used or item.quantity is None:
        return None
    if item.quantity.kind in ("gpus", "number") and not item.quantity.scale:
        return item.quantity.value
    return None


def _count_left(reading: Reading, index: int) -> Count | None:
    place = reading.skip(index, -1, _BEFORE_CARD)
    value = _number_at(reading, place)
    if value is None:
        item = reading.at(place)
        if item is not None and item.word in ("a", "an") and place == index:
            return Count(1, place)
        if item is not None and item.word in ("单卡", "单张", "单块"):
            item.slots.add("gpu_count")
            return Count(1, place)
        return None
    item = reading.items[place]
    reading.take(item, "gpu_count")
    return _with_machines(reading, place, value)


def _with_machines(reading: Reading, place: int, value: float) -> Count:
    """``2x8 A100`` and ``2 nodes of 8 A100``: what stands before the number of cards."""
    before = reading.at(place - 1)
    if before is not None and before.word in _TIMES:
        outer = _number_at(reading, place - 2)
        if outer is not None and not reading.items[place - 2].is_kind("gpus"):
            reading.take(reading.items[place - 2], "nodes", int(outer) if outer < 1e9 else outer)
            return Count(outer * value, place, total=True)
    return Count(value, place, per_node=_per_node_near(reading, place))


def _per_node_near(reading: Reading, place: int) -> bool:
    """``每台 8 卡``, ``8 H100s per node``: ``per node`` just before, or soon after."""
    before = reading.at(place - 1)
    if before is not None and before.has("per", "node"):
        return True
    for other in range(place + 1, place + 5):
        item = reading.at(other)
        if item is None or (item.quantity is not None and not item.is_kind("bytes")):
            return False
        if item.has("per", "node"):
            return not item.word.startswith(("node", "machine", "server", "box", "host"))
    return False


def _count_right(reading: Reading, index: int) -> Count | None:
    over = frozenset([")", "(", ",", "的", "用", "有", "共", ",", "s", "显卡"])
    place = reading.skip(index, 1, over)
    item = reading.at(place)
    if item is None:
        return None
    if item.word in _TIMES:
        value = _number_at(reading, place + 1)
        if value is not None:
            reading.take(reading.items[place + 1], "gpu_count")
            return Count(value, place + 1)
        return None
    if item.is_kind("gpus") and not item.used:
        assert item.quantity is not None
        reading.take(item, "gpu_count")
        return Count(item.quantity.value, place, per_node=_per_node_near(reading, place))
    if item.word in ("单卡", "单张") and not item.used:
        item.slots.add("gpu_count")
        return Count(1, place)
    return None


def _memory_times_count(reading: Reading, counts: list[Count]) -> None:
    """``8x80GB`` and ``80G*8`` without a card's name."""
    for index, item in list(reading.free("bytes")):
        for step in (-1, 1):
            sign = reading.at(index + step)
            if sign is None or sign.word not in _TIMES:
                continue
            value = _number_at(reading, index + 2 * step)
            if value is not None:
                assert item.quantity is not None
                reading.take(item, "gpu_memory_bytes", int(item.quantity.value))
                reading.take(reading.items[index + 2 * step], "gpu_count")
                counts.append(Count(value, index + 2 * step))
                break


def _described_cards(reading: Reading, counts: list[Count]) -> None:
    """``2 24GB cards``, ``a single 24G card``: the memory stands between number and noun."""
    for index in reading.tagged("unit", "gpu"):
        memory, number = reading.at(index - 1), reading.at(index - 2)
        if memory is None or number is None or not memory.is_kind("bytes"):
            continue
        value = _number_at(reading, index - 2)
        if value is not None:
            reading.take(number, "gpu_count")
            counts.append(Count(value, index - 2))
        elif number.word in ("a", "an"):
            counts.append(Count(1, index - 2))


def _plain_count(reading: Reading, index: int, item: Item) -> Count:
    assert item.quantity is not None
    reading.take(item, "gpu_count")
    total = any(
        (other := reading.at(place)) is not None and other.has("per", "total")
        for place in (index - 1, index + 1)
    )
    found = Count(item.quantity.value, index, per_node=_per_node_near(reading, index), total=total)
    before = reading.at(index - 1)
    if before is not None and before.word in _TIMES:
        outer = reading.at(index - 2)
        if (
            outer is not None
            and outer.quantity is not None
            and outer.is_kind("number")
            and not outer.used
        ):
            reading.take(outer, "nodes", int(outer.quantity.value))
            return Count(outer.quantity.value * item.quantity.value, index, total=True)
    return found


def _single_card(reading: Reading, counts: list[Count]) -> None:
    """``单卡`` is one card when no other number of cards is said."""
    if counts:
        return
    for index in reading.tagged("per", "gpu"):
        item = reading.items[index]
        if item.word in ("单卡", "单张", "单gpu", "one gpu", "单块") and (
            reading.says("ask", "fit") and not reading.says("ask", "how_much")
        ):
            item.slots.add("gpu_count")
            counts.append(Count(1, index))
            return


def _combine(reading: Reading, counts: list[Count]) -> None:
    """One total from all that was said; two different totals contradict each other."""
    machines = [(index, item) for index, item in enumerate(reading.items) if item.is_kind("nodes")]
    for _, item in machines:
        assert item.quantity is not None
        reading.take(item, "nodes", int(item.quantity.value) if item.quantity.value < 1e9 else 0)
    nodes = reading.facts.get("nodes")
    if machines is not None and not machines and nodes is None and reading.says("per", "node"):
        bare = _number_before_per_node(reading)
        nodes = bare if bare else nodes
    totals: dict[float, int] = {}
    for count in counts:
        totals.setdefault(_total(reading, count, nodes, machines), count.index)
    if not totals:
        return
    rise = any(item.word in ("从", "from") for item in reading.items)
    if len(totals) > 1 and len(reading.cards) < 2 and not rise:
        texts = [reading.items[index].text for index in sorted(totals.values())]
        values = tuple(f"{value:g}" for value in totals)
        reading.problem("contradiction", " / ".join(texts), values, "gpu_count")
    value = next(iter(totals))
    reading.facts["gpu_count"] = int(value) if value == int(value) and value < 1e15 else value


def _number_before_per_node(reading: Reading) -> int | None:
    """Read the 2 of ``2 nodes of 8``: ``nodes of`` is one phrase to the scanner."""
    for index in reading.tagged("per", "node"):
        value = _number_at(reading, index - 1)
        text = reading.items[index].word
        if value is not None and text.startswith(("node", "machine", "server", "box", "host")):
            reading.take(reading.items[index - 1], "nodes", int(value) if value < 1e9 else 0)
            after = _number_at(reading, index + 1)
            if after is not None:
                reading.take(reading.items[index + 1], "gpu_count")
                reading.facts["gpu_count"] = int(value * after)
            return int(value)
    return None


def _total(
    reading: Reading, count: Count, nodes: float | None, machines: list[tuple[int, Item]]
) -> float:
    if count.total or not nodes:
        return count.value
    if count.per_node:
        return count.value * nodes
    if not machines:
        return count.value * nodes
    place, item = machines[0]
    if count.index < place:
        times = reading.at(count.index + 1)
        return count.value * nodes if times is not None and times.text in _TIMES else count.value
    if item.text.endswith("机") and count.value > 8 and count.value % nodes == 0:
        return count.value
    return count.value * nodes


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
        if "gpu_memory_bytes" in reading.facts or reading.cards:
            _pick_variant(reading, item)
            continue
        reading.take(item, "gpu_memory_bytes", int(item.quantity.value))


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
