"""An answer cut into titled sections: what every renderer shows, before any layout."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from bot.answer import Answer, Before, Related
from bot.differences import difference_words
from bot.messages import field_names, say, worded
from bot.question import Language
from bot.rendering.citations import cited
from bot.rendering.comparison import compared_cards
from bot.rendering.sections_kinds import Lines, Prose, Rows, Section, Steps, Workings
from calculators.results import Alternative, Calculation, Step
from calculators.text import spaced
from calculators.units import format_bytes


def headline(answer: Answer) -> str:
    """Return the first line of an answer: the verdict, or the difference that is asked for.

    What one side of a difference comes to is the second line.
    """
    if answer.calculation is not None:
        found = answer.calculation.headline.in_(answer.language)
        return f"{answer.difference}\n{found}" if answer.difference else found
    if answer.kind == "faq" and answer.entry is not None:
        return answer.entry.title.in_(answer.language)
    return answer.message


def sections(answer: Answer) -> Iterator[Section]:
    """Yield the sections under the headline, in reading order."""
    language = answer.language
    if answer.before is not None:
        yield Lines("before", "", tuple(_before(answer.before, answer.changed, language)))
    if answer.compared:
        yield Lines("compared", "", answer.compared)
    if answer.calculation is not None:
        yield from _calculation(answer.calculation, language)
    if answer.kind in ("faq", "diagnosis") and answer.entry is not None:
        yield Prose("body", answer.entry.body.in_(language))
    if answer.choices:
        title = say("unknown_nearest" if answer.kind == "unknown" else "choices", language)
        yield Lines("choices", title, tuple(choice.label for choice in answer.choices))
    yield from _notes(answer)


def _calculation(calculation: Calculation, language: Language) -> Iterator[Section]:
    conventions = tuple(_set(one.text.in_(language), language) for one in calculation.conventions)
    if calculation.lead == "rule" and (beside := _not_said(conventions, calculation, language)):
        # The estimate belongs right under the rule, so that nobody takes one for the other.
        yield Lines("depths", say("rule_leads", language), beside)
    if (compared := compared_cards(calculation, language)) is not None:
        yield compared
    parts = [*_breakdown(calculation, language), *_alternatives(calculation, language)]
    # What would work is the answer after a "no" and of a plan; where the memory goes comes later.
    ways_first = calculation.verdict == "no" or calculation.calculator == "plan"
    yield from reversed(parts) if ways_first else parts
    yield from _workings(calculation, language)
    rule = calculation.rule_of_thumb
    if rule is not None and calculation.lead != "rule":
        steps = _steps(rule.working, language)
        yield Lines(
            "rule_title", say("rule_of_thumb", language), (_set(rule.text.in_(language), language),)
        )
        if steps:
            yield Workings("rule", say("working_of_rule", language), steps)
    if calculation.lead != "rule" and conventions:
        yield Lines("conventions", say("conventions", language), conventions)
    if calculation.assumptions:
        lines = tuple(_set(one.text.in_(language), language) for one in calculation.assumptions)
        yield Lines("assumptions", say("assumptions", language), lines)


def _not_said(
    lines: tuple[str, ...], calculation: Calculation, language: Language
) -> tuple[str, ...]:
    """Return the lines whose amount the headline does not name already."""
    said = _set(calculation.headline.in_(language), language)
    colon = "：" if language == "zh" else ": "
    return tuple(line for line in lines if line.rpartition(colon)[2] not in said)


def _breakdown(calculation: Calculation, language: Language) -> Iterator[Section]:
    """Yield the parts of the memory; a single one that is the headline's amount says nothing."""
    rows = tuple(
        (part.name.in_(language), _set(format_bytes(part.bytes), language))
        for part in calculation.breakdown
    )
    said = _set(calculation.headline.in_(language), language)
    if len(rows) > 1 or (rows and rows[0][1] not in said):
        yield Rows("breakdown", _breakdown_title(calculation, language), rows)


def _alternatives(calculation: Calculation, language: Language) -> Iterator[Section]:
    options, plan = calculation.alternatives, calculation.calculator == "plan"
    if not options:
        return
    priced = any(option.relative_cost not in (None, 1) for option in options)
    key = "alternatives_plan" if plan else "alternatives_priced"
    least = "relative_cost_least" if plan else "relative_cost_same"
    lines = tuple(_alternative(option, least, language) for option in options)
    yield Lines("alternatives", say(key if priced else "alternatives", language), lines)


def _set(text: str, language: Language) -> str:
    """Return a line as its language sets it: in Chinese with full-width brackets."""
    return spaced(text) if language == "zh" else text


