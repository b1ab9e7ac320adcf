"""Markdown of entries as a terminal shows it: words, addresses and code, no marks."""

from __future__ import annotations

import re

import pytest

from bot.rendering.prose import plain_prose
from knowledge.loader import load_entries


def shown(markdown: str) -> str:
    return "\n".join(plain_prose(markdown))


@pytest.mark.parametrize(
    ("markdown", "plain"),
    [
        ("**Add five parts:** weights", "Add five parts: weights"),
        ("what is *exposed* counts", "what is exposed counts"),
        ("没有被掩盖、*暴露*出来的", "没有被掩盖、暴露出来的"),
        ("2 * 3 * 4 and a*b*c", "2 * 3 * 4 and a*b*c"),
        (
            "[Perfetto](https://ui.perfetto.dev) reads it",
            "Perfetto (https://ui.perfetto.dev) reads it",
        ),
        ("用[文档](https://x.dev/a_(b))看", "用文档（https://x.dev/a_(b)）看"),
        ("<https://x.dev>", "https://x.dev"),
        ("## Where it is loose", "Where it is loose"),
        ("`**kwargs` and `a*b*`", "`**kwargs` and `a*b*`"),
        (r"a \* b", "a * b"),
        ("- a `list` of *things*\n  - within", "- a `list` of things\n  - within"),
    ],
)
def test_marks_go_and_words_stay(markdown: str, plain: str) -> None:
    assert shown(markdown) == plain


def test_code_is_indented_and_kept_as_it_is() -> None:
    assert shown("Run:\n\n```python\ndef f(**k):\n\n    pass  # *x*\n```\n\nDone") == (
        "Run:\n\n    def f(**k):\n\n        pass  # *x*\n\nDone"
    )


def test_bold_words_can_be_set_by_the_terminal() -> None:
    lines = plain_prose("# Title\n**A** b", heading=lambda words: f"<{words}>")
    assert list(lines) == ["<Title>", "<A> b"]


@pytest.mark.parametrize("language", ["en", "zh"])
def test_no_built_in_entry_leaves_marks_behind(language) -> None:
    for entry in load_entries():
        text = shown(entry.body.in_(language))
        prose = "\n".join(line for line in text.split("\n") if not line.startswith("    "))
        bare = re.sub(r"`[^`\n]*`", "", prose)
        assert not re.search(r"\*\*|\]\(|```|^#", bare, re.MULTILINE), entry.id
