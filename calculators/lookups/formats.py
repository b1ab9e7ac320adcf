"""Widths of number formats: TF32 has 19 bits, though it is stored in 32."""

from __future__ import annotations

from calculators.case import Case
from calculators.formats import NumberFormat
from calculators.formula import Quantity, define
from calculators.results import Calculation, RuleOfThumb, Source
from calculators.text import Text
from calculators.units import format_number

_BITS = "bits"
_PLAIN = ("float", "int")
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
    """Return the bits of a number: for TF32 the 19 that carry information, scales beside them."""
    case.require(
        "weight_dtype",
        "Which number format? For example tf32, bf16, int4.",
        "哪种数值格式？例如 tf32、bf16、int4。",
        ("tf32", "bf16", "int4"),
    )
    found = case.format("weight_dtype")
    if found.significant_bits is not None:
        trail = case.rule if found.kind in _PLAIN else case.trail
        trail.run(
            WIDTH,
            w_s=found.sign_bits or 0,
            w_e=found.exponent_bits or 0,
            w_m=found.mantissa_bits or 0,
        )
    value = _number_bits(found)
    case.sources.append(Source(found.title_en, found.source))
    shown = format_number(value, 5)
    split, beside = _split(found), _beside(found, value)
    rule = None
    if found.kind in _PLAIN:  # the FAQ speaks of no format that packs weights in groups
        text = Text(f"By the FAQ: {shown} bits.", f"按 FAQ：{shown} 位。")
        rule = RuleOfThumb(value, "bits", case.rule.steps, text)
    return case.finish(
        value=value,
        unit="bits",
        headline=Text(
            f"{found.id}: {shown} bits{split.en}{beside.en}",
            f"{found.id}：{shown} 位{split.zh}{beside.zh}",
        ),
        lead="estimate" if rule is None else "rule",
        rule=rule,
        details={
            "stored_bits": found.bits_per_weight,
            "sign_bits": found.sign_bits,
            "exponent_bits": found.exponent_bits,
            "mantissa_bits": found.mantissa_bits,
        },
    )


def _number_bits(found: NumberFormat) -> float:
    """Return the bits of one number without scales; the mean of a GGUF type, which has no other."""
    value: float = found.bits_per_weight
    if found.significant_bits is not None:
        value = found.significant_bits
    elif found.bits is not None:
        value = found.bits
    return int(value) if float(value).is_integer() else value


def _split(found: NumberFormat) -> Text:
    sign, exponent, mantissa = found.sign_bits, found.exponent_bits, found.mantissa_bits
    if not exponent:
        return Text("", "")
    return Text(
        f" ({sign} sign, {exponent} exponent, {mantissa} mantissa)",
        f"（符号 {sign}，指数 {exponent}，尾数 {mantissa}）",
    )


def _beside(found: NumberFormat, value: float) -> Text:
    stored = format_number(found.bits_per_weight, 5)
    if found.bits_per_weight == value:
        return Text("", "")
    if found.group_overhead_bits:
        return Text(f", {stored} with the scales", f"，连缩放因子共 {stored} 位")
    return Text(f", stored in {stored}", f"，存储占 {stored} 位")
