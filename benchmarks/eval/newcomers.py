"""``python -m benchmarks.eval.newcomers``: entries that a team has just added, known by few ways.

Each is added with eight ways of asking in each language, as people fill in the form. Counted is
what becomes of thirty other wordings of each, ten of them near the ways, and what the additions do
to questions about the built-in entries and to messages that nothing answers. Some of the latter are
about what the new entries treat (containers, quotas, broken cards): it is right to answer those.
"""

from __future__ import annotations

import tomllib
from collections.abc import Sequence
from datetime import date
from typing import Any

from benchmarks.eval.matchers import ranker_matcher
from benchmarks.eval.measures import Guess, score
from benchmarks.eval.sets import DATA, HALVES, Asked, load_questions
from knowledge.entries import Bilingual, Entry, EntrySource, Ways
from knowledge.matching import default_ranker
from knowledge.matching.ranker import LearnedRanker

WORDINGS = ("reworded", "unseen")


def main() -> None:
    """Print the rates of both halves; of the test half nothing but the rates."""
    records = tomllib.loads((DATA / "team.toml").read_text(encoding="utf-8"))["entry"]
    ranker = default_ranker()
    built_in = load_questions()
    before = {half: _guesses(ranker, _of(built_in, half)) for half in HALVES}
    for record in records:
        ranker.add_entry(team_entry(record))
    for half in HALVES:
        mine = [record for record in records if record["half"] == half]
        print(f"== {half}: other wordings of {len(mine)} new entries")
        for key in WORDINGS:
            asked = [one for record in mine for one in wordings(record, key)]
            for lang in ("en", "zh"):
                _print(f"{key} {lang}", [one for one in asked if one.lang == lang], ranker)
        questions = _of(built_in, half)
        for name, guesses in (("without", before[half]), ("with", _guesses(ranker, questions))):
            s = score(questions, guesses)
            print(f"   built-in {name:8} right {s.right:.1%} wrong {s.wrong:.1%}", end=" ")
            print(f"others refused {s.refused:.1%} AUROC {s.auroc:.3f}")


def team_entry(record: dict[str, Any]) -> Entry:
    """Return the entry that a record of ``team.toml`` stands for."""
    return Entry(
        id=record["id"],
        title=Bilingual(**record["title"]),
        ask=Ways(en=tuple(record["ways_en"]), zh=tuple(record["ways_zh"])),
        sources=(EntrySource(title="the team"),),
        reviewed=date(2026, 11, 24),
        body=Bilingual(en="See the team's page.", zh="见团队页面。"),
    )


def wordings(record: dict[str, Any], key: str) -> list[Asked]:
    """Return the wordings of a record under ``key``, which are not among its ways."""
    return [
        Asked(
            id=f"{record['id']}-{key}-{number}",
            text=text,
            lang="en" if text.isascii() else "zh",
            difficulty="hard",
            expect=record["id"],
            kind="faq",
            half=record["half"],
            set="team",
        )
        for number, text in enumerate(record[key], 1)
    ]


def _of(questions: Sequence[Asked], half: str) -> list[Asked]:
    return [asked for asked in questions if asked.half == half]


def _guesses(ranker: LearnedRanker, questions: Sequence[Asked]) -> list[Guess]:
    match = ranker_matcher(ranker)
    return [match(asked.text) for asked in questions]


def _print(name: str, asked: Sequence[Asked], ranker: LearnedRanker) -> None:
    guesses = _guesses(ranker, asked)
    s = score(asked, guesses)
    print(f"   {name:12} {s.asked:4} top-1 {s.top1:.1%} top-3 {s.top3:.1%}", end=" ")
    print(f"right {s.right:.1%} wrong {s.wrong:.1%}")


if __name__ == "__main__":
    main()
