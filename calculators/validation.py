"""Turns a mapping into a Request, and refuses what cannot be meant in one clear sentence."""

from __future__ import annotations

import difflib
import math
from collections.abc import Mapping
from functools import lru_cache
from typing import Any, get_args

from pydantic import ValidationError

from calculators.errors import ContradictoryRequest, InvalidRequest, UnknownName
from calculators.requests import CalculatorName, Lora, Request
from calculators.spelled import NUMBERS, example, number
from calculators.text import Text

_LIMITS: dict[str, tuple[float, float]] = {
    "params": (1, 1e15),
    "micro_batch": (1, 10**7),
    "seq": (1, 10**9),
    "new_tokens": (0, 10**9),
    "grad_accumulation": (1, 10**6),
    "tokens_per_s_gpu": (1e-9, 1e12),
    "examples_per_s": (1e-9, 1e12),
    "step_s": (1e-9, 1e9),
    "global_batch": (1, 10**9),
    "tflops_gpu": (1e-9, 1e6),
    "peak_tflops": (1e-9, 1e6),
    "total_tokens": (1, 1e18),
    "gpu_hours": (1e-3, 1e12),
    "finish_s": (1, 1e11),
    "memory_share": (0.01, 1),
    "reference_tokens_per_s_gpu": (1e-9, 1e12),
    "dp": (1, 10**6),
    "tp": (1, 10**5),
    "pp": (1, 10**5),
    "cp": (1, 10**5),
    "ep": (1, 10**5),
    "virtual_pp": (1, 10**4),
    "shard_group": (1, 10**6),
    "gpu_count": (1, 10**6),
    "nodes": (1, 10**5),
    "node_gpus": (1, 1024),
    "network_bytes_per_s": (1e3, 1e15),
    "gpu_memory_bytes": (1_000_000, 10**15),
    "quantity": (0, 1e30),
}
"""Smallest and largest value of each number that a request may carry."""

MOST_TOKENS = 10**12
"""Most tokens of all sequences together: a thousand times the longest text there is a limit for."""

MOST_BYTES = 10**18
"""Most bytes of a result: more than all the accelerators made so far have together."""

_USUAL = {"seq": 2048, "micro_batch": 1, "global_batch": 1, "gpu_count": 1, "params": 7e9}
"""Usual values of what makes memory grow, to find the field that is out of all proportion."""

RATES_ALIKE = 0.05
"""How far apart, relatively, two measured rates may lie that mean the same."""

_FIELDS = dict.fromkeys(Request.model_fields)
_CALCULATORS: tuple[str, ...] = get_args(CalculatorName)
_LORA_LIMITS = {"rank": (1, 10**6), "dropout": (0, 0.999)}


def parse_request(mapping: Mapping[str, Any]) -> Request:
    """Validate a JSON-like mapping; raise InvalidRequest or UnknownName in plain words.

    Names, types and choices are checked here, ranges and contradictions by :func:`check` when
    the request is calculated. A field that is null counts as left out.
    """
    if not isinstance(mapping, Mapping):
        raise InvalidRequest(
            Text("A request is an object of named fields.", "请求应是由字段名和值组成的对象。")
        )
    for name in mapping:
        if not isinstance(name, str) or name not in _FIELDS:
            raise _unknown_field(str(name), tuple(_FIELDS))
    if mapping.get("calculator") not in _CALCULATORS:
        raise _unknown_calculator(mapping.get("calculator"))
    try:
        return Request.model_validate(_given(mapping))
    except ValidationError as error:
        raise _plain(error) from None


def _given(mapping: Mapping[str, Any]) -> dict[str, Any]:
    """Return the fields that are not null, numbers as they are spelled read.

    A null inside a config keeps its meaning there.
    """
    given: dict[str, Any] = {
        name: number(name, value) if isinstance(value, str) and name in NUMBERS else value
        for name, value in mapping.items()
        if value is not None
    }
    if isinstance(given.get("lora"), Mapping):
        given["lora"] = _given(given["lora"])
    return given


