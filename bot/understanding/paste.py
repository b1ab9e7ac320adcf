"""Recognises the output of tools that people paste instead of a question."""

from __future__ import annotations

import re

_HEAD = 20_000
# Tool, and marks of its output; the first tool with enough marks is taken.
_TOOLS: tuple[tuple[str, re.Pattern[str]], ...] = (
    (
        "oom",
        re.compile(
            r"tried to allocate [\d.]+ ?[mg]i?b|torch\.(?:cuda\.)?outofmemoryerror"
            r"|reserved in total by pytorch|already allocated",
            re.IGNORECASE,
        ),
    ),
    (
        "topo",
        re.compile(
            r"GPU0\s{1,20}GPU1|CPU Affinity\s{1,20}NUMA"
            r"|(?:NV\d{1,2}|PIX|PHB|SYS|NODE)\s{1,20}(?:NV\d{1,2}|PIX|PHB|SYS|NODE)"
        ),
    ),
    (
        "nvidia-smi",
        re.compile(
            r"NVIDIA-SMI \d|Volatile Uncorr|Persistence-M|Pwr:Usage/Cap|\d{1,6}MiB ?/ ?\d{1,6}MiB"
            r"|GPU-Util +Compute",
        ),
    ),
    (
        "ds_report",
        re.compile(
            r"DeepSpeed C\+\+/CUDA extension"
            r"|op name \.{3,}|ninja \.{3,}|\.{4,80} ?\[(?:OKAY|YES|NO)\]"
        ),
    ),
    (
        "deviceQuery",
        re.compile(
            r"CUDA Device Query|CUDA Capability Major/Minor|CUDA Capable device"
            r"|Total amount of global memory"
        ),
    ),
    (
        "flops-profiler",
        re.compile(
            r"DeepSpeed Flops Profiler|fwd MACs|Floating point operations per second"
            r"|Aggregated Profile"
        ),
    ),
    ("nccl-tests", re.compile(r"algbw.{0,40}busbw|Avg bus bandwidth|out-of-place +in-place")),
    (
        "iftop",
        re.compile(
            r"Total send rate:|Total receive rate:|Listening on \w+|(?:=>|<=) +[\d.]+[KMG]?b\b"
        ),
    ),
    (
        "config.json",
        re.compile(
            r"\"(?:architectures|hidden_size|num_hidden_layers|model_type|num_attention_heads"
            r"|intermediate_size)\"\s*:"
        ),
    ),
    ("traceback", re.compile(r"Traceback \(most recent call last\)|^\w*Error: ", re.MULTILINE)),
)
_ENOUGH_ALONE = frozenset({"oom"})


def paste_tool(text: str) -> str | None:
    """Return the tool whose output the message holds, None when it is written by hand.

    Output has two marks, or one over at least four lines; a message that only names a tool has
    neither.
    """
    head = text[:_HEAD]
    lines = head.count("\n") + 1
    for tool, marks in _TOOLS:
        found = len({match.group()[:24] for match in marks.finditer(head)})
        if found > 1 or (found and (lines > 3 or tool in _ENOUGH_ALONE)):
            return tool
    return None
