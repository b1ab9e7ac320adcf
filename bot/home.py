"""Where vrambot keeps its state, and which language the terminal speaks."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from bot.question import Language


def home() -> Path:
    """Return the folder of all state: ``VRAMBOT_HOME``, else the user's data folder."""
    given = os.environ.get("VRAMBOT_HOME")
    if given:
        return Path(given).expanduser()
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Application Support" / "vrambot"
    if sys.platform == "win32":
        base = os.environ.get("LOCALAPPDATA")
        return (Path(base) if base else Path.home() / "AppData" / "Local") / "vrambot"
    base = os.environ.get("XDG_DATA_HOME")
    return (Path(base) if base else Path.home() / ".local" / "share") / "vrambot"


def database_path() -> Path:
    """Return the path of the SQLite store."""
    return home() / "vrambot.sqlite"


def terminal_language() -> Language:
    """Return the language of the operator's locale; questions answer in their own."""
    for name in ("LC_ALL", "LC_MESSAGES", "LANG"):
        value = os.environ.get(name)
        if value:
            return "zh" if value.lower().startswith("zh") else "en"
    return "en"