def check(request: Request) -> None:
    """Refuse zero, negative and astronomic values, and fields that exclude each other."""
    for name in request.model_fields_set & _LIMITS.keys():
        _check_limit(name, getattr(request, name), *_LIMITS[name])
    if request.lora is not None:
        for name, (low, high) in _LORA_LIMITS.items():
            _check_limit(name, getattr(request.lora, name), low, high, prefix="lora.")
        if not request.lora.targets:
            raise _nothing_adapted()
    _check_tokens(request)
    _check_nodes(request)
    if request.tokens_per_s_gpu is not None or request.step_s is not None:
        _check_rates(request)
    if request.model is not None and request.config is not None:
        raise ContradictoryRequest(
            Text("Give either a model name or a config, not both.", "模型名和 config 只能给一个。"),
            field="config",
        )
    if (
        request.new_tokens is not None
        and request.seq is not None
        and request.new_tokens > request.seq
    ):
        raise ContradictoryRequest(
            Text(
                f"new_tokens ({request.new_tokens:,}) are part of seq ({request.seq:,}) "
                "and cannot exceed it.",
                f"new_tokens({request.new_tokens:,})包含在 seq({request.seq:,})之内，不能超过它。",
            ),
            field="new_tokens",
        )


def _nothing_adapted() -> InvalidRequest:
    return InvalidRequest(
        Text(
            "lora.targets is empty: name the modules, or all-linear.",
            "lora.targets 为空：请给出模块名，或 all-linear。",
        ),
        field="lora.targets",
    )


def _check_nodes(request: Request) -> None:
    nodes, cards = request.nodes, request.gpu_count
    if nodes is not None and cards is not None and nodes > cards:
        raise ContradictoryRequest(
            Text(
                f"{nodes:,} nodes cannot share {cards:,} card{'s' * (cards > 1)}.",
                f"{nodes:,} 个节点不可能只有 {cards:,} 张卡。",
            ),
            field="nodes",
        )


def _check_tokens(request: Request) -> None:
    batch, name = request.micro_batch, "micro_batch"
    if batch is None:
        batch, name = request.global_batch, "global_batch"
    if batch is None or request.seq is None or batch * request.seq <= MOST_TOKENS:
        return
    raise InvalidRequest(
        Text(
            f"seq × {name} = {batch * request.seq:.3g} tokens is out of range: at most "
            f"{MOST_TOKENS:.0e} together.",
            f"seq × {name} = {batch * request.seq:.3g} 个 token 超出范围：合计最多 "
            f"{MOST_TOKENS:.0e}。",
        ),
        field="seq",
    )


def check_size(request: Request, most: int) -> None:
    """Refuse a result of so many bytes that no machine has, naming the field that made it so."""
    if most <= MOST_BYTES:
        return
    given = {name: getattr(request, name) or 0 for name in _USUAL}
    field = max(given, key=lambda name: given[name] / _USUAL[name])
    if not given[field]:
        field = "config" if request.config is not None else "model"
    raise InvalidRequest(
        Text(
            f"This comes to {most:.3g} bytes, more than {MOST_BYTES:.0e}, which no machine has: "
            f"check {field}.",
            f"结果为 {most:.3g} 字节，超过 {MOST_BYTES:.0e}，没有机器有这么多内存："
            f"请检查 {field}。",
        ),
        field=field,
    )


def _check_rates(request: Request) -> None:
    """Refuse two measured rates that say different speeds of one job."""
    examples, step, batch = request.examples_per_s, request.step_s, request.global_batch
    if examples and step and batch and not _alike(examples * step, batch):
        raise _contradictory_rates(
            "examples_per_s × step_s", examples * step, "global_batch", batch
        )
    if step and batch and not examples:
        examples = batch / step
    rate, seq, cards = request.tokens_per_s_gpu, request.seq, request.gpu_count
    if not (rate and examples and seq and cards) or _alike(rate * cards, examples * seq):
        return
    name = "examples_per_s" if request.examples_per_s else "global_batch / step_s"
    raise _contradictory_rates(
        "tokens_per_s_gpu", rate, f"{name} × seq / gpu_count", examples * seq / cards
    )


def _alike(one: float, other: float) -> bool:
    return math.isclose(one, other, rel_tol=RATES_ALIKE)


def _contradictory_rates(one: str, first: float, other: str, second: float) -> ContradictoryRequest:
    return ContradictoryRequest(
        Text(
            f"The rates given contradict each other: {one} = {first:.4g}, but {other} = "
            f"{second:.4g}. Give one of them.",
            f"给出的速率互相矛盾：{one} = {first:.4g}，而 {other} = {second:.4g}。请只给其中一个。",
        ),
        field=one.split(" ")[0],
    )


def _check_limit(name: str, value: float | None, low: float, high: float, prefix: str = "") -> None:
    if value is None:
        return
    if not math.isfinite(value) or not low <= value <= high:
        shown = f"{value:g}" if isinstance(value, float) else f"{value}"[:24]
        raise InvalidRequest(
            Text(
                f"{prefix}{name} = {shown} is out of range: it must lie between {low:g} and "
                f"{high:g}.",
                f"{prefix}{name} = {shown} 超出范围：应在 {low:g} 到 {high:g} 之间。",
            ),
            field=f"{prefix}{name}",
        )


