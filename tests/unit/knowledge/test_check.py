"""``check_entries``: every fault of an entry file is found and named, none raises."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from knowledge.check import Problem, check_entries

TODAY = date(2026, 11, 24)
CALCULATORS = {"file_size"}
WAYS = ["alpha", "bravo", "charlie", "delta", "echo", "foxtrot", "golf", "hotel"]
CHINESE_WAYS = ["甲", "乙", "丙", "丁", "戊", "己", "庚", "辛"]


def text(**changes: str) -> str:
    """Return a good entry with parts replaced; each part is a whole front-matter line or body."""
    parts = {
        "id": "id: first",
        "title": "title: {en: A title, zh: 标题}",
        "en": "  en: [" + ", ".join(WAYS) + "]",
        "zh": "  zh: [" + ", ".join(CHINESE_WAYS) + "]",
        "calculator": "calculator: file_size",
        "related": "related: []",
        "sources": "sources: [{title: A paper, locator: 'https://arxiv.org/abs/1910.02054'}]",
        "reviewed": "reviewed: 2026-11-20",
        "body_en": "Some text with [a link](https://example.org/page).",
        "body_zh": "一段文字。",
    } | changes
    head = [parts[key] for key in ("id", "title")] + ["ask:"]
    head += [parts[key] for key in ("en", "zh", "calculator", "related", "sources", "reviewed")]
    front = "\n".join(line for line in head if line)
    return f"---\n{front}\n---\n<!-- en -->\n{parts['body_en']}\n<!-- zh -->\n{parts['body_zh']}\n"


def check(directory: Path, **changes: str) -> list[Problem]:
    (directory / "first.md").write_text(text(**changes), encoding="utf-8")
    return check_entries(directory, CALCULATORS, TODAY)


def codes(problems: list[Problem]) -> list[str]:
    return [problem.code for problem in problems]


def test_a_good_entry_has_no_problem(tmp_path: Path) -> None:
    assert check(tmp_path) == []


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"id": "id: Second"}, "bad-id"),
        ({"id": "id: second"}, "id-is-not-file-name"),
        ({"title": "title: {en: A title, zh: ''}"}, "missing-language"),
        ({"body_zh": ""}, "missing-language"),
        ({"body_en": ""}, "missing-language"),
        ({"body_zh": "Not translated."}, "not-chinese"),
        ({"body_zh": "Only code.\n```\n中文\n```"}, "not-chinese"),
        ({"body_en": "没有翻译的一段文字。"}, "not-english"),
        ({"en": "  en: [" + ", ".join(WAYS[:7]) + "]"}, "few-ways"),
        ({"zh": "  zh: []"}, "few-ways"),
        ({"zh": "  zh: [" + ", ".join([*CHINESE_WAYS, "''"]) + "]"}, "empty-way"),
        ({"calculator": "calculator: guess"}, "unknown-calculator"),
        ({"related": "related: [nowhere]"}, "unknown-entry"),
        ({"related": "related: [first]"}, "unknown-entry"),
        ({"sources": "sources: []"}, "no-source"),
        ({"sources": "sources: [{title: A paper, locator: 'https://'}]"}, "bad-link"),
        ({"body_en": "See [this](javascript:alert)."}, "bad-link"),
        ({"body_en": "See [this](http://)."}, "bad-link"),
        ({"body_en": "See [that](missing.md)."}, "bad-link"),
        ({"body_zh": "见[此处](https://bad host.org)。"}, "bad-link"),
        ({"reviewed": "reviewed: 2026-11-25"}, "bad-date"),
        ({"reviewed": "reviewed: 1999-01-01"}, "bad-date"),
        ({"reviewed": "reviewed: 2026-13-45"}, "unreadable"),
        ({"related": "rank: high"}, "unreadable"),
        ({"sources": ""}, "unreadable"),
        ({"id": "id: [first"}, "unreadable"),
    ],
)
def test_each_fault_is_named(tmp_path: Path, changes: dict[str, str], code: str) -> None:
    problems = check(tmp_path, **changes)
    assert code in codes(problems)
    assert all(problem.file == "first.md" for problem in problems)
    assert all(problem.message.en and problem.message.zh for problem in problems)


def test_a_missing_calculator_key_is_no_fault(tmp_path: Path) -> None:
    assert check(tmp_path, calculator="") == []


def test_a_link_to_another_entry_is_checked_against_the_entries(tmp_path: Path) -> None:
    second = text(
        id="id: second",
        en="  en: [" + ", ".join(f"{way} two" for way in WAYS) + "]",
        zh="  zh: [" + ", ".join(f"{way}二" for way in CHINESE_WAYS) + "]",
    )
    (tmp_path / "second.md").write_text(second, encoding="utf-8")
    assert check(tmp_path, body_en="See [it](second.md).", related="related: [second]") == []


def test_the_same_way_of_asking_may_lead_to_one_entry_only(tmp_path: Path) -> None:
    zh = "  zh: [" + ", ".join(f"{way}二" for way in CHINESE_WAYS) + "]"
    en = "  en: [Alpha?, " + ", ".join(f"{way} two" for way in WAYS) + "]"
    (tmp_path / "second.md").write_text(text(id="id: second", en=en, zh=zh), encoding="utf-8")
    problems = check(tmp_path)
    assert [(problem.file, problem.code) for problem in problems] == [
        ("second.md", "duplicate-way")
    ]
    assert "first.md" in problems[0].message.en


def test_an_id_belongs_to_one_file(tmp_path: Path) -> None:
    (tmp_path / "second.md").write_text(text(), encoding="utf-8")
    assert "duplicate-id" in codes(check(tmp_path))


def test_a_corrupt_file_does_not_hide_the_faults_of_the_others(tmp_path: Path) -> None:
    (tmp_path / "binary.md").write_bytes(b"\x80\x81\x82")
    (tmp_path / "empty.md").write_text("", encoding="utf-8")
    problems = check(tmp_path, body_zh="")
    assert [(problem.file, problem.code) for problem in problems] == [
        ("binary.md", "unreadable"),
        ("empty.md", "unreadable"),
        ("first.md", "missing-language"),
    ]


def test_links_inside_code_are_code(tmp_path: Path) -> None:
    assert check(tmp_path, body_en="Call `f[0](x)` or\n```\na[1](y)\n```") == []


def test_an_empty_folder_is_a_problem(tmp_path: Path) -> None:
    assert codes(check_entries(tmp_path, CALCULATORS, TODAY)) == ["no-entries"]


def test_the_packaged_entries_are_in_order() -> None:
    calculators = {
        "file_size", "inference", "training", "fit", "max_batch", "utilization_flops",
        "utilization_throughput", "gpu_info", "compare_gpu", "dtype_bits", "plan", "communication",
    }  # fmt: skip
    assert check_entries(None, calculators, TODAY) == []
