"""Short replies in a conversation: ``8``, ``and on two?``, ``per token?``, ``in 3 weeks?``.

They say a number of something that was said before.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from bot.understanding.accepted import whole
from bot.understanding.cues import Cues
from bot.understanding.denials import back_to_usual
from bot.understanding.items import Item
from bot.understanding.reading import Reading
from bot.understanding.shares import of_one_served, of_one_token
from bot.understanding.targets import attribute_named
from bot.understanding.understood import Problem

Context = Mapping[str, Any]

_COUNTED = ("gpu_count", "batch", "micro_batch", "global_batch", "seq", "lora_rank", "tp", "pp")
_FEW_WORDS = 6
_SPREAD = frozenset(["on", "onto", "over", "across", "用", "换", "上"])
_COPULAS = frozenset(["is", "be", "?", "就", "也", "would", "do"])
_ENDS = frozenset(["?", ".", "!", ",", "呢", "吗", "instead", "then"])
# How a bare number would be said of each thing, and between which numbers it may be meant.
_FORMS = {
    "gpu_count": ("{} GPUs", 1, 4096),
    "batch": ("batch {}", 1, 65_536),
    "seq": ("seq {}", 128, 1e7),
    "lora_rank": ("rank {}", 1, 1024),
    "tokens_per_s_gpu": ("{} tokens/s/gpu", 50, 1e6),
    "tflops_gpu": ("{} TFLOPS", 5, 5000),
}
_TOKENS = 5e11
_OF_CARDS = frozenset({"gpu_info", "compare_gpu"})
_OFF = {"checkpointing": "none", "offload": "none", "sharding": "none", "attention": "eager"}
_SWITCHED_OFF = frozenset(["不开", "不用", "关掉", "关了", "没开", "不", "去掉", "without",
                           "withoutit", "off", "turnitoff", "那不开", "要是不开", "如果不开",
                           "那不用", "如果不用", "不用它"])  # fmt: skip
_UNNAMED = ("gpu_count", "batch")


def bind_reply(reading: Reading, context: Context) -> None:
    """Take a bare number for what was asked back: ``8`` after ``4 cards / 8: which one?``.

    What a message denies goes back to what is usual.
    """
    before = context.get("inputs") or {}
    back_to_usual(reading, before)
    _on_so_many(reading, before)
    _share_anew(reading, before)
    _more_tokens(reading, before)
    _rate_anew(reading, before)
    _switched_off(reading, before)
    _in_all(reading, before)
    _of_one_token(reading, context)
    _narrower_optimizer(reading, context)
    if context.get("calculator") in _OF_CARDS and len(reading.items) <= _FEW_WORDS:
        _other_property(reading)
    if context.get("calculator") == "convert":
        _convert_again(reading, before)
    asked = [field for field in context.get("asked_back") or () if field in _COUNTED]
    numbers = list(reading.free("number"))
    if len(numbers) != 1 or reading.facts:
        return
    item = numbers[0][1]
    value = _value(item)
    if len(asked) == 1 and 1 <= value < 1e9 and value == int(value):
        reading.take(item, asked[0], int(value))
    elif not context.get("asked_back") and _asks_anew(reading):
        meant = list(_meant(before, value))
        if len(meant) == 1:
            reading.take(item, meant[0], whole(value))


def _share_anew(reading: Reading, before: Mapping[str, Any]) -> None:
    """``at 50%?`` after a run: another share of the peak."""
    shares = [item for _, item in reading.free("percent")]
    asked = before.get("utilization_percent") or before.get("total_tokens")
    if asked and len(shares) == 1 and "utilization_percent" not in reading.facts:
        reading.take(shares[0], "utilization_percent", _value(shares[0]))


def _asks_anew(reading: Reading) -> bool:
    """Whether a few words around a number ask with it: ``and 2?``; a lone ``2`` may be talk."""
    asked = reading.says("follow") or any(item.word in ("?", "呢") for item in reading.items)
    return asked and len(reading.items) <= _FEW_WORDS


def _value(item: Item) -> float:
    assert item.quantity is not None
    return item.quantity.value


def _meant(before: Mapping[str, Any], value: float) -> Iterator[str]:
    """Yield what was said before that a bare number may change."""
    for name, (_, least, most) in _FORMS.items():
        if not before.get(name) or not least <= value <= most:
            continue
        if name == "gpu_count" and value > max(64, 8 * before[name]):
            continue
        if value == int(value) or name in ("tokens_per_s_gpu", "tflops_gpu"):
            yield name


def _more_tokens(reading: Reading, before: Mapping[str, Any]) -> None:
    """``2T 呢`` after a run on 1T tokens: trillions are tokens, of no model parameters."""
    facts = reading.facts
    if not before.get("total_tokens") or facts.get("params", 0) < _TOKENS or "model" in facts:
        return
    for item in reading.items:
        if item.is_kind("scaled") and item.slots == {"params"} and _value(item) == facts["params"]:
            item.slots = {"total_tokens"}
            facts["total_tokens"] = facts.pop("params")
            return


def _rate_anew(reading: Reading, before: Mapping[str, Any]) -> None:
    """``13B 每卡 1600 呢`` after 3000 tokens/s per card: the rate, its unit left out."""
    if not before.get("tokens_per_s_gpu") or "tokens_per_s_gpu" in reading.facts:
        return
    for index, item in list(reading.free("number")):
        beside = reading.at(index - 1)
        _, least, most = _FORMS["tokens_per_s_gpu"]
        if beside is not None and beside.has("per", "gpu") and least <= _value(item) <= most:
            reading.facts.pop("per_gpu", None)
            reading.take(item, "tokens_per_s_gpu", _value(item))
            return


def _switched_off(reading: Reading, before: Mapping[str, Any]) -> None:
    """``不开呢``, ``without?``: the one setting of the conversation that can be off."""
    words = "".join(item.word for item in reading.items).rstrip("?。.!,呢的话呀啊")
    on = [name for name, off in _OFF.items() if before.get(name) not in (None, off)]
    if len(on) == 1 and words in _SWITCHED_OFF and not reading.facts:
        for item in reading.items:
            item.slots.add(on[0])
        reading.facts[on[0]] = _OFF[on[0]]


def _narrower_optimizer(reading: Reading, context: Context) -> None:
    """``换 8bit 的`` after the states of AdamW: those of 8-bit AdamW, not weights of 8 bits."""
    narrow = (
        context.get("calculator") == "optimizer_memory" and reading.facts.get("dtype") == "int8"
    )
    if narrow and "optimizer" not in reading.facts:
        del reading.facts["dtype"]
        reading.facts["optimizer"] = "adamw_8bit"


def _in_all(reading: Reading, before: Mapping[str, Any]) -> None:
    """``一共呢``, ``in total?`` after one card's share: that of all cards."""
    if before.get("per_gpu") and reading.says("per", "total") and not reading.facts:
        reading.facts["per_gpu"] = False


