"""Packed phrasings hold what was put in, and an index over them is one that was filled by hand."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from knowledge.loader import load_entries, load_negatives
from knowledge.matching.builtin import packaged_model
from knowledge.matching.memory_index import MemoryIndex
from knowledge.matching.packing import pack, unpack
from knowledge.matching.phrasings import Phrasings
from knowledge.matching.port import NONE, Hit
from knowledge.matching.ranker import LearnedRanker

PAIRS = [
    ("size", ["how", "large", "7b"]),
    (NONE, ["how", "are", "you"]),
    ("size", ["模型", "多大", "large"]),
    ("speed", []),
]


@pytest.fixture(params=["packed", "stored"])
def phrasings(request: pytest.FixtureRequest) -> Phrasings:
    packed = Phrasings.of(PAIRS)
    if request.param == "packed":
        return packed
    return Phrasings.from_sections(unpack(pack({}, packed.to_sections()))[1])


def test_phrasings_come_back_in_order(phrasings: Phrasings) -> None:
    assert list(phrasings) == PAIRS
    assert phrasings[-1] == PAIRS[-1]
    assert phrasings[1:3] == PAIRS[1:3]


def test_rows_and_words_are_found(phrasings: Phrasings) -> None:
    assert phrasings.rows_of_term("how") == [0, 1]
    assert phrasings.rows_of_term("large") == [0, 2]
    assert phrasings.rows_of_term("unheard") == []
    assert phrasings.rows_of_entry("size") == [0, 2]
    assert phrasings.rows_of_entry("unheard") == []
    assert phrasings.words("size") == {"how", "large", "7b", "模型", "多大"}
    assert phrasings.words("unheard") == frozenset()


def test_a_repeated_term_counts_once() -> None:
    assert Phrasings.of([("a", ["x", "y", "x"])])[0] == ("a", ["x", "y"])


def test_no_phrasings_at_all_survive_the_trip() -> None:
    empty = Phrasings.from_sections(unpack(pack({}, Phrasings.of([]).to_sections()))[1])
    assert list(empty) == []


def test_the_head_and_the_sections_of_a_file_come_back() -> None:
    head, sections = unpack(pack({"name": "词\n", "n": 0.1}, [b"", b"a\nb", bytes(range(256))]))
    assert head == {"name": "词\n", "n": 0.1}
    assert [bytes(section) for section in sections] == [b"", b"a\nb", bytes(range(256))]


def test_packed_rows_can_be_added_to_and_removed() -> None:
    index = MemoryIndex(Phrasings.of(PAIRS))
    index.add([("size", ["how", "small"]), ("new", ["small"])])
    assert index.size() == 6
    assert index.frequencies(["how", "small", "large", "unheard"]) == {
        "how": 3,
        "small": 2,
        "large": 2,
    }
    index.remove("size")
    index.remove("size")
    assert index.size() == 3
    assert index.frequencies(["how", "small", "large"]) == {"how": 1, "small": 1}
    assert index.search({"small": 1}, 5) == [Hit("new", frozenset({"small"}))]


def test_an_index_over_packed_phrasings_ranks_as_one_filled_by_hand() -> None:
    model = packaged_model()
    filled = MemoryIndex()
    filled.add(model.phrasings)
    ours, other = LearnedRanker(model, MemoryIndex(model.phrasings)), LearnedRanker(model, filled)
    texts = [text for entry in load_entries() for text in (*entry.ask.en, *entry.ask.zh)][::40]
    for text in [*texts, *load_negatives().all()[::20]]:
        # A set of terms is summed in no fixed order, so the last digits may differ.
        one, two = ours.rank(text), other.rank(text)
        assert one.decision == two.decision
        assert [c.id for c in one.candidates] == [c.id for c in two.candidates]
        assert one.confidence == pytest.approx(two.confidence, rel=1e-9)


def test_the_order_of_features_does_not_depend_on_the_process() -> None:
    program = (
        "from knowledge.matching.softmax import Vocabulary;"
        "print(list(Vocabulary.of([['b', 'a', 'c', 'b'], ['d', 'e', 'f']]).numbers))"
    )
    for seed in ("1", "2"):
        environment = {**os.environ, "PYTHONHASHSEED": seed}
        ran = subprocess.run([sys.executable, "-c", program], env=environment, capture_output=True)
        assert ran.stdout.decode().strip() == "['b', 'a', 'c', 'd', 'e', 'f']"
