"""Keeps every test away from the user's own state and language."""

from __future__ import annotations

from pathlib import Path

import pytest


@pytest.fixture(autouse=True)
def own_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Point all state at a fresh folder and the locale at English; no Slack tokens."""
    home = tmp_path / "home"
    monkeypatch.setenv("VRAMBOT_HOME", str(home))
    monkeypatch.setenv("LC_ALL", "en_US.UTF-8")
    for name in ("SLACK_BOT_TOKEN", "SLACK_APP_TOKEN", "SLACK_SIGNING_SECRET", "SLACK_API_URL"):
        monkeypatch.delenv(name, raising=False)
    return home
