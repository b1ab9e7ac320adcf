"""The names of the tasks that other parts put into the inbox."""

from __future__ import annotations

WHISPER = "whisper"
POLICY = "policy"
TEAM_DEFAULTS = "team_defaults"
PROMPTS = "prompts"
EXPORT_PERSON = "export_person"
FORGET_PERSON = "forget_person"
CHART = "chart"
SETTLE = "settle"
