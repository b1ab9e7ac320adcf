"""Whose a format is in a conversation: said of a KV cache it is the cache's, else the weights'.

In the reading of one question about a cache ``dtype`` is the format that was said of it, and
``weights_dtype`` what the conversation knows of the weights. What is kept for later turns has the
cache's under ``kv_dtype`` and the weights' under ``dtype``, as every other calculator reads them.
"""

from __future__ import annotations

from typing import Any

from bot.understanding.assemble import CACHE_FORMATS
from bot.understanding.cues import Cues


def of_cache_alone(facts: dict[str, Any], cues: Cues) -> None:
    """Make ``facts`` of a question about a KV cache: what was said of weights is not the cache's.

    A format that the message says replaces the cache's of before; ``fp8`` of an earlier fit, or
    within a model's name, is the weights'.
    """
    own = cues.reading.facts
    said = own.get("dtype") if "named_dtype" not in own else None
    weights = facts.get("dtype")
    if said in CACHE_FORMATS and "kv_dtype" not in own:
        facts.pop("kv_dtype", None)
        weights = cues.before.get("dtype")
    elif said is None:
        facts.pop("dtype", None)
    if weights is not None:
        facts["weights_dtype"] = weights
    if "kv_dtype" in facts:
        facts.setdefault("dtype", facts["kv_dtype"])


def kept_apart(inputs: dict[str, Any]) -> dict[str, Any]:
    """Return what a turn about a KV cache leaves to later turns, each format under its own name."""
    kept = dict(inputs)
    said, weights = kept.pop("dtype", None), kept.pop("weights_dtype", None)
    if said in CACHE_FORMATS:
        kept.setdefault("kv_dtype", said)
    if weights is not None:
        kept["dtype"] = weights
    return kept
