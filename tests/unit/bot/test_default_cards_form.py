"""Default cards are taken as they are written everywhere else: ``8×H800``."""

from __future__ import annotations

from typing import Any

import pytest

from bot.slack.forms.personal import read_defaults


def submitted(**fields: str) -> dict[str, Any]:
    return {"values": {name: {"value": {"value": text}} for name, text in fields.items()}}


@pytest.mark.parametrize(
    ("card", "number", "count"),
    [
        ("8×H800", "", 8),
        ("8xH800", "1", 8),
        ("8 * H800", "1", 8),
        ("8 张 H800", "", 8),
        ("8×H800", "16", 16),
        ("H800", "4", 4),
    ],
)
def test_a_number_may_stand_with_the_card(card: str, number: str, count: int) -> None:
    chosen, errors = read_defaults(submitted(gpu=card, gpu_count=number), "en")
    assert errors == {}
    assert "H800" in chosen["gpu"]
    assert chosen["gpu_count"] == count


@pytest.mark.parametrize("language", ["en", "zh"])
def test_a_card_of_no_name_and_no_cards_at_all_are_refused(language: Any) -> None:
    assert set(read_defaults(submitted(gpu="8×Q9999"), language)[1]) == {"gpu"}
    assert set(read_defaults(submitted(gpu="0×H800"), language)[1]) == {"gpu_count"}
