"""The quantity that is asked for has to be one that the calculator gives.

A message may name a model and settings, so that a calculator is chosen, and still ask for something
that no calculator gives: the time to load a model, what share of a card it takes, how many copies
of it fit, one layer's part, FLOPs where memory would be told. It is asked back then: a figure of
another kind, told with confidence, is worse than none.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from typing import Any

from bot.understanding.cues import Cues
from bot.understanding.saving import asks_saving
from bot.understanding.understood import Problem

_PARTS = frozenset({"file_size", "kv_cache", "activation", "optimizer_memory", "gradient_memory"})
_MEMORY = _PARTS | {"training", "inference", "fit", "cuda_overhead"}
_LAYERED = _MEMORY | {"communication"}
_PLACED = _MEMORY | {"plan", "min_gpus"}
_NAMES = {"kv_cache": "KV cache", "weights": "weights", "optimizer": "optimizer states",
          "gradient": "gradients", "activation": "activations"}  # fmt: skip
_SETTINGS = ("method", "optimizer", "sharding", "checkpointing", "attention", "offload")
_USUAL = frozenset({("method", "full"), ("optimizer", "adamw"), ("sharding", "none"),
                    ("checkpointing", "none"), ("offload", "none")})  # fmt: skip
_MODEL = r"(?:[\w.\-]+ ){0,4}"
_TABLE = r"(?:embeddings?(?: layers?| tables?| matri(?:x|ces))?|lm[ _-]?head|词嵌入层?|嵌入层)"
_SIZE = r"(?:memory|size|footprint|vram|weights?|param(?:eter)?s?|显存|大小|多大|占|参数|权重)"
_PATTERNS: Mapping[str, tuple[str, ...]] = {
    "time": (
        r"how long (?:does|do|will|would|to|is|until)\b",
        r"how (?:much time|many (?:seconds|minutes|hours))\b",
        r"(?:load(?:ing)?|startup) time\b|time to load\b",
        r"多久|多长时间|多少时间|几分钟|多少分钟|几秒|多少秒|加载时间",
    ),
    "flops": (
        r"how many [tgp]?flops?\b|\b[tgp]?flops per token",
        r"多少 ?[tgp]?flops?|多少次?浮点运算|计算量",
    ),
    "share": (
        r"\b(?:what|which) (?:fraction|percent(?:age)?|share|portion|proportion) of\b",
        r"how many percent\b|what % of",
        r"百分之(?:几|多少)|占.{0,16}(?:比例|几成|几分之几|多少%)",
    ),
    "copies": (
        rf"how many {_MODEL}(?:models|llms|copies|instances|replicas)\b",
        r"(?:几|多少) ?(?:个|份|套) ?[\d.]+ ?b(?![a-z])",
        r"(?:几|多少) ?(?:个|份|套)[^,。?]{0,24}(?:模型|副本|实例|拷贝)",
    ),
    "requests": (
        r"how many (?:[\w.]+ ){0,3}(?:requests|users|sequences|sessions|streams|tokens|words)\b",
        r"(?:几|多少) ?(?:个|路|条|份)[^,。?]{0,10}(?:请求|会话|用户|序列)",
        r"(?:几|多少)个?(?:字|词)",
    ),
    "rate": (
        r"\b(?:requests|users) (?:per|a|each) (?:day|hour|minute|second)\b",
        r"(?:每|一)个?(?:天|小时|分钟|秒)[^,。?]{0,10}(?:多少|几)个?[^,。?]{0,4}(?:请求|用户|会话)",
    ),
    "step_time": (
        r"(?:每|一|单)个?步.{0,4}(?:多久|多少秒|几秒|时间)",
        r"\b(?:per|each|one|a) (?:training )?step\b|\bstep time\b",
    ),
    "power": (
        r"how much (?:power|energy|electricity|money)\b|how many (?:watts|dollars)\b|\bkwh\b",
        r"功耗|耗电|能耗|电费|多少度电|多少钱|费用",
    ),
    "layer": (
        r"(?<!on )(?<!in )(?<!to )(?<!at )(?<!for )\b(?:per|each|single|one|a)[ -]layer\b",
        r"(?:每|单|一)一?个?层(?!都|加|面)",
    ),
    "table": (
        rf"{_TABLE}(?:的|'s)? ?{_SIZE}",
        rf"(?:how (?:big|large|much)|size|memory)\b[^,;.?]{{0,24}}\b{_TABLE}(?! model| dim)",
        r"\b(?:attention|attn|mlp|ffn|norm)(?: layers?| blocks?)? (?:weights?|param(?:eter)?s?)\b",
        r"(?:注意力|mlp|ffn)(?:层|部分|模块)?的?(?:参数|权重)",
        r"\b(?:per|each|one|single|an)[ -]expert\b|(?:每|单|一)个?专家",
    ),
    "steps": (
        r"how many (?:\w+ )?(?:steps|iterations)\b|number of steps",
        r"(?:多少|几) ?个?步(?!骤)",
    ),
}
_WITHHELD: Mapping[str, frozenset[str]] = {
    "time": _MEMORY,
    "flops": _MEMORY,
    "share": _MEMORY,
    "copies": _PLACED,
    "requests": _MEMORY,
    "rate": _MEMORY | {"max_batch"},
    "step_time": frozenset({"latency"}),
    "power": _MEMORY,
    "layer": _LAYERED,
    "table": _MEMORY | {"model_info", "communication"},
    "steps": _MEMORY,
}
"""What may be asked for, and the calculators that give something else."""
_LOADING = r"\bload(?:s|ing)?\b|加载|载入|\bread(?:ing)? .*(?:nvme|ssd|disk)|\bcopy(?:ing)?\b"
_WHICH = r"\bwhich\b|\bor\b|哪个|哪种|哪一个|谁|还是"
_LARGER = r"\b(?:larger|bigger|smaller|more|most|largest)\b|大|多|小|高"
_SUMMED = r"\b(?:together|combined|in total|sum of)\b|一共|总共|合计|加起来|之和"

_OWN = r"\b(?:and|or|than|vs) its\b|(?:和|跟|与|比|还是)(?:它|其)的"
_PER_TOKEN = r"\b(?:per|a|one|each|every|single)[ -]token\b|(?:每|一)个? ?token"
_PER_STEP = (
    r"\b(?:per|a|one|each|every|single)[ -](?:step|iteration)\b|(?:每|一|单)个? ?(?:步|step)"
)


def not_given(calculator: str, cues: Cues) -> Problem | None:
    """Return the question back where the calculator gives another kind of figure than is asked."""
    text = _text(cues)
    for kind, withheld in _WITHHELD.items():
        if calculator in withheld or _also(kind, calculator, cues, text):
            found = _found(kind, text)
            if found is not None and not _read_otherwise(kind, calculator, cues):
                return Problem("not_given", found.strip(), _offers(kind, cues), "asked")
    return _which_setting(cues, text) or _which_part(calculator, cues, text)


def piece_of_run(cues: Cues) -> dict[str, Any]:
    """Return the tokens of the piece of a run that FLOPs are asked for: ``per token``, ``一步``.

    Empty where the whole run is meant, or a step of which no number of tokens is told.
    """
    facts, text = cues.reading.facts, _text(cues)
    if "total_tokens" in facts:
        return {}
    if _pattern(_PER_STEP).search(text) is not None:
        tokens = facts.get("batch_tokens")
        return {} if tokens is None else {"total_tokens": tokens}
    return {} if _pattern(_PER_TOKEN).search(text) is None else {"total_tokens": 1}


def _also(kind: str, calculator: str, cues: Cues, text: str) -> bool:
    """Whether a calculator that may give the figure gives another one here."""
    if kind == "time":  # how long a model takes to load is no run and no reply
        loads = _pattern(_LOADING).search(text) is not None
        return loads and calculator in ("training_time", "latency") and not cues.trains
    # ``每层权重``, not ``每层几个头``
    return kind == "layer" and calculator == "model_info" and cues.topic("weights")


def _read_otherwise(kind: str, calculator: str, cues: Cues) -> bool:
    """Whether the words were read as a setting: ``checkpoint each layer``, a LoRA on a table."""
    if kind == "layer":
        return cues.fact("checkpointing")
    if kind == "time":
        return cues.memory_asked
    if kind == "table":  # ``embedding size`` is the hidden size
        trained = calculator in ("training", "fit") and cues.fact("method", "lora_rank")
        return trained or cues.reading.says("dimension", "hidden")
    return False


def _offers(kind: str, cues: Cues) -> tuple[str, ...]:
    """Return forms that are calculated and come near what was asked."""
    size = _size(cues)
    if not size:
        return ()
    if kind == "flops":
        return (f"total FLOPs to train {size} on 1T tokens", f"{size} inference memory")
    if kind == "layer":
        return (f"{size} weights", f"{size} how many layers")
    if kind == "table":
        return (f"{size} weights",)
    return (f"{size} inference memory",)


def _which_setting(cues: Cues, text: str) -> Problem | None:
    """``which saves more: 8bit adam or lora``: two settings that take the place of no other."""
    if not asks_saving(cues) or _pattern(_WHICH).search(text) is None:
        return None
    said = [
        cues.reading.items[places[0]].text
        for field in _SETTINGS
        if (field, cues.reading.facts.get(field)) not in _USUAL
        and (places := [i for i in cues.reading.tagged(field) if _is_of(field, cues, i)])
    ]
    if len(said) < 2:
        return None
    choices = tuple(f"train {_size(cues)} with {words}" for words in said)
    return Problem("one_by_one", " / ".join(said), choices, "asked")


def _is_of(field: str, cues: Cues, index: int) -> bool:
    return field in cues.reading.items[index].slots


def _which_part(calculator: str, cues: Cues, text: str) -> Problem | None:
    """``which is larger: the KV cache or the weights``: two parts of which one would be told.

    A sum of two parts is none that a calculator of one part gives.
    """
    weighed = all(_pattern(words).search(text) is not None for words in (_WHICH, _LARGER))
    summed = calculator in _PARTS and _pattern(_SUMMED).search(text) is not None
    if calculator not in _MEMORY or not (weighed or summed):
        return None
    items = cues.reading.items
    said = {
        part: items[places[0]].text
        for part in _NAMES
        if (places := cues.reading.tagged("topic", part))
    }
    if weighed and _pattern(_OWN).search(text) is not None:  # ``70B int4 和它的 KV cache``
        said.setdefault("weights", _size(cues))
    if len(said) < 2:
        return None
    choices = tuple(f"{_size(cues)} {_NAMES[part]}".strip() for part in said)
    return Problem("one_by_one", " / ".join(said.values()), choices, "asked")


def _text(cues: Cues) -> str:
    return "".join(f" {item.word}" if item.gap else item.word for item in cues.reading.items)


def _size(cues: Cues) -> str:
    said = cues.reading.said_values
    sizes = [*dict(said.get("model", ())).values(), *dict(said.get("params", ())).values()]
    return sizes[0] if sizes else ""


def _found(kind: str, text: str) -> str | None:
    for pattern in _PATTERNS[kind]:
        match = _pattern(pattern).search(text)
        if match is not None:
            return match[0]
    return None


@cache
def _pattern(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern)
