"""The trained model as a value and as a file.

The file (``packing``) holds the weights as signed bytes: small enough to live beside the code,
quick to open, and the same on every machine. It carries the hash of what it was trained from.
"""

from __future__ import annotations

import zlib
from array import array
from dataclasses import dataclass
from typing import Any

from knowledge.matching.packed import ByteRows, StoredView
from knowledge.matching.packing import (
    numbers_from_bytes,
    numbers_to_bytes,
    pack,
    unpack,
    words_from_bytes,
    words_to_bytes,
)
from knowledge.matching.phrasings import Phrasings
from knowledge.matching.softmax import Softmax, Vocabulary
from knowledge.matching.views import View

_VIEW_SECTIONS = 3
"""A view's features, their inverse document frequencies, and the weights, a row per feature."""


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
    phrasings: Phrasings
    fingerprint: str


def dump(model: Model) -> bytes:
    """Return the model as bytes; the same model always gives the same bytes."""
    scales = [_scale(view) for view in model.views]
    head = {
        "fingerprint": model.fingerprint,
        "views": [_view_head(*pair) for pair in zip(model.views, scales, strict=True)],
        "trained": [round(weight, 6) for weight in model.trained],
        "fresh": [round(weight, 6) for weight in model.fresh],
        "threshold": model.threshold,
    }
    sections: list[bytes] = []
    for view, scale in zip(model.views, scales, strict=True):
        idf = array("d", (round(value, 3) for value in view.vocabulary.idf))
        weights = array("b", (round(w / scale) for row in view.softmax.rows for w in row))
        sections.append(words_to_bytes(list(view.vocabulary.numbers)))
        sections += [numbers_to_bytes(idf), weights.tobytes()]
    return pack(head, sections + model.phrasings.to_sections())


def load(data: bytes) -> Model:
    """Return the model in ``data``; raises ``ValueError`` when it is not one."""
    try:
        head, sections = unpack(data)
        views = []
        for document in head["views"]:
            views.append(_load_view(document, *sections[:_VIEW_SECTIONS]))
            sections = sections[_VIEW_SECTIONS:]
        return Model(
            views,
            head["trained"],
            head["fresh"],
            head["threshold"],
            Phrasings.from_sections(sections),
            head["fingerprint"],
        )
    except (zlib.error, ValueError, LookupError, TypeError) as error:
        raise ValueError(f"not a matching model: {error}") from error


def _scale(view: View) -> float:
    """Return the worth of one step of a signed byte: the largest weight is 127 of them."""
    largest = max((abs(weight) for row in view.softmax.rows for weight in row), default=1.0)
    return (largest or 1.0) / 127


def _view_head(view: View, scale: float) -> dict[str, Any]:
    return {
        "name": view.name,
        "classes": view.softmax.classes,
        "bias": [round(bias, 6) for bias in view.softmax.bias],
        "scale": scale,
    }


def _load_view(
    document: dict[str, Any], features: memoryview, idf: memoryview, weights: memoryview
) -> View:
    classes, scale = tuple(document["classes"]), document["scale"]
    names = words_from_bytes(features)
    numbers = dict(zip(names, range(len(names)), strict=True))
    bias = [value / scale for value in document["bias"]]
    rows = ByteRows(weights.cast("b"), len(classes))
    return StoredView(
        document["name"],
        Vocabulary(numbers, numbers_from_bytes("d", idf)),
        Softmax(classes, rows, bias, scale),
        rows,
    )
