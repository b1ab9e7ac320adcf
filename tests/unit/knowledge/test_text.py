"""How text is folded and cut for every full-text search of the knowledge package."""

import sqlite3

import pytest
from hypothesis import given
from hypothesis import strategies as st

from knowledge.text import MAX_CHARS, fold, fts_query, index_text, query_terms, tokens


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("70B", ["70b"]),
        ("6.7B", ["6.7b"]),
        ("FP16", ["fp16"]),
        ("ZeRO-3", ["zero3"]),
        ("zero3", ["zero3"]),
        ("KV", ["kv"]),
        ("Llama-2-13B", ["llama2", "13b"]),
        ("4×V100-32G", ["4", "v100", "32g"]),
        ("怎么算", ["怎么", "么算"]),
        ("能训65B吗", ["能训", "65b", "吗"]),
        ("GPUs", ["gpu"]),
    ],
)
def test_mixed_text_is_split_into_words_numbers_and_pairs(text, wanted):
    found = dict.fromkeys(tokens(text))
    assert [token for token in found if token in wanted] == wanted


@pytest.mark.parametrize(
    "variant",
    [
        "ＦＰ１６ 怎么算",
        "fp16怎么算",
        "FP16  怎 么 算",
        "f\u200bp16 怎么\u200d算",
        "fp16\x00怎么算",
    ],
)
def test_width_case_spaces_and_invisible_characters_change_nothing(variant):
    assert tokens(variant) == tokens("fp16 怎么算")


def test_cyrillic_lookalikes_are_latin():
    assert tokens("\u0430100 \u0435") == tokens("a100 e")


def test_a_spaced_unit_joins_its_number():
    assert fold("70 B on 80 GB") == "70b on 80gb"


@pytest.mark.parametrize(
    "text",
    ['" OR 1', "NEAR(a b)", "a AND NOT b*", "col:x ^y {z}", "'; DROP TABLE t; --", '"""', "-", ""],
)
def test_no_user_text_reaches_the_query_syntax(text):
    database = sqlite3.connect(":memory:")
    database.execute("CREATE VIRTUAL TABLE t USING fts5(words)")
    database.execute("INSERT INTO t VALUES (?)", (index_text("anything at all"),))
    query = fts_query(text)
    if query:
        database.execute("SELECT count(*) FROM t WHERE t MATCH ?", (query,)).fetchone()


@given(st.text(max_size=200))
def test_every_text_finds_itself(text):
    database = sqlite3.connect(":memory:")
    database.execute("CREATE VIRTUAL TABLE t USING fts5(words)")
    database.execute("INSERT INTO t VALUES (?)", (index_text(text),))
    query = fts_query(text)
    if query:
        found = database.execute("SELECT count(*) FROM t WHERE t MATCH ?", (query,)).fetchone()
        assert found == (1,)


def test_both_languages_meet_in_the_glossary():
    assert set(query_terms("显存")) == set(query_terms("GPU memory")) == set(query_terms("VRAM"))


def test_two_character_words_are_found_inside_longer_runs():
    assert set(tokens("重计算")) >= {"重计", "计算"}


@pytest.mark.parametrize("unit", ["显存", "a1", "4x", "- ", "1.", "显 ", "a-", "\ufdfa"])
def test_forty_thousand_characters_and_no_more_are_read(unit):
    text = unit * MAX_CHARS
    assert tokens(text) == tokens(text[:MAX_CHARS])
    assert fts_query(text) == fts_query(text[:MAX_CHARS])
