"""Widths of number formats: TF32 has 19 bits, though it is stored in 32."""

from __future__ import annotations

from calculators.case import Case
from calculators.formula import Quantity, define
from calculators.results import Calculation, RuleOfThumb, Source
from calculators.text import Text
from calculators.units import format_number

_BITS = "bits"
WIDTH = define(
    "format_width",
    title=Text("Width of a floating-point format", "浮点格式的位宽"),
    result=Quantity("w", Text("width", "位宽"), _BITS),
    symbols=(
        Quantity("w_s", Text("sign", "符号位"), _BITS),
        Quantity("w_e", Text("exponent", "指数位"), _BITS),
        Quantity("w_m", Text("mantissa", "尾数位"), _BITS),
    ),
    expression=lambda sign, exponent, mantissa: sign + exponent + mantissa,
    source=Source("Format registry", "sign, exponent and mantissa"),
)


def dtype_bits(case: Case) -> Calculation:
    """Return the bits of a format; for TF32 the 19 that carry information."""
    name = case.require(
        "weight_dtype",
        "Which number format? For example tf32, bf16, int4.",
        "哪种数值格式？例如 tf32、bf16、int4。",
        ("weight_dtype",),
    )
    found = case.format("weight_dtype")
    significant = found.significant_bits
    stored = found.bits_per_weight
    value = stored if significant is None else significant
    if significant is not None:
        case.rule.run(
            WIDTH,
            w_s=found.sign_bits or 0,
            w_e=found.exponent_bits or 0,
            w_m=found.mantissa_bits or 0,
        )
    value = int(value) if float(value).is_integer() else value
    case.sources.append(Source(found.title_en, found.source))
    case.complete(weight_dtype=name)
    shown = format_number(value, 5)
    beside = Text("", "")
    if stored != value:
        width = format_number(stored, 5)
        beside = Text(f", stored in {width}", f"，存储占 {width} 位")
    text = Text(f"By the FAQ: {shown} bits.", f"按 FAQ：{shown} 位。")
    return case.finish(
        value=value,
        unit="bits",
        headline=Text(
            f"{found.id}: {shown} bits{beside.en}",
            f"{found.id}：{shown} 位{beside.zh}",
        ),
        lead="rule",
        rule=RuleOfThumb(value, "bits", case.rule.steps, text),
        details={
            "stored_bits": stored,
            "sign_bits": found.sign_bits,
            "exponent_bits": found.exponent_bits,
            "mantissa_bits": found.mantissa_bits,
        },
    )
