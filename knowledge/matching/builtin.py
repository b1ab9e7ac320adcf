"""The ranker of the built-in knowledge base, from the model that is packaged with it."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from importlib.resources import files

from knowledge.entries import Entry
from knowledge.errors import DataFileError
from knowledge.loader import load_entries, load_glossary, load_negatives
from knowledge.matching.memory_index import MemoryIndex
from knowledge.matching.model import Example, Model, load
from knowledge.matching.ranker import LearnedRanker, examples_of

MODEL_FILE = "model.bin"


def default_ranker() -> LearnedRanker:
    """Return a new ranker over the built-in knowledge base.

    Raises ``DataFileError`` when the packaged model cannot be read.
    """
    model = packaged_model()
    return LearnedRanker(model, MemoryIndex(model.phrasings))


def build_ranker(entries: Iterable[Entry], negatives: Iterable[str]) -> LearnedRanker:
    """Train a ranker from ``entries`` and messages that none answers; takes some seconds."""
    from knowledge.matching.training import train  # few processes ever train

    model = train(examples_of(entries, negatives))
    return LearnedRanker(model, MemoryIndex(model.phrasings))


def builtin_examples() -> list[Example]:
    """Return what the packaged model is trained from."""
    return examples_of(load_entries(), load_negatives().all())


def builtin_fingerprint() -> str:
    """Return the hash of the built-in examples and of the glossary that folds them."""
    from hashlib import sha256

    from knowledge.matching.training import hash_of

    glossary = repr([(term.canonical, term.words()) for term in load_glossary()])
    return sha256((hash_of(builtin_examples()) + glossary).encode()).hexdigest()


@cache
def packaged_model() -> Model:
    """Return the model that is packaged with the knowledge base; raises ``DataFileError``."""
    file = files("knowledge.matching") / MODEL_FILE
    try:
        return load(file.read_bytes())
    except (OSError, ValueError) as error:
        raise DataFileError(MODEL_FILE, str(error)) from error
