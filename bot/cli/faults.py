"""Keeps the traceback of an unexpected error in a file, so that no user reads it."""

from __future__ import annotations

import tempfile
import traceback
from datetime import UTC, datetime
from pathlib import Path

from bot.home import home, terminal_language
from bot.messages import say


def keep_fault(error: Exception) -> Path:
    """Append the traceback to ``faults.log`` under the state folder and return its path."""
    lines = "".join(traceback.format_exception(error))
    entry = f"{datetime.now(UTC).isoformat()}\n{lines}\n"
    for folder in (home(), Path(tempfile.gettempdir())):
        path = folder / "vrambot-faults.log"
        try:
            folder.mkdir(parents=True, exist_ok=True)
            with path.open("a", encoding="utf-8") as log:
                log.write(entry)
        except OSError:
            continue
        return path
    return Path("vrambot-faults.log")


def fault_json(error: Exception) -> dict[str, str]:
    """Keep an unexpected error and return what a line of output says of it."""
    return {"code": "fault", "message": say("fault", terminal_language(), path=keep_fault(error))}
