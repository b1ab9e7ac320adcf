"""``understand``: a message in, its reading out.

It never raises, reads at most a few thousand characters, and needs no network and no clock.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from bot.question import Language
from bot.understanding.adapters import bind_adapters
from bot.understanding.adjusting import adjust
from bot.understanding.asides import bind_asides
from bot.understanding.assemble import EITHER, RATED, mode_of, request_of
from bot.understanding.atoms import Atom, tokenize
from bot.understanding.budget import bind_budget
from bot.understanding.cards import bind_cards, spoken_card
from bot.understanding.changing import bind_changes, change_unclear
from bot.understanding.checks import check
from bot.understanding.comparing import asks_which_card
from bot.understanding.configured import configured
from bot.understanding.corpus import bind_corpus, bind_more_epochs, bind_run_tokens
from bot.understanding.correction import corrected
from bot.understanding.cues import Cues
from bot.understanding.flag_values import Configured
from bot.understanding.followup import (
    cards_unclear,
    carried_calculator,
    is_follow_up,
    merge,
)
from bot.understanding.hybrid import bind_hybrid
from bot.understanding.intent import WEAK, Intent, decide
from bot.understanding.items import Item
from bot.understanding.joined import bind_configured, bind_configured_after
from bot.understanding.judged import result_judged, share_judged
from bot.understanding.language import language_in
from bot.understanding.lengths import bind_loose_lengths
from bot.understanding.missing import missing
from bot.understanding.models import bind_models
from bot.understanding.names import find_names
from bot.understanding.network import bind_network
from bot.understanding.normalize import Normalized, lowered, normalize
from bot.understanding.open_points import UNKNOWN, open_points, relevant
from bot.understanding.others import bind_others
from bot.understanding.paste import paste_tool
from bot.understanding.rates import bind_rates, bind_share_of_run
from bot.understanding.reading import Reading
from bot.understanding.relative import factors_left, mark_changes, settle_changes
from bot.understanding.replaced import changes_left
from bot.understanding.replies import bare_number, bind_reply
from bot.understanding.saving import asks_difference
from bot.understanding.scan import scan
from bot.understanding.sets import settle_sets, weigh_counts
from bot.understanding.settings import bind_settings
from bot.understanding.slots import bind_keys
from bot.understanding.special import looked_up, special_of
from bot.understanding.stated import bind_stated
from bot.understanding.superseded import superseded
from bot.understanding.targets import bind_targets
from bot.understanding.told import not_used, said_inputs, spans_of
from bot.understanding.unclaimed import unclaimed
from bot.understanding.understood import Problem, Understood
from bot.understanding.unmodelled import left_out_part, unmodelled
from bot.understanding.unplaced import unplaced
from bot.understanding.weighing import compared, contradictions, settle_pairs, weighed_sizes
from bot.understanding.whose_format import kept_apart

_OPEN = 0.4
_LARGEST = ("max_batch", "max_context")
_LONGEST_CHOICE = 200
_INTERNAL = frozenset(
    {"sizes", "formats", "unsized", "unknown_card", "copies", "named_dtype", "other_kind"}
)


def understand(text: str, context: Mapping[str, Any] | None = None) -> Understood:
    """Read ``text``; ``context`` is what :func:`to_context` gave for the turn before."""
    normalized = normalize(text)
    language = language_in(normalized.text, context)
    tool = paste_tool(text)
    if tool is not None:
        return Understood(
            normalized.text, language, None, 0.1, inputs={"tool": tool}, special="paste"
        )
    written = normalized.text
    flags = configured(normalized.text, normalized.lower)
    if flags is not None:
        normalized = replace(normalized, text=flags.text, lower=lowered(flags.text))
    atoms = tokenize(normalized.lower)
    items = scan(atoms, normalized.text)
    special = special_of(items) if flags is None else None
    if special is not None:
        words = {"words": looked_up(items)} if special == "history" else {}
        return Understood(normalized.text, language, None, 0.1, inputs=words, special=special)
    fixed = corrected(normalized.text, atoms, items, _bound)
    if fixed is not None:
        normalized, atoms, items = _rewritten(normalized, fixed.text)
    reading = _read(items, atoms, normalized.text, flags)
    current = superseded(normalized.text, atoms, reading.items) if flags is None else None
    if current is not None:
        normalized, atoms, items = _rewritten(normalized, current)
        reading = _read(items, atoms, normalized.text)
    if context is not None:
        if (context.get("inputs") or {}).get("sharding") == "hybrid":
            bind_hybrid(reading, said_before=True)
        bind_reply(reading, context)
        bind_changes(reading, context)
        bind_more_epochs(reading, context)
    if fixed is not None and fixed.unclear:
        choices = tuple(f"{number} GPUs" for number in fixed.unclear)
        reading.problem("contradiction", " / ".join(fixed.unclear), choices, fixed.field or "")
    cues = _cues(reading, normalized, context)
    found = _finish(reading, cues, decide(cues), normalized, atoms, context)
    if flags is not None:
        found = replace(found, spans=(*flags.spans, *found.spans))
    return replace(found, text=written)


def _rewritten(
    normalized: Normalized, text: str
) -> tuple[Normalized, tuple[Atom, ...], list[Item]]:
    """Scan a message anew whose ``text`` has blanks in the place of what does not count."""
    normalized = replace(normalized, text=text, lower=lowered(text))
    atoms = tokenize(normalized.lower)
    return normalized, atoms, scan(atoms, text)


def _bound(text: str) -> list[Item]:
    """Return the items of a part of a message with the slots that they take."""
    atoms = tokenize(lowered(text))
    return _read(scan(atoms, text), atoms, text).items


def _read(
    items: list[Item], atoms: tuple[Atom, ...], text: str, flags: Configured | None = None
) -> Reading:
    """Return the reading of items that were scanned, each with the slots that it takes."""
    reading = Reading(items)
    _bind(reading, atoms, text, flags)
    return reading


def to_context(understood: Understood) -> dict[str, Any]:
    """Return what a later message in the same conversation may lean on (JSON-compatible)."""
    inputs = dict(understood.inputs)
    if understood.calculator == "kv_cache":
        inputs = kept_apart(inputs)
    if understood.calculator in _LARGEST and "mode" not in understood.request:
        inputs.pop("mode", None)  # assumed: a later word may say that it is training
    return {
        "calculator": understood.calculator,
        "inputs": inputs,
        "asked_back": [problem.field or "" for problem in understood.problems],
        "language": understood.language,
    }


def _bind(
    reading: Reading, atoms: tuple[Atom, ...], text: str, flags: Configured | None = None
) -> None:
    if flags is not None:
        bind_configured(reading, flags)
    find_names(reading)
    bind_network(reading)
    bind_hybrid(reading)
    bind_keys(reading)
    bind_budget(reading)
    bind_asides(reading)
    bind_stated(reading)
    mark_changes(reading)
    bind_cards(reading)
    bind_others(reading)
    bind_run_tokens(reading)
    bind_models(reading)
    bind_settings(reading)
    bind_adapters(reading)
    if flags is not None:
        bind_configured_after(reading, flags)
    bind_rates(reading)
    bind_corpus(reading)
    bind_loose_lengths(reading)
    bind_share_of_run(reading)
    reading.cards = _distinct(reading.cards)
    if reading.cards:
        reading.facts["gpu"] = spoken_card(reading)
        if len(reading.cards) > 1:
            reading.facts["gpus"] = list(reading.cards)
        settle_sets(reading)
    settle_changes(reading)
    bind_targets(reading, atoms, text)
    check(reading)
    weigh_counts(reading)
    settle_pairs(reading)


def _distinct(cards: list[str]) -> list[str]:
    """Return the cards without a bare name that another one says more exactly (V100, V100 32GB)."""
    return [
        card
        for card in cards
        if not any(other.lower().startswith(f"{card.lower()}-") for other in cards)
    ]


def _cues(reading: Reading, normalized: Normalized, context: Mapping[str, Any] | None) -> Cues:
    words = sum(1 for item in reading.items if any(c.isalnum() for c in item.text))
    asks = any(mark in normalized.text for mark in "?吗么呢")
    before = {} if context is None or _stands_alone(reading) else context.get("inputs", {})
    return Cues(reading, asks, words, before)


def _stands_alone(reading: Reading) -> bool:
    """Whether the message names its own model and more, so that nothing before it matters."""
    sized = any(name in reading.facts for name in ("model", "params"))
    return sized and len(reading.facts) > 2 and not reading.says("follow", "strong")


@dataclass(slots=True)
class _Draft:
    """An understanding on its way: what ``_finish`` adds to, step by step."""

    facts: dict[str, Any]
    calculator: str | None
    confidence: float
    trains: bool
    problems: list[Problem]
    changed: tuple[str, ...] = ()
    mode_assumed: bool = False


def _finish(
    reading: Reading,
    cues: Cues,
    intent: Intent,
    normalized: Normalized,
    atoms: tuple[Atom, ...],
    context: Mapping[str, Any] | None,
) -> Understood:
    follow_up = is_follow_up(cues, intent, context)
    if cues.before and not follow_up:
        cues = Cues(reading, cues.question_mark, cues.words)
        intent = decide(cues)
    facts = {k: v for k, v in reading.facts.items() if k not in _INTERNAL}
    facts.update(intent.facts)
    problems = relevant(reading, cues, intent)
    draft = _Draft(facts, intent.calculator, intent.confidence, cues.trains, problems)
    lone = change_unclear(reading, context) or bare_number(cues, context)
    if lone is not None:
        follow_up = True
    if follow_up and context is not None:
        _carry(draft, cues, intent, context)
        draft.problems += [lone] if lone is not None else []
    language = language_in(normalized.text, context)
    _settle(draft, cues, language)
    if draft.calculator is None and context is not None:
        _ask_what_changes(draft, cues, context)
    calculator = draft.calculator
    others = compared(calculator, draft.facts, reading, trains=draft.trains)
    if not draft.problems:
        left = unclaimed(calculator, reading, atoms, weighs=bool(others))
        draft.problems += [] if left is None else [_offered(left, calculator)]
    if "copies" in reading.facts and not draft.problems:
        draft.confidence = min(draft.confidence, 0.4)  # several models, and nothing says how
    return Understood(
        text=normalized.text,
        language=language,
        calculator=calculator,
        confidence=draft.confidence,
        inputs=said_inputs(draft.facts),
        request=_request(draft),
        spans=spans_of(reading, atoms),
        ignored=not_used(reading),
        unlisted=tuple(dict.fromkeys(reading.unlisted)),
        compared=others,
        problems=tuple(draft.problems),
        follow_up=follow_up,
        changed=draft.changed,
        which_card=calculator in ("training", "inference") and asks_which_card(cues),
        difference=asks_difference(cues),
        judged=share_judged(cues, calculator),
        judges=result_judged(cues, calculator),
    )


def _carry(draft: _Draft, cues: Cues, intent: Intent, context: Mapping[str, Any]) -> None:
    """Merge a follow-up with what its conversation has said."""
    reading, said = cues.reading, draft.facts
    if "sizes" in reading.facts:
        said = {**said, "sizes": reading.facts["sizes"]}
    unclear = cards_unclear(said, context)
    if unclear is not None:
        draft.problems.append(unclear)
    corrects = reading.says("correction")
    draft.facts, draft.changed = merge(said, context, corrects=corrects)
    if draft.facts.get("params") != reading.facts.get("params"):
        draft.problems = [p for p in draft.problems if p.field != "params"]
    inputs = {**context.get("inputs", {}), **said}
    draft.calculator = carried_calculator(cues, intent, inputs, context)
    if draft.calculator:
        draft.confidence = max(draft.confidence, 0.8)
    mode = draft.facts.get("mode")
    draft.trains = mode == "train" or (mode is None and cues.trains)
    if draft.facts.get("model"):
        draft.problems = [
            p for p in draft.problems if not (p.code == "ambiguous" and p.field == "model")
        ]


def _ask_what_changes(draft: _Draft, cues: Cues, context: Mapping[str, Any]) -> None:
    """Ask back in a conversation for what nothing can place; it goes on from where it was."""
    open_point = unplaced(cues, context)
    if open_point is not None:
        draft.problems = [open_point]
        draft.calculator = context.get("calculator")
        draft.facts = dict(context["inputs"])
        draft.confidence = _OPEN


def _settle(draft: _Draft, cues: Cues, language: Language) -> None:
    """Fill what the calculator needs, and add what has to be asked back."""
    reading = cues.reading
    adjust(draft.calculator, draft.facts, cues)
    if draft.calculator not in RATED:
        draft.problems = [p for p in draft.problems if p.field != "tokens_per_s_gpu"]
    biggest = draft.calculator == "max_params" and cues.ask("max")
    if weighed_sizes(reading) or biggest:
        sizes = ("params", "model")
        draft.problems = [
            p for p in draft.problems if not (p.code == "ambiguous" and p.field in sizes)
        ]
    draft.problems += contradictions(draft.calculator, reading)
    if (left := left_out_part(draft.calculator, cues)) is not None:
        draft.problems.append(left)
    unlike = unmodelled(draft.calculator, cues)
    if unlike is not None:
        draft.problems = [unlike]
    draft.problems += [*open_points(draft.calculator, draft.facts, reading), *factors_left(reading)]
    draft.problems += changes_left(reading)
    if any(p.code != "ambiguous" for p in draft.problems) and _about_a_run(draft, cues):
        draft.confidence = max(draft.confidence, 0.6)
    calculator, facts = draft.calculator, draft.facts
    if calculator is None:
        return
    mode = mode_of(calculator, facts, trains=draft.trains)
    if mode is not None and calculator in EITHER | {"training", "inference"}:
        draft.mode_assumed = calculator in _LARGEST and mode == "infer" and "mode" not in facts
        facts["mode"] = mode
    lacking = missing(calculator, facts, reading, language)
    if lacking is not None and (lacking.field != "gpu" or draft.confidence > WEAK):
        draft.problems.append(lacking)


def _offered(problem: Problem, calculator: str | None) -> Problem:
    """Return a question back with only those forms that are read without one."""
    short = [choice for choice in problem.choices if len(choice) <= _LONGEST_CHOICE]
    read = [(choice, understand(choice)) for choice in short]
    good = [c for c, found in read if found.calculator == calculator and not found.problems]
    return replace(problem, choices=tuple(good))


def _about_a_run(draft: _Draft, cues: Cues) -> bool:
    """Whether an unusable name or number is worth a word: an unknown model alone is only named."""
    if draft.confidence > WEAK or any(p.code not in UNKNOWN for p in draft.problems):
        return True
    return cues.topic("memory") or cues.reading.says("mode") or cues.hardware


def _request(draft: _Draft) -> dict[str, Any]:
    """Return the request; a mode that nobody said is left to the calculator, which says so."""
    if draft.calculator is None:
        return {}
    request = request_of(draft.calculator, draft.facts, trains=draft.trains)
    if draft.mode_assumed:
        request.pop("mode", None)
    return request
