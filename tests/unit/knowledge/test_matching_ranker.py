"""The ranker of the built-in base: what it finds, what it refuses, what never matters."""

import random
from datetime import date

import pytest

from knowledge.entries import Bilingual, Entry, EntrySource, Ways
from knowledge.loader import load_entries
from knowledge.matching import default_ranker
from knowledge.matching.builtin import builtin_fingerprint, packaged_model
from knowledge.matching.ranker import LearnedRanker
from knowledge.matching.segments import MAX_CHARS
from knowledge.matching.sqlite_index import SqliteIndex

STALE = "the knowledge base changed: run python -m knowledge.matching.train"


@pytest.fixture(scope="module")
def ranker():
    return default_ranker()


def _entry(name="quiet-room"):
    return Entry(
        id=name,
        title=Bilingual(en="Where is the reading room?", zh="阅览室在哪里"),
        ask=Ways(
            en=("how do I get to the reading room", "opening hours of the reading room"),
            zh=("阅览室怎么走", "阅览室几点开门"),
        ),
        sources=(EntrySource(title="house rules"),),
        reviewed=date(2026, 11, 24),
        body=Bilingual(en="Second floor.", zh="二楼。"),
    )


def test_the_packaged_model_belongs_to_the_present_knowledge_base():
    assert packaged_model().fingerprint == builtin_fingerprint(), STALE


def test_the_packaged_model_stays_small():
    from importlib.resources import files

    assert len((files("knowledge.matching") / "model.bin").read_bytes()) < 1_200_000


@pytest.mark.parametrize("language", ["en", "zh"])
def test_every_title_finds_its_entry(ranker, language):
    for entry in load_entries():
        ranking = ranker.rank(entry.title.in_(language))
        assert (ranking.candidates[0].id, ranking.decision) == (entry.id, "match")


@pytest.mark.parametrize(
    "message",
    [
        "",
        "   ",
        "🙂🙂",
        "\u200b\u200d",
        "今天中午吃什么",
        "what is the capital of France",
        "请帮我订一张去上海的火车票",
        "qwertz uiop asdf ghjk",
        "' OR 1=1; DROP TABLE phrasing; --",
        "NEAR(a b) AND NOT c*",
    ],
)
def test_what_is_not_asked_of_the_base_is_refused(ranker, message):
    ranking = ranker.rank(message)
    assert ranking.decision == "unknown"
    assert ranking.confidence < ranking.threshold


@pytest.mark.parametrize(
    "question",
    [
        "how do I see the NVLink topology?",
        "怎么看多卡之间的 NVLink 拓扑",
        "tf32 有多少位",
        "check whether my DeepSpeed environment is right",
    ],
)
def test_spaces_case_and_width_change_nothing(ranker, question):
    wide = "".join(chr(ord(c) + 0xFEE0) if "!" <= c <= "~" else c for c in question)
    expected = ranker.rank(question)
    assert expected.decision == "match"
    for variant in (question.upper(), wide, f"  {question.replace(' ', '   ')}\n"):
        ranking = ranker.rank(variant)
        assert (ranking.candidates, ranking.decision) == (expected.candidates, "match")


def test_the_question_is_found_between_lines_of_chatter(ranker):
    message = "各位早上好\n昨天的会开得不错\n怎么查看卡之间的 NVLink 拓扑？\n谢谢大家"
    assert ranker.rank(message).candidates[0].id == "nvlink-topology"


def test_scores_are_probabilities_and_come_best_first(ranker):
    ranking = ranker.rank("显存怎么估算", limit=4)
    scores = [candidate.score for candidate in ranking.candidates]
    assert scores == sorted(scores, reverse=True)
    assert len(scores) == 4
    assert all(0 <= score <= 1 for score in scores)
    assert ranking.confidence == scores[0]


def test_the_same_question_always_ranks_the_same():
    question = "many cards, slow training: is it the communication?"
    assert default_ranker().rank(question) == default_ranker().rank(question)


@pytest.mark.parametrize("index", [None, SqliteIndex])
def test_an_added_entry_is_found_at_once_and_a_removed_one_no_more(index):
    if index is None:
        ranker = default_ranker()
    else:
        stored = index()
        stored.add(packaged_model().phrasings)
        ranker = LearnedRanker(packaged_model(), stored)
    assert ranker.rank("how do I find the reading room").decision == "unknown"
    ranker.add_entry(_entry())
    for question in ("how do I get to the reading room?", "阅览室怎么走"):
        ranking = ranker.rank(question)
        assert (ranking.candidates[0].id, ranking.decision) == ("quiet-room", "match")
    ranker.remove_entry("quiet-room")
    assert ranker.rank("阅览室怎么走").decision == "unknown"


def test_an_added_entry_does_not_disturb_the_built_in_ones():
    ranker = default_ranker()
    ranker.add_entry(_entry())
    assert ranker.rank("怎么看 NVLink 拓扑").candidates[0].id == "nvlink-topology"


def test_a_removed_built_in_entry_is_not_offered():
    ranker = default_ranker()
    ranker.remove_entry("tf32-bits")
    ids = [candidate.id for candidate in ranker.rank("how many bits has tf32", limit=30).candidates]
    assert "tf32-bits" not in ids


@pytest.mark.parametrize("unit", ["显存怎么算", "how much vram ", "a", "显存\n", "? "])
def test_forty_thousand_characters_are_ranked_by_their_beginning(ranker, unit):
    text = unit * (40_000 // len(unit))
    assert ranker.rank(text) == ranker.rank(text[:MAX_CHARS])


def test_random_mutations_never_fail(ranker):
    source = random.Random(5)
    alphabet = "显存训练abc 019.-×?\u200b\x00'\"*()\ufe0f𝟕"
    for _ in range(300):
        text = list("能不能用 4×V100 训练 65B？ can it train?")
        for _ in range(source.randint(1, 12)):
            text[source.randrange(len(text))] = source.choice(alphabet)
        ranking = ranker.rank("".join(text))
        assert 0 <= ranking.confidence <= 1
