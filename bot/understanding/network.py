"""The network between machines: ``400 Gb/s IB``, ``8×400G NICs per node``, ``25GbE``, ``HDR``.

A port's number is in bits a second, as networks are sold, unless it is spelled in bytes a second.
"""

from __future__ import annotations

from bot.understanding.counts import TIMES
from bot.understanding.items import Item
from bot.understanding.reading import Reading

_REACH = 3
_GIGABIT = 10**9 / 8
# 1 Gb/s to 10 Tb/s: the ports of servers; what lies outside is no port's rate.
_PORTS = (1e8, 1.3e12)
_BITS = frozenset(["Gb", "Mb", "Tb"])
_ETHERNET = frozenset(["gbe", "ge"])
_WORDS_OF_PORTS = frozenset(
    ["port", "ports", "口", "张", "块", "个", "条", "根", "路", "link", "links"]
)
_OVER = TIMES | frozenset(["-"]) | _WORDS_OF_PORTS
_CLASSIFIERS = frozenset(["x", "*", "张", "块", "个", "条", "根", "路"])
_CLASSIFYING = ("张", "块", "片")
_PORT_NOUNS = frozenset(["port", "ports", "口", "网口"])
_NICS = frozenset(["nic", "nics", "网卡", "网口", "hca", "hcas"])
_PER_CARD = frozenset(["per gpu", "per card", "each gpu", "每卡", "每张卡", "每gpu", "每个gpu"])


def bind_network(reading: Reading) -> None:
    """Read what the ports of one node carry together; set its numbers aside from the cards'."""
    rated = set(reading.tagged("network_rate"))
    for index in sorted(rated.union(place for place, _ in reading.quantities())):
        if reading.items[index].used or not _is_port(reading, index):
            continue
        rate = _rate(reading, index)
        if rate is None:
            continue
        _take(reading, index, rate)
        return


def _is_port(reading: Reading, index: int) -> bool:
    """Whether the item can be a port's rate, and a word for a network stands near it."""
    item = reading.items[index]
    if item.has("network_rate"):
        return True
    if item.quantity is None:
        return False
    if is_ethernet(reading, index):
        return True
    if not item.is_kind("bandwidth", "bytes", "number"):
        return False
    if item.is_kind("bandwidth") and item.quantity.unit in _BITS and _between(reading):
        return True
    if item.is_kind("number"):
        return False
    return _near_wire(reading, index, bandwidth=item.is_kind("bandwidth"))


def is_ethernet(reading: Reading, index: int) -> bool:
    """Whether the number at ``index`` is a port's by its unit: ``25GbE``, ``100 GbE``."""
    after = reading.at(index + 1)
    return (
        reading.items[index].is_kind("number")
        and after is not None
        and after.word in _ETHERNET
        and (not after.gap or after.word == "gbe")
    )


def _between(reading: Reading) -> bool:
    """Whether several machines or communication are spoken of: bits a second are then a port's."""
    nodes = any(item.is_kind("nodes") for item in reading.items) or reading.says("per", "node")
    return nodes or reading.says("topic", "communication")


def _near_wire(reading: Reading, index: int, *, bandwidth: bool) -> bool:
    """Whether a word for a network stands within reach, no number and no card between.

    A general word (``network``) tells for a rate, or right beside the number.
    """
    for step in (1, -1):
        for distance in range(1, _REACH + 1):
            other = reading.at(index + step * distance)
            if other is None or other.word in (",", ";", "。", "?"):
                break
            beside = distance == 1 or (distance == 2 and step < 0 and _changed(reading, index))
            if other.has("network", "wire") or ((bandwidth or beside) and other.has("network")):
                return True
            if other.has("network_rate"):
                return True
            if other.has("card") or (other.quantity is not None and step > 0):
                break
    return False


def _changed(reading: Reading, index: int) -> bool:
    """Whether the number is what something becomes: ``网络换成 400G``, ``network to 400G``."""
    before = reading.at(index - 1)
    return before is not None and (before.has("change", "to") or before.word in ("是", "to", "用"))


def _rate(reading: Reading, index: int) -> float | None:
    """Bytes a second of one port; None, with a question back, where bits or bytes are unclear."""
    item = reading.items[index]
    named = item.get("network_rate")
    if named is not None:
        return float(named)
    quantity = item.quantity
    assert quantity is not None
    if is_ethernet(reading, index):
        reading.items[index + 1].slots.add("network_bytes_per_s")
        return quantity.number * _GIGABIT
    spelled = item.text.replace(" ", "")
    if item.is_kind("bytes"):
        if spelled[-1:] in "gG":
            return quantity.number * _GIGABIT
        if not spelled.endswith("b"):
            _unclear(reading, item)
            return None
        return quantity.value
    if "Bps" in spelled:
        return quantity.value * 8
    if quantity.unit == "GB" and "GB" not in spelled:
        if "b" not in spelled:
            return quantity.number * _GIGABIT
        _unclear(reading, item)
        return None
    return quantity.value


