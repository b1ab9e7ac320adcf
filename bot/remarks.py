"""What an answer remarks beside its calculation: names not known, other values weighed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from bot.answer import Difference
from bot.differences import difference_words, differences, figures_of
from bot.messages import say, worded
from bot.question import Language
from bot.understanding.understood import Compared, Understood
from calculators import CalculatorError, calculate, card_choices, find_gpu, parse_request
from calculators.planning.verdict import verdict_of
from calculators.results import Calculation
from calculators.units import decimal_bytes, format_number

# Sizes that cards are sold with, in GiB on their boards.
_SOLD = frozenset({4, 6, 8, 10, 11, 12, 16, 20, 24, 32, 40, 48, 64, 80, 96, 128, 141, 180, 192})


def remarks(understood: Understood) -> Iterator[str]:
    """Yield a sentence for each unknown model's name, and for machines of no stated size."""
    language = understood.language
    if understood.inputs.get("summed"):
        yield say("summed", language, tokens=format_number(understood.inputs.get("seq", 0), 12))
    base, params = understood.inputs.get("size_of"), understood.inputs.get("params")
    if base and params:
        yield say("size_of", language, base=base, size=f"{params / 1e9:.4g}B")
    each = understood.request.get("node_gpus")
    if each and "node_gpus" not in understood.inputs:
        yield say("machines_assumed", language, cards=each)
    for name in understood.unlisted:
        yield say("unlisted", language, name=worded(name, language))


def size_remarks(made: Calculation, language: Language) -> Iterator[str]:
    """Yield a sentence where a card's size, said in GB, would give another verdict as GiB.

    A stated size counts decimal; a card that is sold with it has nearly so many GiB.
    """
    stated, need = made.request.gpu_memory_bytes, made.details.get("per_gpu_bytes")
    if not stated or made.request.gpu or made.verdict is None or not isinstance(need, int | float):
        return
    whole = round(stated / 1e9)
    if whole * 10**9 != stated or whole not in _SOLD:
        return
    other = verdict_of(int(need), whole * 2**30)
    if other != made.verdict:
        key = "size_said_fits" if made.verdict == "no" else "size_said_easier"
        shown = decimal_bytes(whole * 2**30)
        yield say(key, language, size=f"{whole} GB", have=shown, need=decimal_bytes(need))


def comparisons(understood: Understood, made: Calculation) -> Iterator[str]:
    """Yield the answer with each other value that was weighed, and what lies between.

    Differences are read from the larger figure to the smaller one.
    """
    language = understood.language
    yield from _within(understood, made)
    for other in understood.compared:
        value = _shown(other)
        try:
            found = calculate(parse_request(other.request))
        except CalculatorError as error:
            reason = worded(error.text.in_(language), language)
            yield say("compared_not", language, value=value, reason=reason)
            continue
        headline = found.headline.in_(language)
        if other.field == "attribute":  # asked beside the first, not weighed against it
            yield headline
            continue
        yield say("compared", language, value=value, headline=headline)
        yield from _within(understood, found)
        if other.field == "gpu" and made.verdict is not None:
            continue  # what one card of either set holds is no difference worth a line
        yield from (_beside(apart, language) for apart in _apart(made, found))


def asked_difference(understood: Understood, made: Calculation) -> str:
    """Return the sentence of what lies between two values, where just that is asked for."""
    if not understood.difference or len(understood.compared) != 1:
        return ""
    try:
        found = calculate(parse_request(understood.compared[0].request))
    except CalculatorError:
        return ""
    apart = list(_apart(made, found))
    telling = next((difference for difference in apart if difference.amount), None)
    if telling is None:  # the rule of thumb may not know the setting
        telling = apart[0] if len(apart) == 1 else None
    return "" if telling is None else _beside(telling, understood.language)


def _apart(one: Calculation, two: Calculation) -> Iterator[Difference]:
    """Yield what lies between the figures that two answers have in common, as a fall."""
    for difference in differences(figures_of(two), figures_of(one)):
        yield _turned(difference) if difference.amount > 0 else difference


def _beside(apart: Difference, language: Language) -> str:
    return difference_words(apart, language, beside=True)


def card_lines(understood: Understood) -> Iterator[str]:
    """Yield what holds the work, where the question asks which card does, the cheapest first.

    Where a single card is asked for, sets of several stand only if no card holds it alone.
    """
    if not understood.which_card:
        return
    language = understood.language
    choices = card_choices(parse_request(understood.request))
    if understood.request.get("gpu_count") == 1:
        choices = tuple(choice for choice in choices if choice.cards == 1) or choices
    for choice in choices:
        yield say(
            f"card_{choice.verdict}",
            language,
            cards=f"{choice.cards} × {choice.gpu}",
            need=decimal_bytes(choice.per_gpu_bytes),
            have=decimal_bytes(choice.capacity_bytes),
            cost=format_number(choice.relative_cost or 0),
        )


def _within(understood: Understood, made: Calculation) -> Iterator[str]:
    """Yield the tokens that a rate comes to in the time that the question names."""
    span_s, rate = understood.inputs.get("span_s"), made.details.get("tokens_per_s")
    if not span_s or not rate:
        return
    sequences = made.request.micro_batch or 1
    tokens = format_number(round(rate * sequences * span_s))
    values = {"hours": format_number(span_s / 3600), "batch": sequences, "tokens": tokens}
    yield say("tokens_within", understood.language, **values)


def _shown(other: Compared) -> str:
    """Return what was weighed as people write it: a card by its name, not by its id."""
    card = other.request.get("gpu")
    if not isinstance(card, str) or card not in other.text:
        return other.text
    try:
        return other.text.replace(card, find_gpu(card).name)
    except CalculatorError:
        return other.text


def _turned(difference: Difference) -> Difference:
    return replace(difference, old=difference.new, new=difference.old)
