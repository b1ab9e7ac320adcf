"""The stores that have to pass the contract, and the records that its tests use."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from knowledge.history import PastAnswer
from knowledge.store import SqliteStore, open_store
from knowledge.visibility import Place

MAX_WAITING = 50
NOON = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)


def open_sqlite(home: Path) -> SqliteStore:
    return open_store(home / "vrambot.sqlite", max_waiting=MAX_WAITING)


# A further store joins the contract with one line here.
OPENERS = {"sqlite": open_sqlite}


@pytest.fixture(params=sorted(OPENERS))
def opener(request: pytest.FixtureRequest, tmp_path: Path) -> Callable[[], SqliteStore]:
    return lambda: OPENERS[request.param](tmp_path)


@pytest.fixture
def store(opener: Callable[[], SqliteStore]) -> Iterator[SqliteStore]:
    opened = opener()
    yield opened
    opened.close()


@pytest.fixture
def past() -> Callable[..., PastAnswer]:
    """Give a function that makes a past answer: its id, its question, other fields by name."""

    def make(id_: str = "a1", query: str = "can 4xV100 train 65B?", **changes: Any) -> PastAnswer:
        whole = PastAnswer(
            id=id_,
            query=query,
            language="en",
            kind="calculation",
            entry_id=None,
            text="No. 16 × 65e9 bytes is 1040 GB.",
            answer={"value": 1040.0, "unit": "GB", "names": ["显存"]},
            asker="U1",
            place=Place("T1", "C1", "public", thread="1.0"),
            asked_at=NOON,
        )
        return replace(whole, **changes)

    return make
