"""Installations and one-time states in SQLite."""

from __future__ import annotations

import time
from dataclasses import astuple

from knowledge.store.connection import Connections
from knowledge.store.installations import Installation

COLUMNS = (
    "workspace, enterprise, org_wide, sealed_token, bot_user_id, bot_id, url, scopes, installed_at"
)


class SqliteInstallations:
    """``knowledge.store.installations.Installations`` in SQLite."""

    def __init__(self, connections: Connections) -> None:
        self._connections = connections

    def keep_installation(self, installation: Installation) -> None:
        """Store an installation in the place of an earlier one of the same workspace."""
        with self._connections.write() as connection:
            connection.execute(
                f"INSERT OR REPLACE INTO installations ({COLUMNS}) "
                "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
                astuple(installation),
            )

    def installation(self, workspace: str) -> Installation | None:
        """Return the installation that serves a workspace: its own, else its organisation's."""
        sql = (
            f"SELECT {COLUMNS} FROM installations WHERE workspace IN (:workspace, "
            "(SELECT enterprise FROM org_workspaces WHERE workspace = :workspace)) "
            "ORDER BY org_wide LIMIT 1"
        )
        with self._connections.read() as connection:
            row = connection.execute(sql, {"workspace": workspace}).fetchone()
        return None if row is None else _installation(row)

    def installations(self) -> list[Installation]:
        """Return all installations, oldest first."""
        sql = f"SELECT {COLUMNS} FROM installations ORDER BY installed_at, workspace"
        with self._connections.read() as connection:
            return [_installation(row) for row in connection.execute(sql)]

    def serve_from_org(self, workspace: str, enterprise: str) -> None:
        """Note that a workspace belongs to an organisation with an org-wide installation."""
        with self._connections.write() as connection:
            connection.execute(
                "INSERT OR REPLACE INTO org_workspaces (workspace, enterprise) VALUES (?, ?)",
                (workspace, enterprise),
            )

    def workspaces_of(self, enterprise: str) -> list[str]:
        """Return the workspaces that were noted for an organisation."""
        sql = "SELECT workspace FROM org_workspaces WHERE enterprise = ? ORDER BY workspace"
        with self._connections.read() as connection:
            return [str(row[0]) for row in connection.execute(sql, (enterprise,))]

    def use_state(self, digest: str, lasts_s: float) -> bool:
        """Note that a state was used, for as long as it lasts; False when it was before."""
        now = time.time()
        with self._connections.write() as connection:
            connection.execute("DELETE FROM oauth_states WHERE expires_at <= ?", (now,))
            noted = connection.execute(
                "INSERT OR IGNORE INTO oauth_states (digest, expires_at) VALUES (?, ?)",
                (digest, now + lasts_s),
            )
            return bool(noted.rowcount)


def _installation(row: tuple[str, str | None, int, str, str, str, str, str, float]) -> Installation:
    workspace, enterprise, org_wide, *others, installed_at = row
    sealed_token, bot_user_id, bot_id, url, scopes = (str(one) for one in others)
    return Installation(
        workspace=workspace,
        enterprise=enterprise,
        org_wide=bool(org_wide),
        sealed_token=sealed_token,
        bot_user_id=bot_user_id,
        bot_id=bot_id,
        url=url,
        scopes=scopes,
        installed_at=float(installed_at),
    )
