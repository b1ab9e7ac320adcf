"""What no calculator models: named and asked back, never priced as something else."""

from __future__ import annotations

from bot.understanding.cues import Cues
from bot.understanding.objects import leaves_out
from bot.understanding.others import not_decoder
from bot.understanding.understood import Problem

_UNLIKE = ("other_models", "other_method")
# "RAM" and 内存 alone are said of GPUs too.
_BITS = frozenset({"Kb", "Mb", "Gb", "Tb"})
_EITHER_MEMORY = frozenset({"ram", "dram", "内存"})


def unmodelled(calculator: str | None, cues: Cues) -> Problem | None:
    """Return the question back for what no calculator gives; None where nothing is calculated."""
    if calculator is None:
        return None
    return (
        _other_way(cues)
        or _capacity(cues)
        or _host_memory(cues)
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


def left_out_part(cues: Cues) -> Problem | None:
    """Return the question back where a part of training is to be taken out of the whole.

    Activations are not among them: the rule of thumb leaves them out anyway.
    """
    for part in ("optimizer", "gradient", "weights"):
        if leaves_out(cues, part):
            place = cues.reading.tagged("topic", part)[0]
            parts = ("weights", "gradients", "optimizer states")
            choices = tuple(f"{_size(cues)} {name}".strip() for name in parts)
            return Problem("part_left_out", cues.reading.items[place].text, choices, "part")
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
