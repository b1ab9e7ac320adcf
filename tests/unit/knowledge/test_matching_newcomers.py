"""How far nearness to a new entry is trusted is learned from entries that play the newcomer."""

from __future__ import annotations

import math

import pytest

from knowledge.matching import calibration, newcomers
from knowledge.matching.evidence import FRESH_INPUTS, Evidence
from knowledge.matching.memory_index import MemoryIndex
from knowledge.matching.model import Example
from knowledge.matching.nearest import Nearest, NearestSearch, Nearness
from knowledge.matching.newcomers import Newcomer, load_newcomers
from knowledge.matching.port import NONE
from knowledge.matching.terms import stem
from knowledge.matching.training import train


def _evidence(similarity: dict[str, float], leaders: tuple[float, float]) -> Evidence:
    nearest = Nearest(similarity, 0.25, {}, leaders, {}, {"new": Nearness(0.4, 3, 0.5, 0.3)})
    return Evidence(("a",), {"a": 0.2, "b": 0.1}, 0.7, nearest, 0.0, 4, 0)


def test_a_newcomer_is_judged_by_its_nearness_and_its_rivals():
    inputs = _evidence({"new": 0.8, "a": 0.5, NONE: 0.3}, (0.8, 0.5)).fresh_inputs("new")
    assert len(inputs) == FRESH_INPUTS
    assert inputs[0] == 0.8
    assert inputs[1:4] == [0.5, 0.3, pytest.approx(0.3)]  # rival, no entry, lead over both
    assert inputs[4:6] == [0.25, pytest.approx(math.log(5))]
    assert inputs[7:10] == [0.4, pytest.approx(math.log(4)), 0.5]
    assert inputs[11] == 0.3


def test_an_entry_is_no_rival_of_itself():
    inputs = _evidence({"new": 0.8}, (0.8, 0.0)).fresh_inputs("new")
    assert inputs[1] == 0.0
    assert inputs[6] == pytest.approx(math.log(0.2 + 1e-4))  # what the model gives to "a"


def test_with_nothing_to_learn_from_no_newcomer_is_trusted():
    weights = newcomers.weigh([], [])
    assert calibration.probability(weights, [1.0] * FRESH_INPUTS) < 0.01


def test_newcomers_come_with_what_people_write_into_the_form():
    found = load_newcomers()
    assert len({one.id for one in found}) == len(found) >= 12
    for one in found:
        assert len(one.ways) == len(set(one.ways)) == 18  # two titles, eight ways in each language
        assert len(set(one.others) - set(one.ways)) == len(one.others) >= 10


def test_a_newcomer_found_by_words_of_its_own_is_trusted_more_than_by_a_word_of_many():
    model = train([Example(f"visa for {place}", "visa") for place in ("oslo", "rome", "lima")])
    fleet = [
        Newcomer(id=f"n{n}", ways=(f"book w{n} today", f"get w{n} x{n}"), others=(f"book w{n}",))
        for n in range(12)
    ]
    weights = newcomers.weigh([(model, [])] * 3, fleet)
    near = {"new": 0.5}
    sure, unsure = (
        Evidence(("visa",), {"visa": 0.1}, 0.9, nearest, 0.0, 2, 0).fresh_inputs("new")
        for nearest in (
            Nearest(near, 0, {}, (0.5, 0), {}, {"new": Nearness(0.6, 2, 0.9, 0.6)}),
            Nearest(near, 0, {}, (0.5, 0), {}, {"new": Nearness(0.3, 1, 0.3, 0.03)}),
        )
    )
    assert calibration.probability(weights, sure) > calibration.probability(weights, unsure)


@pytest.mark.parametrize(
    "words",
    [("book", "booked", "booking", "books"), ("reserve", "reserved", "reservation"),
     ("evaluate", "evaluation"), ("memory", "memories"), ("release", "releasing", "releases")],
)  # fmt: skip
def test_forms_of_an_english_word_are_one_term(words: tuple[str, ...]):
    assert len({stem(word) for word in words}) == 1


@pytest.mark.parametrize("word", ["zero3", "显存", "thing", "this", "vram", "a100", "there"])
def test_other_words_stay_as_they_are(word: str):
    assert stem(word) == word


def test_the_share_that_is_an_entrys_own_counts_a_term_by_who_uses_it():
    index = MemoryIndex()
    index.add([("a", ["cake", "oven"]), ("a", ["cake", "tin"]), ("b", ["cake", "knife"])])
    found = NearestSearch(index).find(["cake", "oven"])
    shares = found.weights
    assert found.nearness("a").covered == pytest.approx(1)
    assert found.nearness("a").own == pytest.approx(shares["cake"] * 2 / 3 + shares["oven"])
    assert found.nearness("b").own == pytest.approx(shares["cake"] / 3)
    assert found.nearness("c") == Nearness()
    assert found.phrasing["a"] == {"cake", "oven"}


def test_a_base_of_one_entry_can_be_learned():
    examples = [Example(f"visa for {place}", "visa") for place in ("oslo", "rome", "lima", "bern")]
    examples += [Example(f"rain on {day}", NONE) for day in ("monday", "friday", "sunday")]
    assert len(train(examples).fresh) == FRESH_INPUTS + 1


def test_a_row_of_weight_three_counts_as_three_rows():
    # At x = 0, of four cases one is true; at x = 1, three of four.
    rows, truths = [[0.0], [0.0], [1.0], [1.0]], [True, False, True, False]
    weighted = calibration.fit(rows, truths, weights=[1, 3, 3, 1])
    repeated = calibration.fit(
        [[0.0]] * 4 + [[1.0]] * 4, [True, False, False, False, True, True, True, False]
    )
    assert weighted == pytest.approx(repeated)


def test_only_terms_that_few_phrasings_have_are_of_the_matter():
    index = MemoryIndex()
    index.add((f"e{n}", ["how", "get", f"w{n}"]) for n in range(60))
    index.add([("new", ["how", "get", "visa"])])
    found = NearestSearch(index).find(["how", "get", "visa"])
    assert 0 < found.nearness("new").matter < found.similarity["new"]
    only_frame = NearestSearch(index).find(["how", "get"])
    assert {only_frame.nearness(name).matter for name in only_frame.similarity} == {0}