def _breakdown_title(calculation: Calculation, language: Language) -> str:
    """Return whose parts these are (the rule's or the estimate's) and over which cards."""
    of_estimate = calculation.details.get("breakdown_of") == "estimate"
    key = "breakdown_of_estimate" if calculation.lead == "rule" and of_estimate else "breakdown"
    several = (calculation.request.gpu_count or 1) > 1
    if calculation.per_gpu:
        key += "_per_gpu"
    elif several and calculation.memory is not None:
        key += "_all"
    return say(key, language)


def _workings(calculation: Calculation, language: Language) -> Iterator[Section]:
    """Yield the working; where the rule leads, its steps and the estimate's apart."""
    rule = calculation.rule_of_thumb
    ruled = rule.working if rule is not None and calculation.lead == "rule" else ()
    yield from _apart(_steps(ruled, language), _steps(calculation.working, language), language)


def _apart(ruled: Steps, steps: Steps, language: Language) -> Iterator[Workings]:
    own = tuple(step for step in steps if step not in ruled)
    if ruled:
        yield Workings("working", say("working_of_rule", language), ruled)
    if own:
        key = "working_of_estimate" if ruled else "working"
        yield Workings("estimate", say(key, language), own)


def kept_workings(calculation: Mapping[str, Any], language: Language) -> Iterator[Workings]:
    """Yield the working of a calculation as it was kept (``answer_json``), in reading order."""
    rule = _kept_steps((calculation.get("rule_of_thumb") or {}).get("working"))
    leads = calculation.get("lead") == "rule"
    steps = _kept_steps(calculation.get("working"))
    yield from _apart(rule if leads else (), steps, language)
    if rule and not leads:
        yield Workings("rule", say("working_of_rule", language), rule)


def _kept_steps(steps: Sequence[Mapping[str, str]] | None) -> Steps:
    lines = ("symbolic", "substituted", "result")
    return tuple(
        (step.get("title", ""), tuple(step[name] for name in lines)) for step in steps or ()
    )


def _before(before: Before, changed: tuple[str, ...], language: Language) -> Iterator[str]:
    pieces = field_names(changed, language)
    yield say("changed" if pieces else "recomputed", language, pieces=pieces)
    yield say("before", language, before=before.headline)
    if before.unlike:
        yield say("difference_unlike", language)
    for one in before.differences:
        yield difference_words(one, language)


def _notes(answer: Answer) -> Iterator[Section]:
    language = answer.language
    # How the question was read stands first: in a text that is cut it must not be lost.
    caveats = list(answer.caveats)
    if answer.ignored:
        caveats.append(say("ignored", language, pieces=say("comma", language).join(answer.ignored)))
    if answer.calculation is not None:
        found = answer.calculation.caveats
        caveats += [_set(worded(one.in_(language), language), language) for one in found]
    if caveats:
        yield Lines("caveats", say("caveats", language), tuple(caveats))
    if sources := source_lines(answer):
        yield Lines("sources", say("sources", language), sources)
    if answer.calculation is not None and answer.entry is not None:
        title = answer.entry.title.in_(language)
        yield Lines("entry", "", (say("entry_of_rule", language, title=title),))
    if answer.related:
        key = "" if answer.kind == "history" else say("related", language)
        yield Lines("related", key, tuple(_related(past, language) for past in answer.related))


def _related(past: Related, language: Language) -> str:
    mark = f"({say('changed_since', language)})" if past.changed else ""
    return "  ".join(piece for piece in (past.short_query, past.permalink, mark) if piece)


def source_lines(answer: Answer) -> tuple[str, ...]:
    """Return the sources of an answer, each ``title, locator``, without repeats."""
    found: dict[str, None] = {}
    if answer.calculation is not None:
        for source in answer.calculation.sources:
            found[cited(source.title, source.locator, answer.language)] = None
    if answer.kind in ("faq", "diagnosis") and answer.entry is not None:
        for known in answer.entry.sources:
            found[cited(known.title, known.locator, answer.language)] = None
    return tuple(found)


def _steps(steps: tuple[Step, ...], language: Language) -> Steps:
    return tuple(
        (step.title.in_(language), (step.symbolic, step.substituted, step.result)) for step in steps
    )


def _alternative(option: Alternative, least: str, language: Language) -> str:
    """Return an option with its cost; ``least`` names the sentence for a ratio of one."""
    text = _set(option.text.in_(language), language)
    if option.relative_cost is None:
        return text
    key = least if option.relative_cost == 1 else "relative_cost"
    cost = say(key, language, cost=f"{option.relative_cost:.2g}")
    if text[-1:] in ")）":
        # The verdict stands in brackets already.
        return text[:-1] + say("semicolon", language) + cost + text[-1]
    return f"{text}（{cost}）" if language == "zh" else f"{text} ({cost})"
