"""Cards over several machines: ``2 nodes of 8``, ``两台8卡``, ``2机16卡``; one total from all."""

from __future__ import annotations

from bot.understanding.counts import TIMES, Count, number_at
from bot.understanding.items import Item
from bot.understanding.reading import Reading

_ONE = frozenset(["一台", "单机", "单节点", "single node", "one node", "a node", "a server"])
_OF = frozenset(["of", "out of"])
_THE = frozenset(["the", "our", "my", "these", "those"])
# ``三台里用两台``, ``两台中的一台``: what says that of several some are meant, and what may follow.
_AMONG = frozenset(["中", "里", "里面", "其中", "当中", "中间", "之中"])
_USED = frozenset(["的", "用", "只用", "只", "就", "拿", "取", "选"])


def combine(reading: Reading, counts: list[Count]) -> None:
    """One total from all that was said; two different totals contradict each other."""
    machines = [(index, item) for index, item in reading.quantities() if item.is_kind("nodes")]
    for _, item in machines:
        assert item.quantity is not None
        reading.take(item, "nodes", int(item.quantity.value) if item.quantity.value < 1e9 else 0)
    _part_of_machines(reading, machines)
    nodes = reading.facts.get("nodes")
    if machines is not None and not machines and nodes is None and reading.says("per", "node"):
        bare = _number_before_per_node(reading)
        nodes = bare if bare else nodes
    if nodes is None and len(counts) == 2:
        nodes = _split_over(reading, counts)
    if nodes is None and len(counts) == 1 and counts[0].per_node and _one_machine(reading):
        reading.facts["nodes"] = 1
    if nodes and len(counts) == 1 and reading.facts.get("gpu_count") == counts[0].value:
        counts[0].total = True  # ``24 cards, 3 nodes of 8``
    if _unlike_machines(counts, nodes):
        counts[:] = [Count(sum(count.value for count in counts), counts[0].index, total=True)]
    _whole_and_each(counts, nodes)
    totals: dict[float, int] = {}
    for count in counts:
        totals.setdefault(_total(reading, count, nodes, machines), count.index)
    if not totals:
        return
    rise = not reading.words.isdisjoint(("从", "from"))
    if len(totals) > 1 and len(reading.cards) < 2 and not rise:
        texts = [reading.items[index].text for index in sorted(totals.values())]
        values = tuple(f"{value:g}" for value in totals)
        reading.problem("contradiction", " / ".join(texts), values, "gpu_count")
    value = next(iter(totals))
    whole = value < 1e15 and value == int(value)
    reading.facts["gpu_count"] = int(value) if whole else value


def _part_of_machines(reading: Reading, machines: list[tuple[int, Item]]) -> None:
    """Ask back for ``one of two machines``, ``三台里用两台``: the part, or all of them."""
    for index, item in machines:
        of = reading.skip(index - 1, -1, _THE)
        part = _spoken(reading, of - 1) if reading.items[max(of, 0)].word in _OF else None
        for place, other in enumerate(reading.items):
            among = reading.items[max(0, reading.skip(place - 1, -1, _USED))].word in _AMONG
            if place > index and among and (other.is_kind("nodes") or other.word in _ONE):
                part = other.quantity.value if other.quantity is not None else 1
        whole = item.quantity.value if item.quantity is not None else 0
        if part is not None and part < whole:
            choices = tuple(f"{n:g} node{'s' if n > 1 else ''}" for n in (part, whole))
            reading.problem("ambiguous", f"{part:g} / {whole:g}", choices, "gpu_count")
            return


def _spoken(reading: Reading, index: int) -> float | None:
    item = reading.at(index)
    word = item.get("numword") if item is not None else None
    return float(word) if word is not None else number_at(reading, index)


def _one_machine(reading: Reading) -> bool:
    """Whether one machine is spoken of: ``一台 8 卡``, ``a node of 8``."""
    return any(reading.items[place].word in _ONE for place in reading.tagged("per", "node"))


def _unlike_machines(counts: list[Count], nodes: float | None) -> bool:
    """``两台机器, 一台 8 张一台 4 张``: each machine with a number of its own."""
    each = all(count.per_node for count in counts)
    return bool(nodes and nodes == len(counts) > 1 and each)


def _whole_and_each(counts: list[Count], nodes: float | None) -> None:
    """``24 cards, 3 nodes of 8``: the whole, and how it lies over the machines."""
    if not nodes or len(counts) != 2:
        return
    for whole, each in (counts, counts[::-1]):
        if whole.value == each.value * nodes:
            whole.total = each.per_node = True
            return


def _number_before_per_node(reading: Reading) -> int | None:
    """Read the 2 of ``2 nodes of 8``: ``nodes of`` is one phrase to the scanner."""
    for index in reading.tagged("per", "node"):
        value = number_at(reading, index - 1)
        text = reading.items[index].word
        if value is not None and text.startswith(("node", "machine", "server", "box", "host")):
            reading.take(reading.items[index - 1], "nodes", int(value) if value < 1e9 else 0)
            after = number_at(reading, index + 1)
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
        times = reading.at(place - 1)  # ``8 x A100 x 2 nodes``, but ``24 x A100 (3 nodes)``
        return count.value * nodes if times is not None and times.text in TIMES else count.value
    if _in_chinese(reading, place) and count.value > 8 and count.value % nodes == 0:
        return count.value
    if _either(count, nodes, place, item):
        choices = (f"{count.value:g} GPUs", f"{count.value * nodes:g} GPUs")
        text = f"{item.text} {reading.items[count.index].text}"
        reading.problem("contradiction", text, choices, "gpu_count")
    return count.value * nodes


def _in_chinese(reading: Reading, place: int) -> bool:
    """Whether machines are counted with 机 (``两机 16 卡``, ``双机十六卡``): the cards are all."""
    after = reading.at(place + 1)
    spelled = after is not None and not after.gap and after.word == "机"
    return reading.items[place].text.endswith("机") or spelled


def _split_over(reading: Reading, counts: list[Count]) -> int | None:
    """``16 张 A100, 每台 8 卡``: all the cards, and those of each machine; two machines."""
    each = [count for count in counts if count.per_node]
    whole = [count for count in counts if not count.per_node]
    if len(each) != 1 or each[0].value < 1 or whole[0].value % each[0].value:
        return None
    nodes = int(whole[0].value // each[0].value)
    if nodes < 2:
        return None
    whole[0].total = True
    reading.facts["nodes"] = nodes
    return nodes


def _either(count: Count, nodes: float, place: int, machines: Item) -> bool:
    """Whether ``2 nodes 16 A100`` may be 16 in all as well as 16 in each machine."""
    beside = count.index == place + 1 and machines.text.isascii()
    return beside and not count.per_node and count.value > 8 and count.value % nodes == 0
