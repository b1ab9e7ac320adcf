"""What is looked for: words, and filters in either language; a wrong one names the nearest."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from bot.finding import lookup_of, moment_of
from knowledge.history import Wanted

NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
WEEK_AGO = NOW - timedelta(days=7)


@pytest.mark.parametrize(
    ("text", "words", "wanted"),
    [
        ("65B V100", "65B V100", Wanted()),
        ("65B kind:calculation", "65B", Wanted(kind="calculation")),
        ("kind:faq nvlink", "nvlink", Wanted(kind="faq")),
        ("type:entry nvlink", "nvlink", Wanted(kind="faq")),
        ("since:7d by:me", "", Wanted(since=WEEK_AGO, by="U1")),
        ("V100 since:1w", "V100", Wanted(since=WEEK_AGO)),
        ("显存 类型:计算", "显存", Wanted(kind="calculation")),
        ("显存 类型：知识 最近：7天", "显存", Wanted(kind="faq", since=WEEK_AGO)),
        ("我的 最近7天 显存", "显存", Wanted(since=WEEK_AGO, by="U1")),
        ("最近一周的 65B", "65B", Wanted(since=WEEK_AGO)),
        ("我问过的 LoRA", "LoRA", Wanted(by="U1")),
        ("谁:我 LoRA", "LoRA", Wanted(by="U1")),
        ("since:2026-02-22 ctx:8k", "ctx:8k", Wanted(since=datetime(2026, 2, 22, tzinfo=UTC))),
        # Words that only look like filters stay words.
        ("http://a.b/c:d", "http://a.b/c:d", Wanted()),
        ("mining 我的世界", "mining 我的世界", Wanted()),
    ],
)
def test_words_and_filters_are_told_apart(text: str, words: str, wanted: Wanted) -> None:
    found = lookup_of(text, "U1", NOW)
    assert (found.words, found.wanted, found.fault) == (words, wanted, None)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("kind:calcs 65B", "kind:calculation"),
        ("kind:faqs", "kind:faq"),
        ("since:yesterday-ish", "since:7d"),
        ("since:2026-13-40", "since:7d"),
        ("by:bob", "by:me"),
        ("类型:乱写 显存", "类型:计算"),
    ],
)
def test_a_wrong_filter_is_answered_with_the_nearest_and_two_examples(text: str, said: str) -> None:
    fault = lookup_of(text, "U1", NOW).fault
    assert fault is not None
    assert said in fault
    assert fault.count("/vram find") == 2


@pytest.mark.parametrize("text", ["", "   ", "kind:", "since:0d", "by:me " * 500, "\u200b" * 50])
def test_nothing_that_is_written_breaks_it(text: str) -> None:
    lookup_of(text, "U1", NOW)


@pytest.mark.parametrize(
    ("value", "hours"), [("12h", 12), ("3天", 72), ("2w", 336), ("1个月", 720), ("today", 24)]
)
def test_spans_of_time(value: str, hours: int) -> None:
    assert moment_of(value, NOW) == NOW - timedelta(hours=hours)


@pytest.mark.parametrize(
    "piece", ["foo:bar", "typ:calculation", "author:lee", "sinc:7d", "before:2026-01-31", "作者:李"]
)
def test_a_filter_of_no_known_name_is_called_so_with_those_that_are(piece: str) -> None:
    fault = lookup_of(f"65B {piece}", "U1", NOW).fault
    assert fault is not None
    assert f"{piece}”" in fault
    for known in ("kind:calculation", "since:7d", "by:me"):
        assert known in fault


@pytest.mark.parametrize(
    "words", ["ctx:8k", "http://a.b/c:d", "tp:4 pp:2", "V100:32G 显存", "显存：训练"]
)
def test_words_with_a_colon_stay_words(words: str) -> None:
    assert lookup_of(words, "U1", NOW).fault is None
