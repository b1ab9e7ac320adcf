"""Utilisation: achieved over peak FLOPS, MFU and HFU, and the ratio to a paper's throughput."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files

from calculators import quantities as q
from calculators.case import Case
from calculators.formula import define
from calculators.memory.assumed import assume_tokens
from calculators.peak_flops import compute_format, knows_peak, peak_flops
from calculators.results import Calculation, Convention, RuleOfThumb, Source
from calculators.rules.utilization import FLOPS_RATIO, PEAK, RATE, THROUGHPUT_RATIO
from calculators.speed import flops
from calculators.speed.rates import measured_rate
from calculators.text import Text
from calculators.trail import Trail
from calculators.units import format_number

MFU = define(
    "mfu",
    title=Text("Model FLOPs utilisation (MFU)", "模型 FLOPs 利用率（MFU）"),
    result=q.PERCENT,
    symbols=(RATE, flops.TOKEN_FLOP, PEAK),
    expression=lambda t, f, peak: 100 * t * f / peak,
    source=flops.PALM,
)
HFU = define(
    "hfu",
    title=Text("Hardware FLOPs utilisation (HFU)", "硬件 FLOPs 利用率（HFU）"),
    result=q.PERCENT,
    symbols=(RATE, flops.FULL_RECOMPUTE_TOKEN.result, PEAK),
    expression=lambda t, f_hw, peak: 100 * t * f_hw / peak,
    source=flops.RECOMPUTE,
)


@dataclass(frozen=True, slots=True)
class Reference:
    """A paper's training throughput for a model of ``params`` parameters."""

    name: str
    params: float
    tokens_per_s_gpu: float
    gpu: str
    source: str


@lru_cache(maxsize=1)
def references() -> tuple[Reference, ...]:
    """Return the published throughputs, by size."""
    text = files("calculators").joinpath("data/reference_throughput.toml").read_text("utf-8")
    rows = [Reference(**row) for row in tomllib.loads(text)["reference"]]
    return tuple(sorted(rows, key=lambda row: row.params))


def utilization_flops(case: Case) -> Calculation:
    """Return achieved FLOPS over the card's dense peak, in per cent (FAQ 7.1)."""
    achieved = case.require(
        "tflops_gpu",
        "How many TFLOPS per card were measured?",
        "实测每卡多少 TFLOPS？",
        ("120 TFLOPS", "150 TFLOPS"),
    )
    peak = peak_flops(case)
    value = float(case.rule.run(FLOPS_RATIO, F=achieved * 1e12, F_peak=peak))
    shown, against = format_number(value), _peak_words(case, peak)
    return case.finish(
        value=value,
        unit="%",
        headline=_or_impossible(
            case,
            value,
            Text(
                f"{shown} % utilisation: {achieved:,g} of {against.en}",
                f"GPU 利用率 {shown} %：实测 {achieved:,g} TFLOPS，{against.zh}",
            ),
            Text(f"{achieved:,g} TFLOPS", f"实测 {achieved:,g} TFLOPS"),
        ),
        lead="rule",
        rule=_rule(value, case.rule, "achieved over peak FLOPS", "实测 FLOPS / 峰值 FLOPS"),
        details={"peak_tflops": peak / 1e12, "tflops_gpu": achieved},
    )


def utilization_throughput(case: Case) -> Calculation:
    """Return MFU where card and model are known, else the ratio to a paper's throughput."""
    rate = measured_rate(case, case.rule)
    reference, paper = _reference(case)
    rule = _paper_ratio(case, rate, reference)
    if not (case.knows_model and knows_peak(case)):
        return _ratio_answer(case, rate, rule, paper)
    return _mfu_answer(case, rate, rule, paper)


def _rule(value: float, trail: Trail, en: str, zh: str) -> RuleOfThumb:
    return RuleOfThumb(value, "%", trail.steps, Text(f"By the FAQ: {en}.", f"按 FAQ：{zh}。"))


def _paper_ratio(case: Case, rate: float, reference: float) -> RuleOfThumb:
    value = case.rule.run(THROUGHPUT_RATIO, T=rate, T_ref=reference)
    shown = format_number(value)
    return _rule(
        value,
        case.rule,
        f"{shown} % of the {reference:g} tokens/s per card that the paper reports, which is a "
        "ratio to that run and not MFU",
        f"达到论文吞吐量 {reference:g} token/s/卡 的 {shown} %，这是相对值而不是 MFU",
    )


def _computed_params(case: Case) -> float:
    """Return the size that sets the speed: of experts, those that a token goes through."""
    model, size = case.architecture, float(case.nominal)
    return size * model.parameters_active / model.parameters_total


def _reference(case: Case) -> tuple[float, Text]:
    """Return the paper's throughput, and whose run it is of.

    It is as given, that of the nearest LLaMA size, or scaled from that to the size.
    """
    if case.given("reference_tokens_per_s_gpu"):
        given = float(case.get("reference_tokens_per_s_gpu"))
        return given, Text(
            f"the paper's throughput as given, {given:,g} tokens/s per card",
            f"所给论文吞吐量 {given:,g} token/s/卡",
        )
    params = _computed_params(case) if case.knows_model else references()[0].params
    nearest = min(references(), key=lambda row: abs(row.params / params - 1))
    case.sources.append(Source(nearest.name, nearest.source))
    value, run = nearest.tokens_per_s_gpu, f"{nearest.name} on {nearest.gpu}"
    paper = Text(
        f"the paper's throughput of {run}", f" {nearest.name}（{nearest.gpu}）的论文吞吐量"
    )
    if abs(nearest.params / params - 1) > 0.15:
        value = round(value * nearest.params / params)
        en = f"paper throughput of {nearest.name}, scaled by size: {value:g} tokens/s per card"
        zh = f"论文吞吐量取 {nearest.name} 并按参数量折算：{value:g} token/s/卡"
        paper = Text(f"{paper.en}, scaled by size", f"{paper.zh}（按参数量折算）")
    else:
        en = f"paper throughput of {nearest.name}: {value:g} tokens/s per card"
        zh = f"论文吞吐量取 {nearest.name}：{value:g} token/s/卡"
    assumed: float = case.default("reference_tokens_per_s_gpu", value, en, zh)
    return assumed, paper


