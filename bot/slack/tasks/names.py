"""The names of the tasks that other parts put into the inbox."""

from __future__ import annotations

WHISPER = "whisper"
POLICY = "policy"