def nearest_names(name: str, names: tuple[str, ...], count: int = 3) -> tuple[str, ...]:
    """Return the names most like ``name``, best first."""
    return tuple(difflib.get_close_matches(name[:80], names, n=count, cutoff=0.5))


def _unknown_field(name: str, names: tuple[str, ...]) -> UnknownName:
    nearest = nearest_names(name, names)
    hint_en = f" Did you mean '{nearest[0]}'?" if nearest else ""
    hint_zh = f"是不是“{nearest[0]}”？" if nearest else ""
    return UnknownName(
        Text(f"Unknown field '{name[:40]}'.{hint_en}", f"没有字段“{name[:40]}”。{hint_zh}"),
        field=name[:40],
        nearest=nearest,
    )


_ALSO_CALLED: Mapping[str, str] = {
    "mfu": "utilization_throughput",
    "hfu": "utilization_throughput",
    "utilization": "utilization_throughput",
    "utilisation": "utilization_throughput",
    "memory": "inference",
    "vram": "inference",
    "size": "file_size",
    "weights": "file_size",
    "time": "training_time",
    "speed": "throughput",
    "gpus": "min_gpus",
    "network": "communication",
}
"""What a calculator is called by people whose word resembles no calculator's name."""


def _unknown_calculator(name: Any) -> InvalidRequest | UnknownName:
    known = _CALCULATORS
    if name is None:
        return InvalidRequest(
            Text(
                f"Say which calculator: one of {', '.join(known)}.",
                f"请指定 calculator，可选：{'、'.join(known)}。",
            ),
            field="calculator",
        )
    meant = _ALSO_CALLED.get(str(name).strip().casefold())
    nearest = nearest_names(str(name), known) if meant is None else (meant,)
    hint_en = f" Did you mean '{nearest[0]}'?" if nearest else ""
    hint_zh = f"是不是“{nearest[0]}”？" if nearest else ""
    if not nearest:
        hint_en = f" These there are: {', '.join(known)}."
        hint_zh = f"可用的有：{'、'.join(known)}。"
    shown = str(name)[:40]
    return UnknownName(
        Text(f"No calculator '{shown}'.{hint_en}", f"没有计算器“{shown}”。{hint_zh}"),
        field="calculator",
        nearest=nearest,
    )


_FORMS = {
    "finite": ("must be a finite number", "应为有限的数"),
    "int": ("must be a whole number", "应为整数"),
    "float": ("must be a number", "应为数字"),
    "bool": ("must be true or false", "应为 true 或 false"),
    "string": ("must be text", "应为文本"),
    "tuple": ("must be a list", "应为列表"),
    "dict": ("must be an object", "应为 JSON 对象"),
    "model": ('must be an object such as {"rank": 16}', '应为 {"rank": 16} 这样的 JSON 对象'),
}
"""What a value must be, by the start of pydantic's kind of error."""
_OTHER_FORM = ("must have another form", "应为另一种形式")


@lru_cache(maxsize=1)
def _lora_fields() -> tuple[str, ...]:
    return tuple(f"lora.{name}" for name in Lora.model_fields)


def _plain(error: ValidationError) -> InvalidRequest | UnknownName:
    """Say a pydantic error in one sentence of our own."""
    first = error.errors(include_url=False)[0]
    path = [str(part) for part in first["loc"]]
    name = ".".join(path[:2] if path and path[0] == "lora" else path[:1])
    shown = str(first.get("input"))[:40]
    kind = first["type"]
    if kind == "extra_forbidden":
        return _unknown_field(name, _lora_fields())
    if kind == "literal_error":
        return _not_a_choice(name, shown, str(first["ctx"]["expected"]))
    forms = (words for start, words in _FORMS.items() if kind.startswith(start))
    en, zh = next(forms, _OTHER_FORM)
    if isinstance(first.get("input"), str) and (form := example(name, shown)):
        en, zh = f"{en} such as {form}", f"{zh}，例如 {form}"
    return InvalidRequest(
        Text(f"{name} {en}, not '{shown}'.", f"{name} {zh}，而不是“{shown}”。"), field=name
    )


def _not_a_choice(name: str, shown: str, expected: str) -> UnknownName:
    choices = tuple(part.strip(" '") for part in expected.replace(" or ", ", ").split(","))
    nearest = nearest_names(shown, choices) or choices
    return UnknownName(
        Text(
            f"{name} cannot be '{shown}': it is one of {', '.join(choices)}.",
            f"{name} 不能是“{shown}”，可选：{'、'.join(choices)}。",
        ),
        field=name,
        nearest=nearest,
    )
