"""Markdown becomes Slack's mrkdwn; nothing in it can ping."""

from __future__ import annotations

import pytest

from bot.rendering.mrkdwn import escape, mrkdwn_paragraphs


def converted(markdown: str) -> str:
    return "\n\n".join(mrkdwn_paragraphs(markdown))


@pytest.mark.parametrize(
    ("markdown", "expected"),
    [
        ("**bold** and *soft*", "*bold* and _soft_"),
        ("## 显存 heading", "*显存 heading*"),
        ("- one\n- two `x < y`", "• one\n• two `x &lt; y`"),
        ("3. 三\n4. 四", "3. 三\n4. 四"),
        ("[ZeRO](https://a.example/x)", "<https://a.example/x|ZeRO>"),
        ("a & b <!channel>", "a &amp; b &lt;!channel&gt;"),
        ("<!here>", "&lt;!here&gt;"),
        ("> 引用", ">引用"),
        ("- a\n  - b", "• a\n    • b"),
    ],
)
def test_markdown_elements(markdown: str, expected: str) -> None:
    assert converted(markdown) == expected


def test_code_keeps_its_lines_and_is_escaped() -> None:
    assert converted("```\nnvidia-smi topo -m\na <b>\n```") == (
        "```nvidia-smi topo -m\na &lt;b&gt;\n```"
    )


def test_a_table_becomes_aligned_rows() -> None:
    assert converted("| a | bb |\n| --- | --- |\n| ccc | d |") == "```a    bb\nccc  d```"


def test_escape_touches_three_characters_only() -> None:
    assert escape("<@U1> & *星* `x` >") == "&lt;@U1&gt; &amp; *星* `x` &gt;"
