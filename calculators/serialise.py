"""A calculation as the JSON object that the design lays down; plain dicts, lists and numbers."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from calculators.errors import CalculatorError, MissingValue, UnknownName
from calculators.requests import Request
from calculators.results import Alternative, Calculation, RuleOfThumb, Source, Step
from calculators.text import Language


def to_json(calculation: Calculation, language: Language = "en") -> dict[str, Any]:
    """Return the ``calculation`` object, texts in ``language``.

    Memory in bytes stands beside the value (``value_bytes``); ``training`` and ``inference``
    also carry the per-card fields of the peak.
    """
    result: dict[str, Any] = {
        "calculator": calculation.calculator,
        "request": request_json(calculation.request),
        "value": calculation.value,
        "unit": calculation.unit,
        "lead": calculation.lead,
        "verdict": calculation.verdict,
        "headline": calculation.headline.in_(language),
        "per_gpu": calculation.per_gpu,
        "capacity_bytes": calculation.capacity_bytes,
        "breakdown": [
            {"id": part.id, "name": part.name.in_(language), "bytes": part.bytes}
            for part in calculation.breakdown
        ],
        "working": _steps(calculation.working, language),
        "assumptions": [
            {"field": a.field, "value": plain(a.value), "text": a.text.in_(language)}
            for a in calculation.assumptions
        ],
        "alternatives": [_alternative(a, language) for a in calculation.alternatives],
        "conventions": [
            {"text": c.text.in_(language), "value": c.value, "unit": c.unit}
            for c in calculation.conventions
        ],
        "rule_of_thumb": _rule(calculation.rule_of_thumb, language),
        "caveats": [text.in_(language) for text in calculation.caveats],
        "sources": [source_text(source) for source in calculation.sources],
        "details": plain(calculation.details),
    }
    if calculation.value_bytes is not None:
        result["value_bytes"] = calculation.value_bytes
    if calculation.parameters is not None:
        counts = calculation.parameters
        result["parameters"] = {
            "total": counts.total,
            "active": counts.active,
            "trainable": counts.trainable,
        }
    if calculation.memory is not None:
        result.update(_memory(calculation))
    return result


def error_json(error: CalculatorError, language: Language = "en") -> dict[str, Any]:
    """Return an error as ``code``, a sentence, the field, and names or choices to offer."""
    result: dict[str, Any] = {"code": error.code, "message": error.text.in_(language)}
    if error.field is not None:
        result["field"] = error.field
    if isinstance(error, UnknownName) and error.nearest:
        result["nearest"] = list(error.nearest)
    if isinstance(error, MissingValue) and error.choices:
        result["choices"] = list(error.choices)
    return result


def request_json(request: Request) -> dict[str, Any]:
    """Return the request's fields that say something, ready to be run again.

    Adapters are said in full: a rank or targets left out would be chosen anew for the model.
    """
    fields = request.model_dump(mode="json", exclude_defaults=True)
    fields["calculator"] = request.calculator
    if request.lora is not None:
        fields["lora"] = request.lora.model_dump(mode="json")
    return fields


def source_text(source: Source) -> str:
    """Return a source in one line."""
    return f"{source.title}, {source.locator}" if source.locator else source.title


def plain(value: Any) -> Any:
    """Return ``value`` with tuples and mappings as JSON knows them."""
    if isinstance(value, Mapping):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    if hasattr(value, "model_dump"):
        return value.model_dump(mode="json")
    return value


def _steps(steps: Iterable[Step], language: Language) -> list[dict[str, str]]:
    return [
        {
            "formula": step.formula,
            "title": step.title.in_(language),
            "symbolic": step.symbolic,
            "substituted": step.substituted,
            "result": step.result,
        }
        for step in steps
    ]


def _rule(rule: RuleOfThumb | None, language: Language) -> dict[str, Any] | None:
    if rule is None:
        return None
    return {
        "value": rule.value,
        "unit": rule.unit,
        "working": _steps(rule.working, language),
        "text": rule.text.in_(language),
    }


def _alternative(alternative: Alternative, language: Language) -> dict[str, Any]:
    return {
        "text": alternative.text.in_(language),
        "changes": plain(alternative.changes),
        "verdict": alternative.verdict,
        "per_gpu_bytes": alternative.per_gpu_bytes,
        "relative_cost": alternative.relative_cost,
        "working": _steps(alternative.working, language),
    }


def _memory(calculation: Calculation) -> dict[str, Any]:
    memory = calculation.memory
    if memory is None:
        return {}
    return {
        "peak_allocated_bytes": memory.peak_allocated_bytes,
        "peak_moment": memory.peak_moment,
        "reserve_bytes": memory.reserve_bytes,
        "context_bytes": memory.context_bytes,
        "allocator_bytes": memory.allocator_bytes,
        "workspace_bytes": memory.workspace_bytes,
        "total_bytes": memory.total_bytes,
        "moments": dict(memory.moments),
    }