def _unclear(reading: Reading, item: Item) -> None:
    """``100gb/s`` between machines may be bits, as networks are sold, or bytes."""
    assert item.quantity is not None
    number = f"{item.quantity.number:g}"
    item.slots.add("network_bytes_per_s")
    reading.problem(
        "ambiguous", item.text, (f"{number} Gb/s", f"{number} GB/s"), "network_bytes_per_s"
    )


def _take(reading: Reading, index: int, rate: float) -> None:
    item = reading.items[index]
    if not _PORTS[0] <= rate <= _PORTS[1]:
        item.slots.add("network_bytes_per_s")
        reading.problem("bad_number", item.text, (), "network_bytes_per_s")
        return
    _ports_of_each_node(reading, index)
    for place in range(max(0, index - _REACH), min(len(reading.items), index + _REACH + 2)):
        if reading.items[place].has("network"):
            reading.items[place].slots.add("network_bytes_per_s")
    if _repeated(reading, index):
        item.slots.add("network_bytes_per_s")
        return
    ports = _ports_before(reading, index) or _ports_after(reading, index)
    ports = ports or _ports_counted(reading) or 1
    if ports == 1 and _per_card(reading, index):
        port = item.text.strip()
        choices = (f"8×{port} NICs per node", f"1×{port} NIC per node")
        item.slots.add("network_bytes_per_s")
        reading.problem("ambiguous", item.text, choices, "network_bytes_per_s")
        return
    reading.take(item, "network_bytes_per_s", rate * ports)


def _ports_of_each_node(reading: Reading, index: int) -> None:
    """Set aside the ``每台`` of ``每台 4 张 200G 网卡``: it counts no cards."""
    for place in range(index - 1, max(-1, index - 1 - _REACH), -1):
        item = reading.items[place]
        if item.word in (",", ";", "。"):
            return
        if item.has("per", "node") and not item.has("unit"):
            item.slots.add("network_bytes_per_s")


def _repeated(reading: Reading, index: int) -> bool:
    """``HDR 200G``: the generation and its rate are one port; the rate that follows counts."""
    after = reading.at(index + 1)
    named = reading.items[index].has("network_rate")
    if not named or after is None or not after.is_kind("bytes", "bandwidth"):
        return False
    rate = _rate(reading, index + 1)
    if rate is not None:
        _take(reading, index + 1, rate)
    return True


def _count(item: Item | None) -> int | None:
    if item is None:
        return None
    word = item.get("numword")
    if word is not None:
        return int(word)
    if item.quantity is None or item.used or not item.is_kind("number", "gpus", "examples"):
        return None
    if item.is_kind("gpus") and not item.text.endswith(_CLASSIFYING):
        return None
    value = item.quantity.value
    return int(value) if 1 <= value <= 64 and value == int(value) else None


def _ports_before(reading: Reading, index: int) -> int | None:
    """``8×400G``, ``4 张 200G``, ``dual 25GbE``, ``双口 100G``: how many ports a node has."""
    place = reading.skip(index - 1, -1, _OVER)
    item = reading.at(place)
    wire = item is not None and item.has("network")
    if wire:
        place = reading.skip(place - 1, -1, _OVER)
        item = reading.at(place)
    joined = place < index - 1 or (item is not None and not item.is_kind("number"))
    found = _count(item) if joined else None
    if found is not None and item is not None:
        item.slots.add("network_bytes_per_s")
    return found


def _ports_counted(reading: Reading) -> int | None:
    """``8 NICs of 400G``, ``2 IB ports``, ``4 个口``: the ports are counted by name."""
    for index, item in enumerate(reading.items):
        found = _count(item) if not item.used else None
        if found is None:
            continue
        place = reading.skip(index + 1, 1, _CLASSIFIERS)
        noun = reading.at(place)
        if noun is not None and noun.has("network", "wire") and noun.word not in _NICS:
            noun = reading.at(place + 1)
        if noun is not None and (noun.word in _NICS or noun.word in _PORT_NOUNS):
            item.slots.add("network_bytes_per_s")
            return found
    return None


def _ports_after(reading: Reading, index: int) -> int | None:
    """``400G ×8``, ``NDR x8``: the count stands after the rate."""
    sign = reading.at(index + 1)
    if sign is None or sign.word not in TIMES:
        return None
    item = reading.at(index + 2)
    found = _count(item)
    if found is not None and item is not None:
        item.slots.add("network_bytes_per_s")
    return found


def _per_card(reading: Reading, index: int) -> bool:
    """Whether the port is one card's: how many a node has then depends on its cards."""
    around = reading.items[max(0, index - 4) : index + 4]
    return any(item.word in _PER_CARD for item in around)
