"""What a token may do, as Slack says beside each answer of its Web API."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def granted_scopes(headers: Mapping[str, Any]) -> frozenset[str] | None:
    """Return the token's scopes, which Slack names beside each answer; None when it does not."""
    named = {name.lower(): str(value) for name, value in headers.items()}.get("x-oauth-scopes")
    return None if named is None else frozenset(one.strip() for one in named.split(","))
