"""Seals tokens before they reach the store, under keys that only the environment has.

Fernet (AES-128-CBC with HMAC-SHA256) from ``cryptography``. Of several keys the first seals and
all of them open, so that a key is replaced by putting a new one before it.
"""

from __future__ import annotations

import base64
import binascii
import json
import time

from cryptography.fernet import Fernet, InvalidToken, MultiFernet

from bot.errors import BadSetting

NAME = "VRAMBOT_ENCRYPTION_KEY"
KEY_BYTES = 32


class Vault:
    """Seals and opens tokens; a sealed token opens only for the workspace that it was sealed for.

    ``keys`` are base64 texts of 32 bytes, by comma, the newest first. Raises ``BadSetting``.
    """

    def __init__(self, keys: str) -> None:
        fernets = [_fernet(key) for key in keys.split(",") if key.strip()]
        if not fernets:
            raise BadSetting("key_malformed", name=NAME)
        self._newest = fernets[0]
        self._fernet = MultiFernet(fernets)

    def seal(self, token: str, workspace: str) -> str:
        """Return the token as text that only these keys open."""
        sealed = json.dumps({"token": token, "workspace": workspace})
        return self._fernet.encrypt(sealed.encode()).decode()

    def open(self, sealed: str, workspace: str) -> str:
        """Return the token; raises ``BadSetting`` when no key opens it for this workspace."""
        try:
            opened = json.loads(self._fernet.decrypt(sealed.encode()))
        except InvalidToken:
            raise BadSetting("key_wrong", name=NAME, workspace=workspace) from None
        if opened["workspace"] != workspace:
            raise BadSetting("key_wrong", name=NAME, workspace=workspace)
        return str(opened["token"])

    def stamp(self, text: str) -> str:
        """Return a text that only these keys could have made, with the moment in it."""
        return self._fernet.encrypt(text.encode()).decode()

    def stamped(self, stamp: str, lasts_s: float) -> str | None:
        """Return what was stamped, None for anybody else's text and for one that lapsed."""
        try:
            made_at = self._fernet.extract_timestamp(stamp.encode())
            text = self._fernet.decrypt(stamp.encode()).decode()
        except (InvalidToken, UnicodeError):
            return None
        return text if time.time() - made_at <= lasts_s else None

    def is_current(self, sealed: str) -> bool:
        """Return whether the newest key opens it: then older keys are not needed for it."""
        try:
            self._newest.decrypt(sealed.encode())
        except InvalidToken:
            return False
        return True


def _fernet(key: str) -> Fernet:
    """Return a key from base64 of either alphabet; raises ``BadSetting`` without quoting it."""
    text = key.strip().replace("+", "-").replace("/", "_")
    try:
        raw = base64.urlsafe_b64decode(text.encode())
    except (binascii.Error, ValueError):
        raw = b""
    if len(raw) != KEY_BYTES:
        raise BadSetting("key_malformed", name=NAME)
    return Fernet(base64.urlsafe_b64encode(raw))
