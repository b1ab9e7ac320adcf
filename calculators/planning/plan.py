"""A plan: on which cards, how many of them, and by which method the work can be done."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from calculators.cached import find_gpu
from calculators.case import Case
from calculators.errors import CalculatorError
from calculators.planning.alternatives import fewest_serving
from calculators.planning.costs import costs, relative_cost
from calculators.planning.counting import MOST_CARDS, fewest_cards
from calculators.planning.demand import Demand, demand
from calculators.planning.fit import work_words
from calculators.planning.usable import host_holds, host_words
from calculators.planning.verdict import WORDS
from calculators.planning.wording import describe_changes
from calculators.requests import Request
from calculators.results import Alternative, Calculation
from calculators.text import Text
from calculators.units import format_bytes

Changes = dict[str, Any]
SHOWN = 8


def plan(case: Case) -> Calculation:
    """Return ways that work, the cheapest first; ``value`` is the cards of the cheapest.

    With a card and a number of cards only what fits on them counts; with a card alone the
    fewest of it are sought; with neither, every card that has a price is tried.
    """
    case.default(
        "mode",
        "train" if case.request.mode is None and case.request.weight_dtype is None else case.mode,
        "training",
        "训练",
    )
    found = [option for changes in _ways(case) for option in _tries(case, changes)]
    found.sort(key=lambda option: _price(case, *option))
    cheapest = _price(case, *found[0])[0] if found else 1.0
    options = tuple(_alternative(case, cheapest, *option) for option in _shown(found))
    best = found[0][1] if found else None
    case.count_parameters()
    if best is not None:
        _rest_on(case, best.case)
    return case.finish(
        value=best.cards if best is not None else 0,
        unit="gpus",
        headline=_headline(case, options),
        verdict=best.verdict if best is not None else "no",
        capacity_bytes=best.capacity_bytes if best is not None else case.capacity_bytes,
        breakdown=best.components if best is not None else (),
        per_gpu=True,
        memory=best.memory if best is not None else None,
        alternatives=options,
    )


def _rest_on(case: Case, cheapest: Case) -> None:
    """Take over what the cheapest way assumes and shows, but not its cards: they are the answer."""
    for assumption in cheapest.assumptions:
        if assumption.field != "gpu" and assumption not in case.assumptions:
            case.assumptions.append(assumption)
    for text in cheapest.caveats:
        case.caveat(text.en, text.zh)
    case.complete(seq=cheapest.get("seq"), micro_batch=cheapest.get("micro_batch"))
    case.trail.extend(cheapest.trail.steps, cheapest.trail.sources)


def _shown(found: list[tuple[Changes, Demand]]) -> list[tuple[Changes, Demand]]:
    """Return the cheapest ways, that of every method (or weight format) among them."""
    best: dict[Any, tuple[Changes, Demand]] = {}
    for option in found:
        best.setdefault(option[0].get("method", option[0].get("weight_dtype")), option)
    others = [option for option in found if all(option is not kept for kept in best.values())]
    kept = [*best.values(), *others[: SHOWN - len(best)]]
    return [option for option in found if any(option is one for one in kept)]


def _ways(case: Case) -> Iterator[Changes]:
    """Yield the methods (or weight formats) on each card to be tried."""
    if case.get("mode") == "train":
        methods = (case.request.method,) if case.request.method else ("full", "lora", "qlora")
        variants: list[Changes] = [{"method": method} for method in methods]
    elif case.request.weight_dtype is not None:
        variants = [{}]
    else:
        variants = [{"weight_dtype": name} for name in ("fp16", "int8", "int4-g128")]
    capacity_given = case.knows_card or case.request.gpu_memory_bytes is not None
    names = (None,) if capacity_given else tuple(costs().card_hour)
    for name in names:
        card = {} if name is None else {"gpu": name}
        for variant in variants:
            yield {**card, **variant}


def _tries(case: Case, changes: Changes) -> Iterator[tuple[Changes, Demand]]:
    """Yield a way that works; by FSDP2 too, where nobody said how and fewer cards do so."""
    found = _try(case, changes)
    if found is not None:
        yield found
    if case.get("mode") != "train" or case.given("sharding") or case.given("pp"):
        return
    given = case.request.gpu_count is not None
    below = MOST_CARDS if found is None else 0 if given else found[1].cards - 1
    sharded = {**changes, "sharding": "fsdp2"}
    if below > 1 and (other := _try(case, sharded, most=below)) and other[1].cards > 1:
        yield other


def _try(case: Case, changes: Changes, most: int = MOST_CARDS) -> tuple[Changes, Demand] | None:
    request = case.request.model_copy(update={"mode": case.get("mode"), **changes})

    def at(count: int, *, working: bool = False) -> Demand:
        update = {"gpu_count": count, "dp": None}
        return demand(request, update, working=working)

    if case.request.gpu_count is not None:
        count = case.request.gpu_count if _fits(at, case.request.gpu_count) else None
    elif request.mode == "infer" and request.tp is None and request.pp is None:
        return _served(case, request, changes, at)
    elif most < MOST_CARDS and not _fits(at, most):
        count = None  # the fewest so far is not undercut
    else:
        count = _fewest(request, at, most)
    if count is None:
        return None
    return {**changes, "gpu_count": count}, at(count, working=case.working)


def _served(
    case: Case, request: Request, changes: Changes, at: Callable[[int], Demand]
) -> tuple[Changes, Demand] | None:
    """Return the fewest cards that serve; with their degrees where an even split does not fit."""
    held = fewest_serving(request, {}, working=case.working)
    if held is None:
        return None
    degrees: Changes = {}
    if not _fits(at, held.cards):
        degrees = {"tp": held.case.get("tp"), "pp": held.case.get("pp")}
    return {**changes, "gpu_count": held.cards, **degrees}, held


def _fits(at: Callable[[int], Demand], count: int) -> bool:
    try:
        result = at(count)
    except CalculatorError:
        return False
    return result.fits and host_holds(result)


def _fewest(request: Request, at: Callable[[int], Demand], most: int) -> int | None:
    try:
        return fewest_cards(request, at, most)
    except CalculatorError:
        return None


def _card(case: Case, changes: Changes) -> str | None:
    name = changes.get("gpu", case.request.gpu)
    return None if name is None else find_gpu(name, case.request.gpu_memory_bytes).id


def _price(case: Case, changes: Changes, solved: Demand) -> tuple[float, int]:
    cost = relative_cost(_card(case, changes), solved.cards, changes)
    return (float("inf") if cost is None else cost), solved.cards


def _alternative(case: Case, cheapest: float, changes: Changes, solved: Demand) -> Alternative:
    text, host = describe_changes(changes), host_words(solved)
    cost = relative_cost(_card(case, changes), solved.cards, changes)
    need, word = format_bytes(solved.per_gpu_bytes), WORDS[solved.verdict]
    return Alternative(
        text=Text(
            f"{text.en}: {need} per card{host.en} ({word.en.lower()})",
            f"{text.zh}：每卡 {need}{host.zh}（{word.zh}）",
        ),
        changes=changes,
        verdict=solved.verdict,
        per_gpu_bytes=solved.per_gpu_bytes,
        relative_cost=None if cost is None else round(cost / cheapest, 3),
        working=solved.case.trail.steps,
    )


def _headline(case: Case, options: tuple[Alternative, ...]) -> Text:
    subject = case.subject
    if not options:
        work = work_words(case)
        return Text(f"No way was found for {work.en}", f"没有找到{work.zh}的可行方案")
    first = options[0].text
    return Text(
        f"{subject.en}, the cheapest of {len(options)} ways: {first.en}",
        f"{subject.zh}，{len(options)} 种方案中最省的是：{first.zh}",
    )
