"""People of another company, who read along in a shared channel: they curate nothing here."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def is_stranger(body: Mapping[str, Any]) -> bool:
    """Return whether an interaction is somebody's of another workspace than the bot's."""
    own = str((body.get("team") or {}).get("id") or "")
    return (body.get("user") or {}).get("team_id") not in (None, "", own)
