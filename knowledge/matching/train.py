"""Trains the packaged model: ``python -m knowledge.matching.train`` after a change of the base.

``--check`` only says whether the packaged model belongs to the present entries, negatives and
glossary, by its exit status.
"""

from __future__ import annotations

import sys
from importlib.resources import files
from pathlib import Path

from knowledge.matching.builtin import MODEL_FILE, builtin_examples, builtin_fingerprint
from knowledge.matching.model import dump, load
from knowledge.matching.training import train


def is_current() -> bool:
    """Whether the packaged model was trained from the present knowledge base."""
    file = files("knowledge.matching") / MODEL_FILE
    return file.is_file() and load(file.read_bytes()).fingerprint == builtin_fingerprint()


def main(arguments: list[str]) -> int:
    """Train and write the model, or with ``--check`` only compare."""
    if "--check" in arguments:
        current = is_current()
        print("the model is current" if current else "the model is stale: train it anew")
        return 0 if current else 1
    data = dump(train(builtin_examples(), builtin_fingerprint()))
    Path(__file__).with_name(MODEL_FILE).write_bytes(data)
    print(f"wrote {MODEL_FILE}, {len(data):,} bytes")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
