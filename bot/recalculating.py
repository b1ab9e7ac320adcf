"""An answer from numbers alone: those of a former answer with some changed, or of a form.

What is changed are fields of a request. They are laid over what the words of the conversation had
said, so that what was assumed is assumed anew and a follow-up goes on from the changed numbers.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from bot.answer import Answer, Before
from bot.choosing import usual_entry
from bot.following import before, state_of
from bot.question import Language, Question
from bot.understanding.assemble import request_of
from bot.understanding.understood import Understood
from calculators import CalculatorError, calculate, parse_request
from calculators.results import Calculation
from knowledge.loader import find_entry

_BATCHES = ("batch", "micro_batch", "global_batch", "batch_tokens")
_REPLACED: Mapping[str, tuple[str, ...]] = {
    "model": ("params", "config"),
    "params": ("model", "config"),
    "gpu": ("gpu_memory_bytes", "utilization_percent"),
    "gpu_count": ("nodes",),
    "micro_batch": _BATCHES,
    "global_batch": _BATCHES,
    "sharding": ("zero_stage",),
}
"""What a new value makes stale, by the field that is changed."""


@dataclass(frozen=True, slots=True)
class Numbers:
    """What is to be calculated, JSON-compatible.

    ``inputs`` is what the words said before, ``changes`` the request's fields that are new, None
    for one that is left open again.
    ``headline`` is that of the answer that is changed, empty where there is none.
    """

    calculator: str
    language: Language
    inputs: Mapping[str, Any] = field(default_factory=dict)
    changes: Mapping[str, Any] = field(default_factory=dict)
    headline: str = ""
    entry: str | None = None

    def as_payload(self) -> dict[str, Any]:
        """Return it as it waits in the inbox."""
        return asdict(self)

    @classmethod
    def from_payload(cls, payload: Mapping[str, Any]) -> Numbers:
        """Read it back from an inbox item."""
        return cls(**{name: payload[name] for name in cls.__slots__ if name in payload})

    @property
    def facts(self) -> dict[str, Any]:
        """What the conversation has said when the changes are counted in."""
        return changed_facts(self.inputs, self.changes)

    @property
    def request(self) -> dict[str, Any]:
        """The request's fields, each change as it was given."""
        facts = self.facts
        request = request_of(self.calculator, facts, trains=facts.get("mode") == "train")
        return request | {k: v for k, v in self.changes.items() if v is not None}


def changed_facts(inputs: Mapping[str, Any], changes: Mapping[str, Any]) -> dict[str, Any]:
    """Return ``inputs`` with request fields changed, in the names of the understanding."""
    facts = dict(inputs)
    for name in changes:
        for stale in _REPLACED.get(name, ()):
            facts.pop(stale, None)
    for name, value in changes.items():
        if value is None:
            for known in _fact(name, None):
                facts.pop(known, None)
            continue
        facts.update(_fact(name, value))
        if name == "precision":
            for stale in {"pure", "mixed"} - _fact(name, value).keys():
                facts.pop(stale, None)
        if name == "method" and value == "full":
            facts.pop("lora_rank", None)
    return facts


def _fact(name: str, value: Any) -> dict[str, Any]:
    """Return a request's field as the facts that give it."""
    if value is None:
        names = {"precision": ("dtype", "pure", "mixed"), "lora": ("lora_rank",)}
        return dict.fromkeys(names.get(name, ("dtype",) if name == "weight_dtype" else (name,)))
    if name == "precision":
        kind, mixed, dtype = str(value).rpartition("_")
        if not mixed:
            return {"dtype": dtype, "pure": True} if dtype in ("fp16", "bf16") else {"dtype": dtype}
        return {"dtype": dtype, "mixed": "amp"} if kind == "amp" else {"dtype": dtype}
    if name == "weight_dtype":
        return {"dtype": value}
    if name == "lora":
        return {"lora_rank": value["rank"]}
    return {name: value}


def calculated(numbers: Numbers) -> Calculation:
    """Calculate the numbers; raises ``CalculatorError`` with the field that cannot be meant."""
    return calculate(parse_request(numbers.request))


def recalculated(numbers: Numbers, question: Question) -> tuple[Answer, dict[str, Any]]:
    """Return the answer to ``numbers``, and the state that its conversation goes on from.

    A former figure stands beside the new one, with the difference. Raises ``CalculatorError``
    where nothing can be calculated.
    """
    calculation = calculated(numbers)
    facts = numbers.facts
    follows = bool(numbers.headline)
    entry = numbers.entry or usual_entry(numbers.calculator, facts.get("mode"))
    understood = Understood(
        text=question.text,
        language=numbers.language,
        calculator=numbers.calculator,
        confidence=1.0,
        inputs=facts,
        follow_up=follows,
        changed=tuple(numbers.changes) if follows else (),
    )
    answer = Answer(
        query=question.text,
        language=numbers.language,
        kind="calculation",
        score=1.0,
        id=question.id,
        entry=find_entry(entry) if entry else None,
        calculation=calculation,
        inputs=facts,
        changed=understood.changed,
        before=_before(numbers, understood, calculation) if follows else None,
    )
    return answer, state_of(understood, calculation)


def _before(numbers: Numbers, understood: Understood, calculation: Calculation) -> Before:
    """Return the former answer: its figure too, if the same numbers still give that headline."""
    shown = Before(numbers.headline)
    former = Numbers(numbers.calculator, numbers.language, numbers.inputs)
    try:
        old = calculated(former)
    except CalculatorError:
        return shown
    if old.headline.in_(numbers.language) != numbers.headline:
        return shown
    return before(understood, state_of(understood, old), calculation) or shown