def _of_one_token(reading: Reading, context: Context) -> None:
    """``per token?`` after a KV cache: that of one token alone."""
    named = of_one_token(reading) and not reading.facts.keys() & {"seq", "batch"}
    if named and context.get("calculator") == "kv_cache":
        reading.facts["per_token"] = True
    elif context.get("calculator") == "kv_cache" and of_one_served(reading):
        reading.facts.setdefault("batch", 1)


def _other_property(reading: Reading) -> None:
    """``带宽呢`` after a card's memory: another property of the same cards."""
    if "attribute" not in reading.facts and not reading.cards:
        named = attribute_named(reading)
        if named is not None:
            reading.facts["attribute"] = named


def _convert_again(reading: Reading, before: Mapping[str, Any]) -> None:
    """``那 80 呢``, ``400Gb 呢`` after a conversion: another amount into the same unit."""
    amounts = [item for item in reading.items if item.is_kind("bytes", "bandwidth", "number")]
    if len(amounts) != 1 or len(reading.items) > _FEW_WORDS or not before.get("to_unit"):
        return
    item = amounts[0]
    assert item.quantity is not None
    if "to_unit" in reading.facts or reading.cards or reading.facts.keys() - {"gpu_memory_bytes"}:
        return
    reading.facts.pop("gpu_memory_bytes", None)
    reading.problems = [problem for problem in reading.problems if problem.text != item.text]
    item.slots = {"quantity"}
    reading.facts["quantity"] = item.quantity.number
    reading.facts["from_unit"] = item.quantity.unit or before["from_unit"]


def _on_so_many(reading: Reading, before: Mapping[str, Any]) -> None:
    """``in int4 on one?``, ``and on 2?``: the cards of the conversation, counted anew."""
    known = any(before.get(name) for name in ("gpu", "gpu_count", "model", "params"))
    if "gpu_count" in reading.facts or not known:
        return
    for index, item in enumerate(reading.items):
        after = reading.at(index + 1)
        spread = index and reading.items[index - 1].word.rpartition(" ")[2] in _SPREAD
        if item.used or not (spread or _is_judged(reading, index)):
            continue
        if spread and after is not None and after.word not in _ENDS:
            continue
        word = item.get("numword")
        number = item.quantity.value if item.is_kind("number") and item.quantity else None
        count = float(word) if word is not None and item.quantity is None else number
        if count and 1 <= count <= _FORMS["gpu_count"][2] and count == int(count):
            reading.take(item, "gpu_count", int(count))
            return


def _is_judged(reading: Reading, index: int) -> bool:
    """``one is enough?``, ``would one do?``: a lone number whose verdict is asked."""
    words = reading.items[index + 1 : index + 3]
    asks = any(item.has("ask", "fit") for item in words) and len(reading.items) <= _FEW_WORDS
    return asks and all(item.has("ask") or item.word in _COPULAS for item in words)


def bare_number(cues: Cues, context: Context | None) -> Problem | None:
    """Return the question back for a lone number in a conversation: eight of what."""
    reading = cues.reading
    numbers = list(reading.free("number"))
    longest = _FEW_WORDS if reading.facts else 3
    if not context or len(numbers) != 1 or cues.words > longest or cues.strange:
        return None
    before = context.get("inputs") or {}
    text = numbers[0][1].text
    names = list(_meant(before, _value(numbers[0][1])))
    names = names or ([*_UNNAMED] if before.get("gpu") and not reading.facts else [])
    if not names:
        return None
    choices = tuple(_FORMS[name][0].format(text) for name in names)
    return Problem("ambiguous", text, choices, "number")
