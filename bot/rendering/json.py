"""An answer as the JSON object that the design lays down."""

from __future__ import annotations

from typing import Any

from bot.answer import Answer
from bot.rendering.sections import source_lines
from bot.rendering.text import plain_text
from calculators import to_json


def answer_json(answer: Answer, text: str | None = None) -> dict[str, Any]:
    """Return the JSON-compatible object for one answer; ``text`` is its plain text, if at hand."""
    return {
        "id": answer.id,
        "query": answer.query,
        "language": answer.language,
        "kind": answer.kind,
        "entry_id": answer.entry.id if answer.entry else None,
        "entry_version": answer.entry_version,
        "score": answer.score,
        "candidates": [{"id": c.id, "score": round(c.score, 4)} for c in answer.candidates],
        "calculation": _calculation(answer),
        "text": plain_text(answer) if text is None else text,
        "caveats": _caveats(answer),
        "sources": list(source_lines(answer)),
        "related": [
            {"id": past.id, "query": past.query, "permalink": past.permalink}
            for past in answer.related
        ],
        "choices": [{"label": c.label, "text": c.text} for c in answer.choices],
        "elapsed_ms": round(answer.elapsed_ms, 3),
    }


def _caveats(answer: Answer) -> list[str]:
    difference = [answer.difference] if answer.difference else []
    own = [*difference, *answer.compared, *answer.caveats]
    if answer.calculation is None:
        return own
    return [caveat.in_(answer.language) for caveat in answer.calculation.caveats] + own


def _calculation(answer: Answer) -> dict[str, Any] | None:
    if answer.calculation is None:
        return None
    found = to_json(answer.calculation, answer.language)
    return {**found, "inputs": answer.inputs, "changed": list(answer.changed)}
