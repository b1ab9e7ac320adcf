"""What a message asks with: its cues as yes-or-no features, computed once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from bot.understanding.lexicon import glue
from bot.understanding.reading import Reading

_TRAINING_FACTS = frozenset(
    {
        "optimizer",
        "method",
        "lora_rank",
        "zero_stage",
        "sharding",
        "checkpointing",
        "grad_accumulation",
        "micro_batch",
        "dp",
        "global_batch",
        "batch_tokens",
    }
)


# "Offload" alone is said of inference too.
_TRAINING_OFFLOADS = ("zero", "optimizer", "优化器")
_NEUTRAL = glue("neutral")
_MEMORY_UNITS = frozenset(["gb", "gib", "gig", "gigs", "gigabytes", "mb", "mib"])
_KNOWN = _NEUTRAL | _MEMORY_UNITS
_MARKS = frozenset(["?", ".", "!", "。", ",", "啊", "呀"])
_INSIDE = frozenset(["内", "以", "之", "里"])
_WITHIN = frozenset(["in", "within", "inside", "only", "about", "在", "想", "要", "内", "只"])
_FEW_WORDS = 6
_PAUSES = frozenset([",", ";", ":", "-", ".", "。"])
_PARTICLES = frozenset(["吗", "么", "不", "没"])
_OPENERS = frozenset(["can", "could", "will", "would", "is", "are", "does", "do", "can i", "can we",
                      "does it fit", "will it fit", "is it possible"])  # fmt: skip


@dataclass(frozen=True, slots=True)
class Cues:
    """Features of a reading that the intent rules look at.

    ``before`` are the inputs of the conversation so far, when the message may lean on them.
    """

    reading: Reading
    question_mark: bool
    words: int
    before: Mapping[str, Any] = field(default_factory=dict)

    def ask(self, *values: str) -> bool:
        """Whether one of these ways of asking is there."""
        return self.reading.says("ask", *values)

    def topic(self, *values: str) -> bool:
        """Whether one of these topics is named."""
        return self.reading.says("topic", *values)

    def fact(self, *names: str) -> bool:
        """Whether one of these facts is known."""
        return not self.reading.facts.keys().isdisjoint(names)

    def open(self, *keys: str) -> bool:
        """Whether a key stands without a number: what may be asked for."""
        return any(key in keys for key, _ in self.reading.open_keys)

    def knowledge(self, *values: str) -> bool:
        """Whether the message asks how, why or what something is; a number of epochs does not."""
        if not self.reading.says("knowledge", *values):
            return False
        places = [i for v in values for i in self.reading.tagged("knowledge", v)]
        return any("epochs" not in self.reading.items[place].slots for place in places)

    @property
    def sized(self) -> bool:
        """Whether a model or a number of parameters is given, here or before."""
        return self.own_sized or any(self.before.get(name) for name in ("model", "params"))

    @property
    def own_sized(self) -> bool:
        """Whether the message itself gives a model or a number of parameters."""
        return self.fact("model", "params", "sizes", "unsized")

    @property
    def hardware(self) -> bool:
        """Whether cards, their number or their memory are given."""
        names = ("gpu", "gpu_count", "gpu_memory_bytes", "nodes")
        return self.hardware_said or any(name in self.before for name in names)

    @property
    def hardware_said(self) -> bool:
        """Whether the message itself gives cards, their number or their memory."""
        names = ("gpu", "gpu_count", "gpu_memory_bytes", "nodes", "unknown_card")
        return bool(self.reading.cards) or self.fact(*names)

    @property
    def rated(self) -> bool:
        """Whether a measured speed is given."""
        names = ("tokens_per_s_gpu", "examples_per_s", "step_s")
        return any(name in self.reading.facts or name in self.before for name in names)

    @property
    def within_said(self) -> bool:
        """Whether a run of the conversation is to end in a time: ``in 3 weeks?``."""
        if self.words > _FEW_WORDS or not self.before.get("total_tokens") or self.reading.facts:
            return False
        items = self.reading.items
        return any(
            item.is_kind("time")
            and (
                (index and items[index - 1].word in _WITHIN)
                or (index + 1 < len(items) and items[index + 1].word in _INSIDE)
            )
            for index, item in enumerate(items)
        )

    @property
    def rate_at_share(self) -> bool:
        """Whether a rate is asked at a stated share of the peak: ``throughput at 50 % MFU``."""
        stated = self.fact("utilization_percent") and not self.rated
        return stated and self.sized and self.topic("throughput", "latency")

    @property
    def unexplained(self) -> bool:
        """Whether a number is left over: ``is 0.5 dropout ok for 7b?`` is about something else."""
        return any(
            item.quantity is not None and not item.used and not item.has("numword")
            for item in self.reading.items
        )

    @property
    def trains(self) -> bool:
        """Whether training is meant, by its word or by settings that only training has."""
        mode = self.reading.facts.get("mode")
        if mode is not None:
            return bool(mode == "train")
        if not self.reading.facts.keys().isdisjoint(_TRAINING_FACTS):
            return True
        items = self.reading.items
        offloaded = " ".join(items[place].word for place in self.reading.tagged("offload"))
        if any(word in offloaded for word in _TRAINING_OFFLOADS):
            return True
        return self.before.get("mode") == "train"

    @property
    def memory_asked(self) -> bool:
        """Whether memory is named as what is asked, not as a capacity (``24G 显存``)."""
        return any(
            not any(
                (other := self.reading.at(place)) is not None and other.is_kind("bytes")
                for place in (index - 1, index + 1)
            )
            for index in self.reading.tagged("topic", "memory")
        )

    @property
    def unit_asked(self) -> bool:
        """Whether a unit of memory stands without a number: ``gb per card?``."""
        return any(item.word in _MEMORY_UNITS and not item.used for item in self.reading.items)

    @property
    def strange(self) -> int:
        """Count what is not understood: one for a Chinese character, two for an English word."""
        strange = 0
        for item in self.reading.items:
            known = item.used or item.quantity is not None or item.tags or item.word in _KNOWN
            if not known and any(character.isalnum() for character in item.word):
                strange += 2 if item.word.isascii() else 1
        return strange

    @property
    def yes_or_no(self) -> bool:
        """Whether it asks for a yes or a no: it ends in 吗, or begins with ``can`` or ``is``."""
        items = self.reading.items
        words = [item.word for item in items if item.word not in _MARKS]
        if words and (words[-1] in _PARTICLES or words[0] in _OPENERS):
            return True
        return self.question_mark and any(
            item.word in _OPENERS and items[index - 1].word in _PAUSES
            for index, item in enumerate(items)
            if index
        )

    @property
    def yes_or_no_asked(self) -> bool:
        """Whether the message is a question that a yes or a no answers, however it is put."""
        return (
            self.question_mark
            or self.yes_or_no
            or any(item.has("ask", "fit") and "不" in item.word for item in self.reading.items)
            or (bool(self.reading.items) and self.reading.items[0].word in _OPENERS)
        )

    @property
    def asks(self) -> bool:
        """Whether anything is asked at all."""
        return self.question_mark or self.reading.says("ask", "how_much", "fit", "count", "time",
                                                       "max", "min")  # fmt: skip

    @property
    def terse(self) -> bool:
        """Whether the message is a list of settings rather than a sentence."""
        known = sum(1 for i in self.reading.items if i.used or i.has("topic") or i.has("key"))
        return self.words <= 2 or known >= 0.6 * self.words
