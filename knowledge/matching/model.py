"""The trained model as a value and as a file.

The file is compressed JSON with the weights as signed bytes in base64: small enough to live beside
the code, and the same on every machine. It carries the hash of what it was trained from.
"""

from __future__ import annotations

import base64
import json
import zlib
from array import array
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from knowledge.matching.softmax import Softmax, Vocabulary
from knowledge.matching.views import View


@dataclass(frozen=True, slots=True)
class Example:
    """A message and the entry that it asks for; ``port.NONE`` when no entry answers it."""

    text: str
    entry_id: str


@dataclass(slots=True)
class Model:
    """Everything that ranking needs: the views, calibrations, and the phrasings.

    ``trained`` and ``fresh`` are weights of ``calibration.probability`` for the inputs of
    ``Evidence``; ``phrasings`` are (entry id, index terms) pairs; ``fingerprint`` is the hash of
    the examples.
    """

    views: list[View]
    trained: list[float]
    fresh: list[float]
    threshold: float
    phrasings: list[tuple[str, list[str]]]
    fingerprint: str


def dump(model: Model) -> bytes:
    """Return the model as bytes; the same model always gives the same bytes."""
    document = {
        "fingerprint": model.fingerprint,
        "views": [_dump_view(view) for view in model.views],
        "trained": [round(weight, 6) for weight in model.trained],
        "fresh": [round(weight, 6) for weight in model.fresh],
        "threshold": model.threshold,
        "phrasings": [[entry_id, " ".join(terms)] for entry_id, terms in model.phrasings],
    }
    text = json.dumps(document, ensure_ascii=False, separators=(",", ":"))
    return zlib.compress(text.encode("utf-8"), 9)


def load(data: bytes) -> Model:
    """Return the model in ``data``; raises ``ValueError`` when it is not one."""
    try:
        document = json.loads(zlib.decompress(data))
        return Model(
            [_load_view(view) for view in document["views"]],
            document["trained"],
            document["fresh"],
            document["threshold"],
            [(entry_id, terms.split()) for entry_id, terms in document["phrasings"]],
            document["fingerprint"],
        )
    except (zlib.error, ValueError, KeyError, TypeError) as error:
        raise ValueError(f"not a matching model: {error}") from error


def _dump_view(view: View) -> dict[str, Any]:
    rows = view.softmax.rows
    largest = max((abs(weight) for row in rows for weight in row), default=1.0) or 1.0
    scale = largest / 127
    weights = array("b", (round(weight / scale) for row in rows for weight in row))
    return {
        "name": view.name,
        "classes": view.softmax.classes,
        "bias": [round(bias, 6) for bias in view.softmax.bias],
        "features": list(view.vocabulary.numbers),
        "idf": [round(value, 3) for value in view.vocabulary.idf],
        "scale": scale,
        "weights": base64.b64encode(weights.tobytes()).decode("ascii"),
    }


def _load_view(document: dict[str, Any]) -> View:
    classes = tuple(document["classes"])
    weights = memoryview(base64.b64decode(document["weights"])).cast("b")
    scale = document["scale"]
    bias = [value / scale for value in document["bias"]]
    numbers = {name: number for number, name in enumerate(document["features"])}
    return View(
        document["name"],
        Vocabulary(numbers, document["idf"]),
        Softmax(classes, _Rows(weights, len(classes)), bias, scale),
    )


class _Rows(Sequence[Sequence[float]]):
    """Rows of a flat array, cut when they are looked at: most never are."""

    def __init__(self, weights: memoryview, width: int) -> None:
        self._weights = weights
        self._width = width

    def __len__(self) -> int:
        return len(self._weights) // self._width

    def __getitem__(self, row: Any) -> Any:
        return self._weights[row * self._width : (row + 1) * self._width]
