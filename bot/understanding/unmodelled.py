"""What no calculator models: named and asked back, never priced as something else."""

from __future__ import annotations

from bot.understanding.conflicts import weighs
from bot.understanding.cues import Cues
from bot.understanding.held_back import cards_held_back, several_copies
from bot.understanding.models import are_copies
from bot.understanding.objects import leaves_out
from bot.understanding.others import not_decoder
from bot.understanding.relations import (
    NOT_IN_RULE,
    PARTS_OF_RUN,
    RULED,
    WHOLES,
    asks_total_then,
)
from bot.understanding.understood import Problem
from bot.understanding.vocabulary import cards, choose_card, variants
from bot.understanding.wanted import not_given

_UNLIKE = ("other_models", "other_method")
# "RAM" and 内存 alone are said of GPUs too.
_BITS = frozenset({"Kb", "Mb", "Gb", "Tb"})
_NEAR = 4
_USED = frozenset(["used", "taken", "occupied", "in use", "gone", "被占", "被占用"])
_HELD = frozenset(
    ["已经", "已", "被占", "被占用", "已经占", "已占", "占了", "用了", "用掉", "already"]
)
_TAKES = frozenset(["takes", "uses", "holds", "eats", "took", "占", "占用", "吃", "吃掉"])
_OTHERS = frozenset(
    ["another", "other", "others", "someone", "else", "别的", "别人", "其他", "其它"]
)
_EITHER_MEMORY = frozenset({"ram", "dram", "内存"})


def unmodelled(calculator: str | None, cues: Cues) -> Problem | None:
    """Return the question back for what no calculator gives; None where nothing is calculated."""
    if calculator is None:
        return None
    return (
        _other_way(cues)
        or _capacity(cues)
        or _host_memory(cues)
        or _in_use(cues)
        or _pcie_link(calculator, cues)
        or not_given(calculator, cues)
        or several_copies(cues)
        or _several_models(cues)
        or cards_held_back(cues)
        or _two_models(cues)
        or not_decoder(calculator, cues.reading)
    )


def _other_way(cues: Cues) -> Problem | None:
    """Return the question back for a way of training that keeps more or other tensors.

    ``other_models`` (PPO, DPO, distillation) hold frozen models beside the trained one;
    ``other_method`` (prompt tuning, frozen layers) trains something that is neither all weights
    nor a low-rank adapter.
    """
    reading = cues.reading
    for code in _UNLIKE:
        for place in reading.tagged("unmodelled", code):
            choices = tuple(f"{way} {_size(cues)}".strip() for way in ("full training", "LoRA"))
            return Problem(code, reading.items[place].text, choices, "method")
    return None


def _capacity(cues: Cues) -> Problem | None:
    """Return the question back for a card's memory in bits, or for memory that is called RAM."""
    reading = cues.reading
    if cues.fact("to_unit"):
        return None
    for index, item in enumerate(reading.items):
        if "gpu_memory_bytes" not in item.slots or item.quantity is None:
            continue
        number, unit = f"{item.quantity.number:g}", item.quantity.unit
        if unit in _BITS:
            choices = (f"{_size(cues)} {number} {unit[0].upper()}B".strip(),)
            return Problem("gigabits", item.text, choices, "gpu_memory_bytes")
        after = reading.at(index + 1)
        if after is not None and "main_memory" in after.slots:
            choices = (f"{_size(cues)} on a {number} {unit} GPU".strip(),)
            return Problem("main_memory", f"{item.text} {after.text}", choices, "gpu_memory_bytes")
    return None


def _host_memory(cues: Cues) -> Problem | None:
    """Return the question back for the host's memory where nothing is offloaded to it."""
    reading = cues.reading
    if reading.facts.get("offload", "none") != "none":
        return None
    for place in reading.tagged("topic", "host_memory"):
        item, beside = reading.items[place], (reading.at(place - 1), reading.at(place + 1))
        sized = any(other is not None and "host_memory" in other.slots for other in beside)
        if item.word not in _EITHER_MEMORY and not sized:
            ways = ("ZeRO-Offload training", "inference")
            choices = tuple(f"{way} {_size(cues)}".strip() for way in ways)
            return Problem("host_memory", item.text, choices, "offload")
    return None


