"""The working of what a card works with at the peak: the part at work, buffers, inputs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from calculators.architecture import Architecture
from calculators.memory.training import formulas as f
from calculators.memory.training.fused import fused_layer, fused_loss
from calculators.memory.training.moments import INDEX_BYTES
from calculators.memory.training.plan import Plan
from calculators.memory.training.profile import Profile, layer_profile, loss_profile
from calculators.memory.training.stage import OPTIMIZER_STEP, CardStep, group_sizes
from calculators.memory.training.tape import ZERO, Size, at
from calculators.results import Number, Step

AT_WORK = ("layer", "head", "embedding", "update")
BUFFERS = ("gathered", "reduce", "casts")


def working_set_steps(
    model: Architecture, plan: Plan, step: CardStep, working_set: int
) -> list[Step]:
    """Return the steps that make ``working_set`` bytes up, each of its terms defined by one."""
    parts = step.parts[step.peak_moment]
    at_work = sum(round(parts.get(name, 0.0)) for name in AT_WORK)
    sizes = {name: round(parts.get(name, 0.0)) for name in BUFFERS}
    buffers = sum(sizes.values())
    inputs = working_set - at_work - buffers
    steps = [*_part_at_work(model, plan, parts), *_buffer_steps(model, plan, sizes)]
    if buffers:
        values = {"W_ag": sizes["gathered"], "W_rs": sizes["reduce"], "W_16": sizes["casts"]}
        steps.append(f.WEIGHT_BUFFERS.step(values))
    if step.peak_moment != OPTIMIZER_STEP:
        steps += _input_steps(model, plan, inputs)
    steps.append(f.WORKING_SET.step({"W_c": at_work, "W_b": buffers, "W_i": inputs}))
    return steps


def _part_at_work(model: Architecture, plan: Plan, parts: Mapping[str, float]) -> list[Step]:
    name = next((name for name in AT_WORK if parts.get(name)), None)
    if name is None:
        return []
    live, batch, seq = parts[name], plan.batch, plan.local_seq
    found = ZERO
    if name in ("layer", "head"):
        sizes = _sizes_of(model, plan, name)
        found = next((size for size in sizes if abs(at(size, batch, seq) - live) < 1), ZERO)
    per_pair = found[2] + found[3] / batch
    per_token = found[1]
    fixed = round(live) - batch * seq * (per_token + seq * per_pair)
    values: dict[str, Number] = {"K": _tidy(fixed), "B": batch, "s": seq, "e_c": _tidy(per_token)}
    if per_pair:
        return [f.PART_AT_WORK_EAGER.step(values | {"c_c": _tidy(per_pair)})]
    return [f.PART_AT_WORK.step(values)]


def _sizes_of(model: Architecture, plan: Plan, name: str) -> Iterator[Size]:
    for profile in _profiles(model, plan, name):
        yield from profile.backward
        yield from profile.forward


def _profiles(model: Architecture, plan: Plan, name: str) -> Iterator[Profile]:
    fused = plan.code == "fused"
    if name == "head":
        yield (fused_loss if fused else loss_profile)(model, plan.recipe)
        return
    traits = (model.family, model.hidden, model.hidden_dropout)
    of_layer = fused_layer if fused else layer_profile
    for needs_grad in (True, False):
        for layer, _ in model.groups:
            yield of_layer(layer, traits, plan.recipe, (plan.recompute == "full", needs_grad))


def _buffer_steps(model: Architecture, plan: Plan, sizes: Mapping[str, int]) -> list[Step]:
    steps = []
    width = plan.recipe.width
    if sizes["gathered"] and plan.by_deepspeed:
        values = {"n_a": _tidy(sizes["gathered"] / width), "b_a": width}
        steps.append(f.STAYS_GATHERED.step(values))
    elif sizes["gathered"]:
        everything = sizes["gathered"] / width
        root = group_sizes(model, plan.tp, plan.ep, plan.row_shards)[0]
        root = root if root <= everything else 0.0
        values = {"n_r": _tidy(root), "n_l": _tidy(everything - root), "b_a": width}
        steps.append(f.GATHERED.step(values))
    if sizes["reduce"]:
        each = plan.widths.gradient
        steps.append(f.REDUCED.step({"n_s": _tidy(sizes["reduce"] / each), "b_g": each}))
    if sizes["casts"]:
        each = plan.recipe.compute_width
        steps.append(f.AUTOCAST_COPIES.step({"n_c": _tidy(sizes["casts"] / each), "b_a": each}))
    return steps


def _input_steps(model: Architecture, plan: Plan, inputs: int) -> list[Step]:
    rotary, width = model.attention.rope_dim, plan.recipe.width
    tables = 2 * plan.local_seq * rotary * width
    masks = inputs - plan.batch * plan.local_seq * INDEX_BYTES - tables
    if masks < 0:
        return []
    return [
        f.INPUTS.step(
            {
                "B": plan.batch, "s": plan.local_seq, "b_i": INDEX_BYTES, "d_r": _tidy(rotary),
                "b_a": width, "W_m": masks,
            }
        )
    ]  # fmt: skip


def _tidy(value: float) -> Number:
    """Return a whole number as one, so that the working does not print 2.0."""
    return int(value) if float(value).is_integer() else value
