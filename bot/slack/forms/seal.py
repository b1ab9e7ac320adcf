"""What a form carries is sealed: by whom it was opened, when, and that nothing of it was changed.

Slack hands ``private_metadata`` back as it got it. A form acts on a channel and an answer that it
names there: what comes back is believed only where this app wrote it, for that person and form, not
long ago.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import time
from collections.abc import Callable, Mapping
from typing import Any

from bot.settings import Settings

OPEN_S = 3_600.0
View = dict[str, Any]


class Seal:
    """Seals what forms carry; every process with the same credentials opens it."""

    def __init__(self, secret: str, clock: Callable[[], float] = time.time) -> None:
        self._key = hashlib.blake2b(secret.encode(), person=b"vrambot forms").digest()
        self._clock = clock

    def sealed(self, view: View, workspace: str, user: str) -> View:
        """Return a form whose ``private_metadata`` is sealed for one person."""
        carried, at = str(view.get("private_metadata") or ""), int(self._clock())
        proof = self._proof(carried, at, workspace, user, str(view["callback_id"]))
        metadata = json.dumps({"carried": carried, "at": at, "proof": proof}, ensure_ascii=False)
        return {**view, "private_metadata": metadata}

    def opened(self, view: Mapping[str, Any], workspace: str, user: str) -> str | None:
        """Return what a submitted form carries; None where it is not to be believed."""
        try:
            read = json.loads(str(view.get("private_metadata") or ""))
            carried, at, proof = str(read["carried"]), int(read["at"]), str(read["proof"])
        except (ValueError, KeyError, TypeError):
            return None
        expected = self._proof(carried, at, workspace, user, str(view.get("callback_id")))
        if not hmac.compare_digest(expected.encode(), proof.encode()):
            return None
        return carried if self._clock() - at <= OPEN_S else None

    def _proof(self, carried: str, at: int, *names: str) -> str:
        sealed = json.dumps([carried, at, *names]).encode()
        return hmac.new(self._key, sealed, hashlib.sha256).hexdigest()


def secret_of(settings: Settings) -> str:
    """Return what all processes of one app have in common and nobody else knows."""
    known = (settings.slack_signing_secret, settings.slack_app_token, settings.slack_bot_token)
    return next((one.get_secret_value() for one in known if one is not None), "")
