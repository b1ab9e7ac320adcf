"""Parameter counts and KV caches: vrambot and its peers against transformers, to the unit."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from typing import Any

from benchmarks.accuracy.answers import DATA, Errors
from benchmarks.accuracy.cache_peers import lines
from calculators.architecture import Architecture, architecture_from_config

BF16 = 2


def exact_rows() -> list[str]:
    """Return the two tables of the page."""
    peers = json.loads((DATA / "cache_peers.json").read_text())
    head, caches = lines("kv_cache.jsonl")
    tokens = head["tokens"]
    _, counts = lines("parameters.jsonl")
    found = [
        "### Parameter counts and KV caches, to the unit",
        "",
        "The configurations of `benchmarks/truth/`; a peer counts on those that it answers. Of a "
        "sliding window transformers keeps one token less than the window: a peer that counts all "
        "of it is a little high there, which is no fault.",
        "",
        "| what | calculator | answered | exact | median | worst |",
        "| --- | --- | --- | --- | --- | --- |",
    ]
    found += _rows(
        ("parameters", peers["parameters"], peers["versions"]),
        [row["total"] for row in counts],
        [_ours(row["config"], lambda model: model.parameters_total) for row in counts],
    )
    found += _rows(
        (f"KV cache, {tokens} tokens", peers["kv_cache"], peers["versions"]),
        [row["elements"] * BF16 for row in caches],
        [_ours(row["config"], lambda m: _cache_bytes(m, tokens)) for row in caches],
    )
    return found


def _ours(config: dict[str, Any], of: Callable[[Architecture], float]) -> float:
    return float(of(architecture_from_config(config)))


def _cache_bytes(model: Architecture, tokens: int) -> int:
    """Bytes after ``tokens``: of a window transformers keeps all but the token that comes next."""
    elements = 0
    for layer, count in model.groups:
        window = layer.attention.window
        kept = tokens if window is None else min(tokens, window - 1)
        elements += layer.attention.kv_elements_per_token * kept * count
    return elements * BF16


def _rows(
    named: tuple[str, dict[str, list[float | None]], dict[str, str]],
    truth: Sequence[float],
    ours: Sequence[float],
) -> list[str]:
    what, peers, versions = named
    answers: dict[str, Sequence[float | None]] = {"vrambot": ours}
    answers |= {f"{name} {versions[name]}": given for name, given in peers.items()}
    found = []
    for name, given in answers.items():
        pairs = [(a, t) for a, t in zip(given, truth, strict=True) if a is not None]
        errors = Errors(tuple(a / t - 1 for a, t in pairs))
        exact = sum(1 for a, t in pairs if round(a) == t)
        found.append(
            f"| {what} | {name} | {len(pairs)} of {len(truth)} | {exact} "
            f"| {errors.median:.2f} % | {errors.worst:+.0f} % |"
        )
    return found
