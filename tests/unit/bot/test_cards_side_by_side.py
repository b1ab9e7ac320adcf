"""Cards stand side by side in a table, in a terminal and in Slack."""

from __future__ import annotations

from bot.answering import Answerer
from bot.question import Question
from bot.rendering import blocks, plain_text
from bot.rendering.columns import width
from bot.rendering.plainer import plainer


def test_two_cards_are_columns_of_a_table() -> None:
    # NVIDIA's datasheets: A100 80GB SXM 2,039 GB/s and 400 W, H100 SXM5 3,350 GB/s and 700 W.
    answer = Answerer().answer(Question(text="difference between A100 and H100"))
    table = plain_text(answer).split("\n\n")[1].split("\n")
    assert table[0].startswith("Side by side")
    seen = {"H100 80GB SXM5", "3,350 GB/s", "700 W"}
    starts = {line.index(figure) for line in table for figure in seen if figure in line}
    assert len(starts) == 1
    assert max(map(len, table)) <= 100


def test_chinese_columns_line_up_by_what_a_terminal_shows() -> None:
    answer = Answerer().answer(Question(text="A100 和 H100 对比"))
    table = plain_text(answer).split("\n\n")[1].split("\n")
    second = {
        width(line[: line.index(figure)])
        for line in table
        for figure in ("H100 80GB", "3,350 GB/s", "989.4 TFLOPS", "700 W")
        if figure in line
    }
    assert len(second) == 1
    assert any(line.endswith("1.64 倍") for line in table)


def test_many_cards_are_a_line_for_each_figure() -> None:
    answer = Answerer().answer(Question(text="compare A100, H100, V100, L40S and A800"))
    assert "\n- Memory: A100 80GB SXM4 80 GB" in plain_text(answer)


def test_slack_shows_a_table_and_any_client_columns() -> None:
    answer = Answerer().answer(Question(text="difference between A100 and H100"))
    (table,) = [block for block in blocks(answer) if block["type"] == "table"]
    assert [cell["text"] for cell in table["rows"][0]][:3] == [
        "Side by side",
        "A100 80GB SXM4",
        "H100 80GB SXM5",
    ]
    assert all(cell["text"] for row in table["rows"] for cell in row)
    plain = plainer(blocks(answer))
    assert not [block for block in plain if block["type"] == "table"]
    assert "3,350 GB/s" in str(plain)
