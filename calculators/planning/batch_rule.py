"""The FAQ's largest batch: what the model leaves of a card, over the activations of an instance."""

from __future__ import annotations

from calculators.case import Case
from calculators.memory.assumed import assume_tokens
from calculators.results import RuleOfThumb
from calculators.rules import arithmetic, training
from calculators.text import Text

ACTIVATION_BYTES = 2


def largest_batch_rule(case: Case) -> tuple[RuleOfThumb | None, int | None]:
    """Return the FAQ's largest batch per card, and the same with the driver's capacity.

    Both are None where the FAQ has no rule, or no card was given.
    """
    capacity, driver = case.nominal_capacity_bytes, case.capacity_bytes
    if capacity is None or driver is None or not arithmetic.training_rule_applies(case):
        return None, None
    tokens = assume_tokens(case)
    width = ACTIVATION_BYTES
    if arithmetic.by_parts(case.request.precision):
        width = int(arithmetic.RULE_BYTES[case.request.precision or "fp32"])
    model = arithmetic.training_memory(case).total_bytes
    if case.cards > 1:
        model = arithmetic.per_card(case, model)
    instance = arithmetic.instance_bytes(case, tokens, width)
    values = {"M": model, "A": instance}
    batch = max(0, int(case.rule.run(training.LARGEST_BATCH, C=capacity, **values)))
    by_driver = max(0, int(training.LARGEST_BATCH(C=driver, **values)))
    text = Text(
        f"By the FAQ's formula {batch:,} instances fit, the card counted by the GB in its name.",
        f"按 FAQ 公式最多 {batch:,} 个 instance，显卡按型号名里的 GB 计。",
    )
    return RuleOfThumb(batch, "batch", case.rule.steps, text), by_driver
