"""The working of a training step: the states, what is saved, the peak, the card's total."""

from __future__ import annotations

from calculators.architecture import Architecture
from calculators.formula import Formula
from calculators.memory.reserve import RESERVE
from calculators.memory.training import formulas as f
from calculators.memory.training.moments import layer_sizes
from calculators.memory.training.plan import Plan
from calculators.memory.training.stage import CardStep
from calculators.memory.training.states import Counts, share_of
from calculators.memory.training.wording import MOMENTS
from calculators.memory.training.working_set import working_set_steps
from calculators.results import Memory, Number, Step
from calculators.text import Text


def working_steps(
    model: Architecture, plan: Plan, step: CardStep, memory: Memory
) -> tuple[Step, ...]:
    """Return the chain of formulas behind the card's total."""
    steps = [*_state_steps(plan, step), _layer_step(model, plan)]
    parts = step.parts[step.peak_moment]
    known = {
        "M_w": step.states.weights + step.states.adapters,
        "M_c": step.states.master,
        "M_o": step.states.optimizer,
        "G": parts.get("gradients", 0.0),
        "A": parts.get("saved", 0.0),
    }
    working = memory.peak_allocated_bytes - sum(round(value) for value in known.values())
    values = {**{key: round(value) for key, value in known.items()}, "W": working}
    steps += _peak_steps(model, plan, step, values)
    when = MOMENTS[step.peak_moment]
    title = Text(f"Allocated at the peak: {when.en}", f"峰值分配：{when.zh}")
    steps.append(f.AT_THE_PEAK.step(values, title=title))
    steps.append(RESERVE.step({"M_alloc": memory.allocator_bytes, "M_ws": memory.workspace_bytes}))
    steps.append(
        f.ONE_CARD.step(
            {
                "M_peak": memory.peak_allocated_bytes,
                "M_cuda": memory.context_bytes,
                "M_r": memory.allocator_bytes + memory.workspace_bytes,
            }
        )
    )
    return tuple(steps)


def _peak_steps(
    model: Architecture, plan: Plan, step: CardStep, values: dict[str, int]
) -> list[Step]:
    """Return what gradients, saved activations and working set at the peak are made of."""
    steps = []
    width = _gradient_bytes(plan, step)
    if width:
        there = {"n_g": _tidy(values["G"] / width), "b_g": width}
        steps.append(f.GRADIENTS_THERE.step(there))
    per_token, per_pair = layer_sizes(model, plan)
    one = plan.batch * plan.local_seq * (per_token + plan.local_seq * per_pair)
    layers = min(int(values["A"] // one), model.layer_count) if one else 0
    others = values["A"] - round(layers * one)
    steps.append(f.ALL_SAVED.step({"l": layers, "A_1": _tidy(one), "A_0": others}))
    return steps + working_set_steps(model, plan, step, values["W"])


def _gradient_bytes(plan: Plan, step: CardStep) -> Number:
    """Return the bytes of a gradient, of adapters where they alone are trained."""
    if plan.recipe.adapter is not None and step.counts.adapters:
        return plan.adapter_width
    return plan.widths.gradient


def _state_steps(plan: Plan, step: CardStep) -> list[Step]:
    counts, states, stage = step.counts, step.states, plan.stage
    ranks = _mean_ranks(plan, counts)
    trained: dict[str, Number] = {"n_t": counts.trained}
    steps = []
    weight_ranks = ranks if stage >= 3 else 1
    if states.weights or states.adapters:
        steps.append(_weight_step(step, weight_ranks))
    if states.master:
        values = trained | {"b_c": plan.widths.master, "k": ranks if stage else 1}
        steps.append(f.MASTER_WEIGHTS.step(values, title=_title(f.MASTER_WEIGHTS, plan)))
    if counts.trained:
        share = ranks if stage >= 2 else 1
        each = _per_parameter(states.gradients * share, counts.trained)
        title = _title(f.GRADIENT_STATES, plan) if stage >= 2 else None
        values = trained | {"b_g": each, "k": share}
        steps.append(f.GRADIENT_STATES.step(values, title=title))
    if states.optimizer:
        share = ranks if stage else 1
        each = _per_parameter(states.optimizer * share, counts.trained)
        values = trained | {"b_o": each, "k": share}
        steps.append(f.OPTIMIZER_STATES.step(values, title=_title(f.OPTIMIZER_STATES, plan)))
    return steps


def _mean_ranks(plan: Plan, counts: Counts) -> Number:
    """Return the ranks that share the states: a mean where fewer hold the same experts."""
    return plan.shards if plan.ep == 1 else share_of(plan, counts)


def _title(formula: Formula, plan: Plan) -> Text:
    title = formula.title
    if plan.ep == 1 or not plan.stage:
        return title
    return Text(
        f"{title.en}; k is a mean, as an expert is shared by {max(1, plan.shards // plan.ep)} of "
        f"{plan.shards} ranks",
        f"{title.zh}；k 为平均值：{plan.shards} 个 rank 中只有 "
        f"{max(1, plan.shards // plan.ep)} 个分摊同一专家",
    )


def _weight_step(step: CardStep, ranks: Number) -> Step:
    counts, states = step.counts, step.states
    frozen = counts.frozen + counts.quantised
    trained_bytes = states.adapters * ranks
    if not frozen:
        each = _per_parameter((states.weights + states.adapters) * ranks, counts.trained)
        return f.TRAINED_WEIGHTS.step({"n_t": counts.trained, "b_w": each, "k": ranks})
    return f.ADAPTED_WEIGHTS.step(
        {
            "n_f": frozen,
            "b_f": _per_parameter(states.weights * ranks, frozen),
            "n_t": counts.trained,
            "b_w": _per_parameter(trained_bytes, counts.trained),
            "k": ranks,
        }
    )


def _layer_step(model: Architecture, plan: Plan) -> Step:
    per_token, per_pair = layer_sizes(model, plan)
    values: dict[str, Number] = {"B": plan.batch, "s": plan.local_seq, "e": _tidy(per_token)}
    if per_pair:
        return f.LAYER_SAVED_EAGER.step(values | {"c": _tidy(per_pair)})
    return f.LAYER_SAVED.step(values)


def _per_parameter(total: float, count: int) -> Number:
    return _tidy(total / count) if count else 0


def _tidy(value: float) -> Number:
    """Return a whole number as one, so that the working does not print 2.0."""
    return int(value) if float(value).is_integer() else value
