"""Closing a store while another thread reads: SQLite crashes on a connection closed in use."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

from knowledge.store import connection as connections
from knowledge.store.connection import Connections
from knowledge.store.errors import StoreError

ENDLESS = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n"


def reading(opened: Connections, sql: str, said: list[object]) -> threading.Thread:
    """Return a thread that is inside a read when this returns."""
    inside = threading.Event()

    def read() -> None:
        try:
            with opened.read() as connection:
                inside.set()
                said.append(connection.execute(sql).fetchone()[0])
        except StoreError as error:
            said.append(error)

    thread = threading.Thread(target=read)
    thread.start()
    assert inside.wait(10)
    return thread


@pytest.fixture
def opened(tmp_path: Path) -> Connections:
    opened = Connections(tmp_path / "store.sqlite")
    opened.prepare()
    return opened


def test_a_read_under_way_is_waited_for(opened: Connections) -> None:
    said: list[object] = []
    thread = reading(opened, f"{ENDLESS.replace('FROM n)', 'FROM n WHERE i < 100000)')}", said)
    opened.close()
    thread.join(10)
    assert said == [100_000]


def test_a_read_that_lasts_is_interrupted(
    opened: Connections, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connections, "CLOSE_S", 0.1)
    said: list[object] = []
    thread = reading(opened, ENDLESS, said)
    opened.close()
    thread.join(10)
    assert not thread.is_alive()
    assert isinstance(said[0], StoreError)
