"""The largest model: the FAQ's formula solved for n, and the largest typical shape that fits."""

from __future__ import annotations

from calculators.architecture.typical import LEAST, MOST, nearest_shape
from calculators.case import Case
from calculators.errors import CalculatorError
from calculators.memory.assumed import assume_mode
from calculators.memory.weights import rule_bytes_per_weight
from calculators.planning.demand import Demand, demand, required_capacity
from calculators.planning.search import largest
from calculators.registry import find_format
from calculators.results import Calculation, Convention, Number, RuleOfThumb
from calculators.rules import arithmetic, cards, training, weights
from calculators.text import Text
from calculators.units import short_params
from calculators.wording import card_words

GRAIN = 10**7
"""The estimate is searched in steps of ten million parameters."""


def max_params(case: Case) -> Calculation:
    """Return the most parameters that fit on the cards, by the FAQ's rule where it has one."""
    required_capacity(case)
    capacity = case.nominal_capacity_bytes or 0
    assume_mode(case)
    rule = _rule(case, capacity)
    number, demanded = _estimate(case)
    value: Number = number if rule is None else _number(rule)
    conventions: tuple[Convention, ...] = ()
    beside = Text(f"{short_params(value)} parameters", f"{short_params(value)} 参数的模型")
    if rule is not None:
        shown = short_params(number)
        text = Text(f"Estimate for a typical shape: {shown}", f"按典型结构精确估算：{shown}")
        conventions = (Convention(text, number, "parameters"),)
        if number != value:
            by = (short_params(value), short_params(number))
            beside = Text(
                f"{by[0]} parameters by the rule of thumb, {by[1]} estimated",
                f"{by[0]} 参数的模型（经验法则；精确估算为 {by[1]}）",
            )
    where, training_mode = card_words(case, case.cards), case.get("mode") == "train"
    return case.finish(
        value=value,
        unit=None,
        headline=Text(
            f"At most {beside.en}: {'training' if training_mode else 'inference'} on {where.en}",
            f"{where.zh} 上最大可{'训练' if training_mode else '推理'} {beside.zh}",
        ),
        lead="estimate" if rule is None else "rule",
        rule=rule,
        verdict="yes" if value else "no",
        capacity_bytes=case.capacity_bytes,
        breakdown=demanded.components,
        per_gpu=True,
        memory=demanded.memory,
        conventions=conventions,
        details={"breakdown_of": "estimate", "estimate_params": number},
    )


def _number(rule: RuleOfThumb) -> Number:
    return rule.value if isinstance(rule.value, int | float) else 0


def _rule(case: Case, capacity: int) -> RuleOfThumb | None:
    total = case.rule.bytes(cards.TOTAL, k=case.cards, C=capacity)
    if case.get("mode") == "train":
        if not arithmetic.training_rule_applies(case):
            return None
        n = _training_size(case, total)
    else:
        name = case.get("weight_dtype")
        width = rule_bytes_per_weight(find_format(name)) if name else 2
        n = weights.WEIGHTS.solve("n", {"M_w": total, "b_w": width}, rounding="down")
        case.rule.run(weights.WEIGHTS, n=n, b_w=width)
    text = Text(
        f"By the FAQ: {short_params(n)}, from its formula solved for n.",
        f"按 FAQ 公式反解 n：{short_params(n)}。",
    )
    return RuleOfThumb(n, None, case.rule.steps, text)


def _training_size(case: Case, total: int) -> Number:
    precision = case.request.precision
    if arithmetic.by_parts(precision):
        width = arithmetic.RULE_BYTES[precision or "fp32"]
        left = max(0, total - cards.CUDA_CONTEXT_BYTES * case.cards)
        shares = {"b_w": width, "b_g": width, "b_o": 2 * width}
    elif case.request.headroom:
        values = {"M": total, "b_t": arithmetic.HEADROOM_BYTES}
        n = training.HEADROOM.solve("n", values, rounding="down")
        case.rule.run(training.HEADROOM, n=n, b_t=arithmetic.HEADROOM_BYTES)
        return n
    else:
        left, shares = total, {"b_w": 2, "b_g": 2, "b_o": 12}
    n = training.TRAINING.solve("n", {"M": left, **shares}, rounding="down")
    case.rule.run(training.TRAINING, n=n, **shares)
    return n


def _estimate(case: Case) -> tuple[int, Demand]:
    def at(grains: int, *, working: bool = False) -> Demand:
        size = {"model": None, "config": None, "params": float(grains * GRAIN)}
        update = {**size, "mode": case.get("mode")}
        return demand(case.request, update, working=working)

    def fits(grains: int) -> bool:
        try:
            return at(grains).fits
        except CalculatorError:
            return False

    found = largest(fits, int(MOST / GRAIN), start=64)
    if found and nearest_shape(found * GRAIN) is not None:
        # A size near a well-known shape is that shape: the shape fits, not what lies beyond it.
        shape = at(found).case.architecture.parameters_total
        found = min(found, max(shape // GRAIN, int(LEAST / GRAIN)))
    solved = at(max(found, int(LEAST / GRAIN)), working=case.working)
    params = case.request.params
    case.adopt(solved.case)
    if params is None:
        case.leave_open("params")
    return found * GRAIN, solved
