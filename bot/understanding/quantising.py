"""Which quantisation lets a model fit: the format is what is asked, not what was left unsaid."""

from __future__ import annotations

import re

from bot.understanding.asked import Intent
from bot.understanding.cues import Cues
from bot.understanding.reading import Reading

_QUANT = r"(?:quanti[sz]ations?|quanti[sz]ed?|quants?)"
_ASKED = re.compile(
    r"(?:which|what|whats|largest|highest|biggest|widest|best)"
    r"(?: (?:is|the|level|kind|type|of|weight|possible))*"
    rf" (?:{_QUANT}|precision|bit ?width|bits)(?!\w)"
    rf"|how many bits(?!\w)|{_QUANT}[^,.?]{{0,20}} to (?:what|which)(?!\w)"
    r"|(?:什么|啥|哪种|哪个|哪一种|何种|几|多少|最高|最大)(?:的| )?(?:精度)?"
    r"(?:量化|bit|比特|位|精度)"
    r"|量化[^,.。?]{0,4}(?:成|到|为)(?:什么|啥|哪种|哪个|几|多少)"
)
_SPOKEN = re.compile(rf"量化|(?<!\w){_QUANT}(?!\w)|quanti[sz]ing")


def bind_quant_asked(reading: Reading) -> None:
    """Note that a format is asked for a model, where none is said: ``which quant fits``."""
    facts = reading.facts
    if facts.keys() & {"dtype", "kv_dtype", "method"} or not facts.keys() & {"model", "params"}:
        return
    text, starts = "", []
    for item in reading.items:
        text += " " if item.gap and text else ""
        starts.append(len(text))
        text += item.word
    found = _ASKED.search(text)
    if found is None or not _SPOKEN.search(text):
        return
    facts["quant_asked"] = True
    for item, start in zip(reading.items, starts, strict=True):
        inside = start < found.end() and start + len(item.word) > found.start()
        if (inside and item.quantity is None) or item.has("quantised"):
            item.slots.add("quantised")


def format_asked(cues: Cues) -> Intent | None:
    """Return the intent of ``which quantisation fits``: a verdict on one format after the other."""
    if not cues.fact("quant_asked") or cues.trains:
        return None
    return Intent("fit", 0.85, {"mode": "infer"})
