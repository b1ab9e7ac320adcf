"""Memory of all the cards together, and cards of each machine, in both languages."""

import pytest

from bot.understanding.understand import understand


@pytest.mark.parametrize(
    ("text", "each"),
    [
        ("8 卡总共 192G，70B 全参训练够吗", 24e9),  # 192 / 8
        ("8 cards with 192GB in total: 70B full training?", 24e9),
        ("一共 320G 显存的 8 张卡，13B 全参训练够吗", 40e9),  # 320 / 8
        ("8 张卡显存总共 192G，70B 全参训练够吗", 24e9),
        ("192GB of VRAM across 8 cards: 13B full training?", 24e9),
        ("8 A100 with 320GB total, 13B full training?", 40e9),
        ("8 张 A100 共 640G，70B 全参训练够吗", 80e9),  # 640 / 8
        ("8 张 80G 卡，一共 640G，70B 全参够吗", 80e9),
    ],
)
def test_memory_of_all_cards_is_shared_among_them(text, each):
    read = understand(text)
    assert read.request["gpu_count"] == 8
    assert read.request["gpu_memory_bytes"] == each
    assert not read.problems


@pytest.mark.parametrize(
    "text",
    [
        "8 A100 80G in total: 70B full training?",
        "A100 80G 总共 8 张，70B 全参训练够吗",
        "8 A100 80G across 2 nodes: 70B full training?",
    ],
)
def test_a_total_of_cards_leaves_the_memory_of_each(text):
    request = understand(text).request
    assert (request["gpu_count"], request["gpu_memory_bytes"]) == (8, 80e9)


def test_a_share_that_the_card_never_had_is_asked_back():
    (problem,) = understand("8 张 A100 共 200G，13B 全参训练够吗").problems
    assert (problem.code, problem.text) == ("contradiction", "A100 25 GB")


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("each node has 4 V100 32G, 2 nodes: 13B full training?", 8),  # 4 · 2
        ("every machine has 8 A100 80G and we have 3 machines: 70B full training?", 24),
        ("3 servers, each server with 8 H100: 70B full training?", 24),
        ("每台机器装了 8 张 A100 80G，3 台：70B 全参够吗", 24),
    ],
)
def test_the_cards_of_each_machine_are_counted_over_all_machines(text, count):
    assert understand(text).request["gpu_count"] == count
