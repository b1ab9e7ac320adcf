"""Training: the same model each time, honest probabilities, and a file that survives the trip."""

import math

import pytest

from knowledge.matching import calibration, softmax
from knowledge.matching.frames import frames
from knowledge.matching.model import Example, dump, load
from knowledge.matching.port import NONE
from knowledge.matching.ranker import LearnedRanker
from knowledge.matching.segments import MAX_SEGMENTS, segments
from knowledge.matching.training import assign_folds, build_index, hash_of, train
from knowledge.text import read

PLACES = ("kitchen", "garden", "cellar", "attic", "garage", "hall")
DRINKS = ("tea", "coffee", "milk", "juice", "water", "cocoa")
EXAMPLES = [
    *(Example(f"where is the {place}", "way") for place in PLACES),
    *(Example(f"how do I get to the {place}", "way") for place in PLACES),
    *(Example(f"please bring a cup of {drink}", "order") for drink in DRINKS),
    *(Example(f"could I have some {drink}", "order") for drink in DRINKS),
    *(Example(f"the {colour} bird sings", NONE) for colour in ("red", "blue", "grey", "green")),
    *(Example(f"it rained on {day}", NONE) for day in ("monday", "friday", "sunday", "easter")),
]


@pytest.fixture(scope="module")
def model():
    return train(EXAMPLES, "print")


def _ranker(model):
    return LearnedRanker(model, build_index(model.phrasings))


def test_training_twice_gives_the_same_bytes(model):
    assert dump(train(EXAMPLES, "print")) == dump(model)


def test_a_stored_model_ranks_as_the_trained_one(model):
    again = load(dump(model))
    assert again.fingerprint == "print"
    for text in ("where is the library", "a cup of cocoa please", "the bird sings"):
        kept, fresh = _ranker(again).rank(text), _ranker(model).rank(text)
        assert [c.id for c in kept.candidates] == [c.id for c in fresh.candidates]
        assert kept.confidence == pytest.approx(fresh.confidence, abs=0.02)


def test_unseen_wording_is_recognised_and_unseen_matter_is_not_trusted(model):
    ranker = _ranker(model)
    way = ranker.rank("how do I get to the library")
    assert way.candidates[0].id == "way"
    assert way.confidence > ranker.rank("the birds sing on monday").confidence


@pytest.mark.parametrize("data", [b"", b"not a model", b"x\x9c\x03\x00\x00\x00\x00\x01"])
def test_a_file_that_is_no_model_is_said_to_be_none(data):
    with pytest.raises(ValueError, match="not a matching model"):
        load(data)


def test_folds_are_blocks_of_neighbours_within_each_label():
    folds = assign_folds(["a"] * 24 + ["b"] * 12)
    assert folds[:4] == [0, 0, 1, 1]
    assert {folds.count(fold) for fold in range(3)} == {12}
    assert assign_folds(["a"] * 4) == [0, 1, 2, 0]


def test_the_hash_tells_texts_and_labels_apart():
    assert hash_of([Example("ab", "c")]) != hash_of([Example("a", "bc")])


def test_calibration_finds_the_odds_of_a_coin_that_depends_on_one_number():
    # Of 100 cases at x = 0 ten are true, of 100 at x = 1 ninety: the log odds are -ln 9 and
    # +ln 9, so the intercept is -2.197 and the slope 4.394.
    rows = [[0.0]] * 100 + [[1.0]] * 100
    truths = [i < 10 for i in range(100)] + [i < 90 for i in range(100)]
    slope, intercept = calibration.fit(rows, truths, shrinkage=1e-6)
    assert slope == pytest.approx(2 * math.log(9), abs=1e-3)
    assert intercept == pytest.approx(-math.log(9), abs=1e-3)
    assert calibration.probability([slope, intercept], [1.0]) == pytest.approx(0.9, abs=1e-3)


def test_probabilities_of_equal_scores_are_equal_and_large_scores_do_not_overflow():
    assert softmax.probabilities([3.0, 3.0]) == [0.5, 0.5]
    assert softmax.probabilities([1e4, 0.0]) == [1.0, 0.0]
    assert calibration.sigmoid(-1e6) == pytest.approx(0)


def test_a_vector_has_unit_length_and_ignores_unknown_features():
    vocabulary = softmax.Vocabulary.of([["a", "b"], ["a"]])
    vector = vocabulary.vector(["a", "b", "b", "never seen"])
    assert len(vector) == 2
    assert sum(value**2 for _, value in vector) == pytest.approx(1)


def test_frames_keep_what_many_entries_share_and_drop_the_matter():
    texts = [f"how do we find {thing}" for thing in ("tea", "keys", "maps", "ink", "salt")]
    labels = ["e1", "e2", "e3", "e4", "e5"]
    assert frames([read(text) for text in texts], labels) == ["how do we find"]


def test_a_message_of_several_sentences_is_also_looked_at_sentence_by_sentence():
    assert segments("One thing. Another?\nThird") == [
        "One thing. Another?\nThird",
        "One thing.",
        "Another?",
        "Third",
    ]
    assert segments("65.2 B fits") == ["65.2 B fits"]
    assert len(segments("word word\n" * 5_000)) == 1 + MAX_SEGMENTS
