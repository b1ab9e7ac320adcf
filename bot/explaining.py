"""Why an answer was chosen, for ``ask --explain``: spans, candidates, scores, threshold."""

from __future__ import annotations

from typing import Any

from bot.choosing import Chosen
from bot.understanding.understood import Understood
from knowledge.matching.port import Ranking


def explanation(chosen: Chosen, understood: Understood, ranking: Ranking) -> dict[str, Any]:
    """Return the readings that led to an answer, JSON-compatible."""
    return {
        "choice": chosen.choice,
        "reason": chosen.reason,
        "calculator": understood.calculator,
        "confidence": understood.confidence,
        "spans": [
            {"start": s.start, "end": s.end, "text": s.text, "slot": s.slot, "value": s.value}
            for s in understood.spans
        ],
        "ignored": list(understood.ignored),
        "follow_up": understood.follow_up,
        "problems": [{"code": p.code, "text": p.text} for p in understood.problems],
        "ranking": {
            "decision": ranking.decision,
            "confidence": ranking.confidence,
            "threshold": ranking.threshold,
            "candidates": [{"id": c.id, "score": c.score} for c in ranking.candidates],
        },
    }
