"""Both indexes keep one contract: the same phrasings for the same terms."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from knowledge.matching.memory_index import MemoryIndex
from knowledge.matching.pruning import ROW_BUDGET, nearest_rows
from knowledge.matching.sqlite_index import SqliteIndex


@pytest.fixture(params=[MemoryIndex, SqliteIndex])
def index(request):
    return request.param()


def _found(index, *terms, limit=5):
    return [hit.entry_id for hit in index.search(index.frequencies(terms), limit)]


def test_what_was_added_is_found_by_its_terms(index):
    index.add([("a", ["vram", "多少"]), ("b", ["nvlink", "怎么"])])
    assert _found(index, "nvlink") == ["b"]
    assert _found(index, "vram", "absent") == ["a"]
    assert _found(index, "absent") == []


def test_the_rarer_shared_term_comes_first(index):
    index.add([("common", ["gpu", "how"]), ("common", ["gpu", "what"]), ("rare", ["gpu", "ib"])])
    assert _found(index, "gpu", "ib")[0] == "rare"


def test_a_removed_entry_is_gone_and_no_longer_counted(index):
    index.add([("a", ["vram"]), ("b", ["vram"]), ("a", ["topo"])])
    index.remove("a")
    assert _found(index, "vram", "topo") == ["b"]
    assert index.frequencies(["vram", "topo"]) == {"vram": 1}
    assert index.size() == 1


def test_a_term_counts_once_for_a_phrasing(index):
    index.add([("a", ["gpu", "gpu"])])
    assert index.frequencies(["gpu"]) == {"gpu": 1}


def test_decimals_are_one_term(index):
    index.add([("a", ["6.7b"]), ("b", ["7b", "6"])])
    assert _found(index, "6.7b") == ["a"]


def test_common_terms_are_still_followed_where_nothing_is_rare(index):
    index.add((f"e{n}", ["gpu", "memory"] if n % 2 else ["gpu", "speed"]) for n in range(1400))
    assert len(_found(index, "gpu", "memory", limit=10)) == 10
    assert {int(name[1:]) % 2 for name in _found(index, "gpu", "memory", limit=10)} == {1}


def test_an_sqlite_index_outlives_its_process(tmp_path):
    path = str(tmp_path / "index.db")
    SqliteIndex(path).add([("a", ["vram"])])
    again = SqliteIndex(path)
    again.add([("b", ["vram"])])
    assert _found(again, "vram") == ["a", "b"]


@settings(max_examples=40, deadline=None)
@given(
    st.lists(st.lists(st.sampled_from("abcdefgh"), min_size=1, max_size=4), max_size=30),
    st.lists(st.sampled_from("abcdefghz"), min_size=1, max_size=5),
)
def test_memory_and_sqlite_agree(phrasings, asked):
    pairs = [(f"e{number}", terms) for number, terms in enumerate(phrasings)]
    memory, stored = MemoryIndex(), SqliteIndex()
    memory.add(pairs)
    stored.add(pairs)
    assert _found(memory, *asked) == _found(stored, *asked)


def test_no_more_rows_are_followed_than_the_budget():
    followed = []

    def rows_of(terms):
        rows = range(min(frequencies[term] for term in terms)) if len(terms) == 1 else ()
        followed.extend(rows)
        return rows

    frequencies = {"rare": 10, "some": ROW_BUDGET - 10, "common": 400_000, "most": 900_000}
    assert len(nearest_rows(frequencies, rows_of, limit=40)) == 40
    assert len(followed) == ROW_BUDGET


def test_common_terms_break_ties_among_the_rows_of_a_rare_one(index):
    index.add((f"e{n}", ["ib", *(["speed"] if n == 90 else [])]) for n in range(100))
    index.add((f"x{n}", ["speed"]) for n in range(ROW_BUDGET))
    assert _found(index, "ib", "speed")[0] == "e90"
