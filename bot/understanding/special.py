"""Messages that are no question: greetings, calls for help, look-ups of past answers, pastes."""

from __future__ import annotations

import re
from typing import Literal

from bot.understanding.items import Item

Special = Literal["help", "greeting", "history", "paste"]

_MARKS = re.compile(
    r"nvidia-smi \d|\| NVIDIA-SMI|Volatile Uncorr|GPU-Util|Persistence-M"
    r"|CUDA out of memory|OutOfMemoryError|Tried to allocate \d"
    r"|DeepSpeed C\+\+/CUDA extension|op name \.{3,}|ninja \.{3,}"
    r"|CUDA Device Query|CUDA Capability Major/Minor|Detected \d+ CUDA Capable"
    r"|DeepSpeed Flops Profiler|fwd MACs per GPU|Floating point operations per second"
    r"|\balgbw\b.{0,40}\bbusbw\b|\bbusbw\b|# Avg bus bandwidth"
    r"|Total send rate:|Total receive rate:|Peak rate|Listening on \w+"
    r"|GPU0\s+GPU1|CPU Affinity|NUMA Affinity"
    r"|\"(?:architectures|hidden_size|num_hidden_layers|model_type)\"\s*:"
    r"|Traceback \(most recent call last\)",
    re.IGNORECASE,
)
_SURE = re.compile(
    r"\{[^{}]{0,4000}\"(?:hidden_size|num_hidden_layers|architectures|model_type)\"\s*:", re.DOTALL
)
_TABLE_LINE = re.compile(r"^\s*(?:[|+#=>-]|GPU\d|\d+:|.*\[OKAY\]|.*[\d.]+[KMG]?b\s)", re.MULTILINE)
_POLITE = frozenset(
    [
        "!",
        ",",
        ".",
        "。",
        "?",
        "啊",
        "呀",
        "呢",
        "哦",
        "~",
        ";",
        "please",
        "请",
        "@",
        "vrambot",
        "bot",
        "there",
        "/",
        "vram",
    ]
)


def is_paste(text: str) -> bool:
    """Whether the message holds the output of a tool: two marks, or one and several lines."""
    head = text[:20_000]
    found = {match.group().lower()[:12] for match in _MARKS.finditer(head)}
    if not found:
        return False
    lines = head.count("\n") + 1
    if _SURE.search(head) or "tried to allocate" in head.lower():
        return True
    return (len(found) > 1 and lines > 1) or lines > 3


def special_of(items: list[Item]) -> Special | None:
    """Recognise help, greetings and look-ups; the items of an empty message mean help."""
    meaningful = [item for item in items if item.word not in _POLITE]
    if not meaningful:
        return "help" if not items or all(not i.text.isalnum() for i in items) else "greeting"
    if any(item.has("history", "asked") for item in meaningful):
        return "history"
    if meaningful[0].has("history", "find") and len(meaningful) > 1:
        return "history"
    if all(item.has("ask", "help") or item.has("ask", "greeting") for item in meaningful):
        return "help" if any(item.has("ask", "help") for item in meaningful) else "greeting"
    return None
