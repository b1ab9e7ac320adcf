"""What belongs to a workspace and to a person in a store, by the names of tables and columns.

The names are the rule, so that a new table is covered the day it is added: a column ``workspace``
ties a row to a workspace, the columns below tie it to a person. A test fails on a table or a
column that has no rule here.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Protocol

FORMER_MEMBER = "former-member"
"""Stands where a person was named who asked to be forgotten."""

OWN_COLUMNS = frozenset({"asker", "user"})
"""The row is that person's: exported, and deleted when they ask for it."""

OWNER_COLUMNS = frozenset({"owner"})
"""As above, written ``user:U1``; channels and the workspace own rows too."""

NAMED_COLUMNS = frozenset({"author", "set_by", "settled_by"})
"""The row is the team's and names the person who made it: kept under ``FORMER_MEMBER``."""

ADDRESSED_COLUMNS = frozenset({"payload"})
"""JSON in a queue: the row is the person's where a value is their id, or mentions them."""

KEY_COLUMNS = frozenset({"key"})
"""Dedupe keys; those of a person's clicks hold their id."""

QUOTING_COLUMNS = frozenset({"content"})
"""The team's text, which may quote or mention the person: kept, without the id."""

INDEX_COLUMNS = frozenset({"numbers", "query_tokens"})
"""Made from the question for the search; left out of an export."""

SECRET_COLUMNS = frozenset({"sealed_token"})

WORKSPACE_EXEMPT: Mapping[str, str] = {
    "about": "one row about the file itself, nothing of any workspace",
    "answers_fts": "follows the rows of answers by a trigger",
    "oauth_states": "digests of states of installs, kept for ten minutes; they name nobody",
    "_sqlite_migrations": "which steps of the schema were applied",
}
"""Tables without a workspace, and why deleting a workspace need not look at them."""


class Erasure(Protocol):
    """Takes out, or hands out, what is stored of a workspace or a person."""

    def forget_workspace(self, workspace: str) -> Mapping[str, int]:
        """Delete every row of a workspace; for an organisation, of all its workspaces too.

        Return how many rows went from each table.
        """

    def export_person(self, workspace: str, user: str) -> Mapping[str, list[dict[str, Any]]]:
        """Return every row that belongs to a person or names them, by table."""

    def forget_person(self, workspace: str, user: str) -> Mapping[str, int]:
        """Delete a person's rows, and their name where a row is the team's.

        Verdicts on an answer go with the answer. Return how many rows were touched in each table.
        """


def is_slack_id(user: str) -> bool:
    """Return whether a name is a Slack user's id, which is never another word."""
    return bool(re.fullmatch(r"[UW][A-Z0-9]+", user))


def addressed(user: str) -> tuple[str, str, str]:
    """Return the three ways in which JSON text holds a user: a value, a mention, a labelled one."""
    return f'"{user}"', f"<@{user}>", f"<@{user}|"
