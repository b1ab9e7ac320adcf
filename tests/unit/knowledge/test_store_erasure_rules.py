"""Every table and column of the schema has a rule for deletion, so that none is forgotten."""

import pytest

from knowledge.store import erasure, open_store
from knowledge.store.sqlite_erasure import tables

RULED = (
    erasure.OWN_COLUMNS
    | erasure.OWNER_COLUMNS
    | erasure.NAMED_COLUMNS
    | erasure.ADDRESSED_COLUMNS
    | erasure.KEY_COLUMNS
    | erasure.QUOTING_COLUMNS
    | erasure.INDEX_COLUMNS
    | erasure.SECRET_COLUMNS
)
# Columns that name no person. What a person wrote (query, text, reason) stands in rows that are
# theirs by another column.
IMPERSONAL = {
    *("workspace", "enterprise", "org_wide", "channel", "thread", "place_kind", "url", "scopes"),
    *("id", "answer_id", "entry_id", "language", "kind", "permalink", "version", "bot_user_id"),
    *("bot_id", "query", "text", "answer", "verdict", "reason", "value", "error", "posted_ts"),
    *("attempts", "number", "change", "action", "based_on", "replaces", "published", "answers"),
    *("asked_at", "given_at", "updated_at", "seen_at", "received_at", "due_at", "created_at"),
    *("set_at", "saved_at", "made_at", "settled_at", "installed_at", "outcome", "private"),
    # ``state``: the numbers of a conversation, or how far a row is.
    "state",
}


@pytest.fixture(scope="module")
def schema(tmp_path_factory):
    store = open_store(tmp_path_factory.mktemp("home") / "vrambot.sqlite")
    with store._connections.read() as connection:
        found = tables(connection)
    store.close()
    return found


def is_part_of_an_index(table):
    """Return whether a table is one of those that FTS5 keeps its index in."""
    name, _, part = table.rpartition("_")
    return name in erasure.WORKSPACE_EXEMPT and part in {
        *("data", "idx", "content", "docsize", "config")
    }


def test_every_table_has_a_workspace_or_a_reason(schema):
    without = {
        table
        for table, columns in schema.items()
        if "workspace" not in columns and not is_part_of_an_index(table)
    }
    assert without == set(erasure.WORKSPACE_EXEMPT)
    assert all(erasure.WORKSPACE_EXEMPT.values())


def test_every_column_has_a_rule_for_persons(schema):
    unruled = {
        f"{table}.{column}"
        for table, columns in schema.items()
        for column in columns
        if "workspace" in columns and column not in RULED | IMPERSONAL
    }
    assert not unruled
