"""What a conversation keeps between its turns, and what a follow-up changed in the answer."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any, Protocol

from bot.answer import Before
from bot.differences import are_unlike, differences, figures_of
from bot.messages import say
from bot.question import Language
from bot.understanding import to_context, understand
from bot.understanding.understood import Understood
from calculators.results import Calculation
from calculators.units import format_bytes
from knowledge.visibility import Place

MAX_CONVERSATIONS = 10_000
# What a question back about one thing may be answered with.
_SAID_AS = {
    "params": {"params", "model"},
    "model": {"params", "model"},
    "gpu": {"gpu", "gpu_memory_bytes"},
    "gpu_memory_bytes": {"gpu", "gpu_memory_bytes"},
    "gpu_count": {"gpu_count", "nodes"},
    "batch": {"batch", "micro_batch", "global_batch"},
    "seq": {"seq", "prompt_tokens", "new_tokens"},
    "number": {"gpu_count", "batch", "seq", "lora_rank", "tokens_per_s_gpu", "tflops_gpu"},
}


class Threads(Protocol):
    """Where the state of a conversation is kept between its turns."""

    def thread(self, place: Place) -> Mapping[str, Any] | None:
        """Return the state kept for a conversation, or None."""

    def keep_thread(self, place: Place, state: Mapping[str, Any]) -> None:
        """Replace the state kept for a conversation."""


class MemoryThreads:
    """Conversation state that lives as long as the process: batches, a terminal's chat.

    The oldest conversations are forgotten beyond ``MAX_CONVERSATIONS``.
    """

    def __init__(self) -> None:
        self._states: dict[Place, Mapping[str, Any]] = {}

    def thread(self, place: Place) -> Mapping[str, Any] | None:
        """Return the state kept for a conversation, or None."""
        return self._states.get(place)

    def keep_thread(self, place: Place, state: Mapping[str, Any]) -> None:
        """Replace the state kept for a conversation."""
        self._states.pop(place, None)
        self._states[place] = state
        if len(self._states) > MAX_CONVERSATIONS:
            del self._states[next(iter(self._states))]


def state_of(
    understood: Understood,
    calculation: Calculation | None,
    before: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """Return what the next turn may lean on (JSON-compatible): the readings and the result.

    A follow-up that was asked back leaves the state ``before`` it as it was, and itself as
    ``pending`` until it is answered.
    """
    state = to_context(understood)
    if calculation is None:
        state["asked_back"] = state["asked_back"] or [""]
        if understood.follow_up and before is not None and before.get("result"):
            return {**before, "language": state["language"], "pending": state}
    if calculation is not None:
        state["result"] = {
            "headline": {"en": calculation.headline.en, "zh": calculation.headline.zh},
            "figures": {name: list(figure) for name, figure in figures_of(calculation).items()},
        }
        if len(calculation.breakdown) > 1:
            largest = max(calculation.breakdown, key=lambda part: part.bytes)
            total = sum(part.bytes for part in calculation.breakdown)
            name = {"en": largest.name.en, "zh": largest.name.zh}
            state["result"]["largest"] = {"name": name, "bytes": largest.bytes, "of": total}
    return state


def understood_in(text: str, state: Mapping[str, Any]) -> Understood:
    """Read a message of a conversation: the answer to what was asked back, or one on its own."""
    pending = state.get("pending")
    if isinstance(pending, Mapping):
        answer = understand(text, pending)
        if _answers(answer, pending["asked_back"]):
            confirmed = state.get("inputs") or {}
            new = (k for k, v in answer.inputs.items() if confirmed.get(k) != v and k != "mode")
            return replace(answer, changed=tuple(new))
    return understand(text, state)


def _answers(understood: Understood, asked_back: Sequence[str]) -> bool:
    """Whether a message says what was asked back for."""
    said = {span.slot for span in understood.spans}
    return understood.follow_up and any(
        bool(said & _SAID_AS.get(name, {name})) if name else bool(said) for name in asked_back
    )


def asked_of_no_model(understood: Understood) -> Understood | None:
    """Return a question about training or inference as one that only lacks its model, or None."""
    calculator = {"train": "training", "infer": "inference"}.get(understood.inputs.get("mode", ""))
    if calculator is None or understood.inputs.keys() - {"mode", "dtype", "optimizer", "method"}:
        return None
    return replace(understood, calculator=calculator)


def before(
    understood: Understood, state: Mapping[str, Any] | None, calculation: Calculation
) -> Before | None:
    """Return the former answer when this turn changed something in it, else None.

    With it goes what lies between the figures that both answers have.
    """
    result = (state or {}).get("result")
    if not understood.follow_up or not understood.changed or not isinstance(result, Mapping):
        return None
    headline = result["headline"][understood.language]
    former, new = result.get("figures"), figures_of(calculation)
    if former is None:
        # Kept by a former version of the bot.
        return Before(headline)
    found = differences(former, new)
    return Before(headline, found, unlike=are_unlike(former, new))


def made_of(result: Mapping[str, Any], language: Language) -> Iterator[str]:
    """Yield what a kept answer said, which of its parts is the largest, and where its working is.

    An answer that a former version of the bot kept has no parts.
    """
    yield say("why_before", language, headline=result["headline"][language])
    largest = result.get("largest")
    if largest:
        yield say(
            "why_largest",
            language,
            part=largest["name"][language],
            size=format_bytes(largest["bytes"]),
            total=format_bytes(largest["of"]),
            percent=f"{100 * largest['bytes'] / largest['of']:.0f}",
        )
    yield say("why_working", language)