def _ratio_answer(case: Case, rate: float, rule: RuleOfThumb, paper: Text) -> Calculation:
    shown = format_number(float(rule.value))
    case.caveat(
        "This is relative to a paper's throughput. MFU needs the model and the card.",
        "这是相对论文吞吐量的比值；要得到 MFU 需要模型和显卡型号。",
    )
    return case.finish(
        value=rule.value,
        unit="%",
        headline=Text(
            f"{shown} % of {paper.en} (measured: {format_number(rate)} tokens/s per card)",
            f"达到{paper.zh}的 {shown} %（实测 {format_number(rate)} token/s/卡）",
        ),
        lead="rule",
        rule=rule,
        details={"tokens_per_s_gpu": rate, "paper_ratio_percent": rule.value},
    )


def _mfu_answer(case: Case, rate: float, rule: RuleOfThumb, paper: Text) -> Calculation:
    peak = peak_flops(case)
    shape = flops.compute_shape(case.architecture)
    tokens = assume_tokens(case)
    method = case.get("method")
    token = flops.trained_token(case.trail, shape, tokens, method)
    mfu = float(case.trail.run(MFU, T=rate, f=token, F_peak=peak))
    recompute = case.default("checkpointing", "full", "every layer recomputed", "每层都重计算")
    hardware = flops.hardware_token(case.trail, shape, tokens, method, recompute)
    if flops.trains_adapters(method):
        case.caveat(
            "Frozen weights have no gradients, so a token takes 4N FLOPs and not 6N; a figure by "
            "6N would be half as high again.",
            "冻结的权重不计算梯度，每个 token 按 4N 而不是 6N 计；按 6N 会高出一半。",
        )
    hfu = case.trail.run(HFU, T=rate, f_hw=hardware, F_peak=peak)
    mfu_shown, hfu_shown = format_number(mfu), format_number(hfu)
    shown, ratio = format_number(rate), format_number(float(rule.value))
    needed = f"{rate * token / 1e12:,.4g} TFLOPS"
    return case.finish(
        value=mfu,
        unit="%",
        headline=_or_impossible(
            case,
            mfu,
            Text(
                f"MFU {mfu_shown} % at {shown} tokens/s per card; {ratio} % of {paper.en}",
                f"MFU {mfu_shown} %（{shown} token/s/卡）；相当于{paper.zh}的 {ratio} %",
            ),
            Text(
                f"{shown} tokens/s per card would take {needed}",
                f"{shown} token/s/卡 需要 {needed}",
            ),
        ),
        lead="estimate",
        rule=rule,
        conventions=(
            Convention(
                Text(f"HFU, recompute counted: {hfu_shown} %", f"HFU（计入重计算）：{hfu_shown} %"),
                hfu,
                "%",
            ),
            *_causal(case, shape, mfu, token),
        ),
        details={
            "tokens_per_s_gpu": rate,
            "mfu_percent": mfu,
            "hfu_percent": hfu,
            "paper_ratio_percent": rule.value,
            "flops_per_token": token,
            "tflops_gpu": rate * token / 1e12,
            "peak_tflops": peak / 1e12,
        },
    )


NOTICEABLE = 0.01
"""Share by which another count of the FLOPs must differ to be worth a line."""


def _causal(
    case: Case, shape: flops.ComputeShape, mfu: float, token: float
) -> tuple[Convention, ...]:
    """Return the MFU of those who count causal attention for what it computes."""
    causal = flops.trained_token_causal(case.silent, shape, case.get("seq"), case.get("method"))
    if causal > (1 - NOTICEABLE) * token:
        return ()
    value = mfu * causal / token
    shown = format_number(value)
    text = Text(
        f"MFU with causal attention counted at half, as Megatron-Core does: {shown} %",
        f"因果注意力只计一半（Megatron-Core 的口径）时 MFU：{shown} %",
    )
    return (Convention(text, value, "%"),)


def _peak_words(case: Case, peak: float) -> Text:
    shown = f"{peak / 1e12:,g} TFLOPS"
    if case.gpu is None or case.given("peak_tflops"):
        return Text(shown, f"峰值 {shown}")
    card, name = case.gpu.name, compute_format(case)
    return Text(f"the {shown} of {card} ({name}, dense)", f"{card} 峰值 {shown}（{name} 稠密）")


def _or_impossible(case: Case, percent: float, possible: Text, measured: Text) -> Text:
    """Return the headline; above 100 % it says first that this cannot be, and why it may seem."""
    if percent <= 100:
        return possible
    case.caveat(
        "Above 100 %: check the figures, the number of cards, or whether the peak with "
        "sparsity was meant.",
        "超过 100 %：请检查数字、卡数，或是否误用了稀疏峰值。",
    )
    peak = _peak_words(case, peak_flops(case))
    times = format_number(percent / 100, 3)
    return Text(
        f"Not possible: {measured.en}, {times} times {peak.en}; check the figures and the number "
        "of cards",
        f"不可能：{measured.zh}，是{peak.zh}的 {times} 倍；请检查数字和卡数",
    )
