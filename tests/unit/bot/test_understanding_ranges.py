"""A range of users is asked back, with the whole of it quoted and each end offered."""

import pytest

from bot.understanding import understand


@pytest.mark.parametrize(
    ("text", "quoted", "choices"),
    [
        ("20-30 users on llama-3.1-8b 8k, one 4090 enough?", "20-30", ("batch 20", "batch 30")),
        ("20到30个用户用 llama-3.1-8b 8k 一张4090够吗", "20到30", ("batch 20", "batch 30")),
        ("kv cache llama-3.1-8b 8k 10 to 20 users", "10 to 20", ("batch 10", "batch 20")),
    ],
)
def test_a_range_of_users_is_asked_back(text: str, quoted: str, choices: tuple[str, ...]) -> None:
    found = understand(text)
    assert [(p.field, p.text, p.choices) for p in found.problems] == [("batch", quoted, choices)]
    assert "batch" not in found.inputs


def test_two_numbers_of_users_that_are_weighed_are_compared() -> None:
    assert not understand("llama-3.1-8b 8k, 8 or 16 users, on a 4090?").problems
