"""The calculators alone, warm: with and without the working."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from typing import Any

from benchmarks.timing import Times, measure, report

REQUESTS: dict[str, dict[str, Any]] = {
    "rule of thumb, 7e9 parameters": {"calculator": "training", "params": 7e9},
    "inference, llama-2-13b int4": {
        "calculator": "inference",
        "model": "llama-2-13b",
        "weight_dtype": "int4",
        "seq": 8192,
        "micro_batch": 4,
    },
    "training, llama-2-7b, ZeRO-3 on 8 cards": {
        "calculator": "training",
        "model": "llama-2-7b",
        "gpu": "a100",
        "gpu_count": 8,
        "sharding": "zero3",
    },
}


def main() -> None:
    """Measure each request with and without its working against one sympy substitution."""
    from calculators import calculate, parse_request

    baseline = _sympy_substitution()
    for name, fields in REQUESTS.items():
        for working, new in itertools.product((False, True), (True, False)):
            # Another length each time is a new request; the same one is remembered.
            lengths = itertools.count(1024) if new else itertools.repeat(1024)

            def call(
                fields: Any = fields, working: bool = working, lengths: Any = lengths
            ) -> object:
                request = parse_request({**fields, "seq": next(lengths)})
                return calculate(request, working=working)

            for _ in range(20):
                call()
            mine, other = measure(call, baseline, 1000)
            shown = "with working" if working else "without working"
            asked = "a new request each time" if new else "the same request again"
            print(f"calculate(): {name}, {shown}, {asked}")
            report(Times("vrambot", mine), Times("sympy: one subs of n*b + c", other))


def _sympy_substitution() -> Callable[[], object]:
    import sympy

    n, b, c = sympy.symbols("n b c")
    expression = n * b + c
    return lambda: expression.subs({n: 7 * 10**9, b: 16, c: 1})