def _in_use(cues: Cues) -> Problem | None:
    """Return the question back for memory that others hold: ``30GB used``, ``已经占了 30G``.

    How much a card has left is offered; the amounts of the run's own parts are none of these.
    """
    reading = cues.reading
    if not reading.cards and not cues.fact("gpu_memory_bytes"):
        return None
    for index, item in enumerate(reading.items):
        if not item.is_kind("bytes") or item.quantity is None or item.used:
            continue
        before = {other.word for other in reading.items[max(0, index - _NEAR) : index]}
        after = {other.word for other in reading.items[index + 1 : index + _NEAR]}
        if after & _USED or before & _HELD or (before & _TAKES and reading.words & _OTHERS):
            left = _memory_of_card(cues) - item.quantity.value
            choices = (f"{left / 1e9:g} GB free",) if left > 0 else ()
            return Problem("ambiguous", item.text, choices, "gpu_memory_bytes")
    return None


def _pcie_link(calculator: str, cues: Cues) -> Problem | None:
    """Return the question back for a link over PCIe beside a card whose link is another one."""
    reading = cues.reading
    if calculator != "communication" or len(reading.cards) != 1:
        return None
    if "network_bytes_per_s" in reading.facts or "pcie" in reading.cards[0].lower():
        return None
    known = cards().get(reading.cards[0])
    family = reading.cards[0] if known is None else known.family
    forms = tuple(card.name for card in variants(family))
    for item in reading.items:
        if item.word.rstrip("2345") == "pcie" and len(forms) > 1:
            choices = tuple(name for name in forms if "pcie" in name.lower())
            return Problem("ambiguous", f"{item.text} / {family}", choices, "gpu")
    return None


def _memory_of_card(cues: Cues) -> float:
    """Return the bytes of the one card that is named, by its name; 0 where it is not known."""
    said = cues.reading.facts.get("gpu_memory_bytes")
    if said is not None:
        return float(said)
    name = cues.reading.cards[0] if len(cues.reading.cards) == 1 else ""
    card = cards().get(name) or choose_card(name, None, None)
    return 0.0 if card is None else card.gigabytes * 1e9


def left_out_part(calculator: str | None, cues: Cues) -> Problem | None:
    """Return the question back where a part is to be taken out of the memory of a whole run.

    What the rules of thumb leave out anyway is none.
    """
    if calculator not in WHOLES:
        return None
    trains = calculator == "training" or cues.trains
    by_rule = calculator in RULED and not cues.fact("model", "seq", "batch", "micro_batch")
    for part in sorted(PARTS_OF_RUN - (NOT_IN_RULE if by_rule else frozenset())):
        place = next(iter(cues.reading.tagged("topic", part)), 0)
        if leaves_out(cues, part) and not asks_total_then(cues.reading, place):
            parts = ("weights", "gradients", "optimizer states") if trains else ("weights",)
            choices = tuple(f"{_size(cues)} {name}".strip() for name in parts)
            return Problem("part_left_out", cues.reading.items[place].text, choices, "part")
    return None


def _several_models(cues: Cues) -> Problem | None:
    """Return the question back for ``两个 llama-2-13b``: one of them is what is calculated."""
    reading = cues.reading
    if weighs(reading):
        return None
    for index in reading.tagged("model"):
        if "model" in reading.items[index].slots and are_copies(reading, index):
            choices = (f"one copy of {reading.items[index].text}",)
            place = index - 1 - (reading.items[index - 1].word in ("个", "份"))
            said = "".join(item.text for item in reading.items[place:index])
            return Problem("ambiguous", f"{said} {reading.items[index].text}", choices, "factor")
    return None


def _two_models(cues: Cues) -> Problem | None:
    """Ask back for one of the two models that speculative decoding holds at once."""
    reading = cues.reading
    if not (reading.says("speculative") and cues.own_sized):
        return None
    said = dict(reading.said_values.get("model", ()) or reading.said_values.get("params", ()))
    choices = tuple(f"{text} inference memory" for text in said.values())
    place = reading.tagged("speculative")[0]
    return Problem("speculative", reading.items[place].text, choices[:2], "params")


def _size(cues: Cues) -> str:
    said = cues.reading.said_values
    sizes = [*dict(said.get("model", ())).values(), *dict(said.get("params", ())).values()]
    return sizes[0] if sizes else ""
