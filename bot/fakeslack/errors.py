"""Errors of the fake Slack.

``FakeSlackError``
├── ``AddressTaken``       the host and port cannot be bound
├── ``ApiError``           a Web API call is answered ``{"ok": false, "error": code}``
└── ``ImpossibleInSlack``  a test asks a person to do what Slack would not let anyone do
"""

from __future__ import annotations

from typing import Any


class FakeSlackError(Exception):
    """Base of everything that the fake Slack raises on purpose."""


class AddressTaken(FakeSlackError):
    """The host and port cannot be bound."""


class ApiError(FakeSlackError):
    """A refused Web API call; ``extra`` joins the answer's JSON."""

    def __init__(self, code: str, **extra: Any) -> None:
        super().__init__(code)
        self.code = code
        self.extra = extra

    @classmethod
    def explained(cls, code: str, messages: list[str]) -> ApiError:
        """Refuse with explanations in ``response_metadata.messages``, as Slack does."""
        return cls(
            code,
            errors=messages,
            response_metadata={"messages": [f"[ERROR] {text}" for text in messages]},
        )


class ImpossibleInSlack(FakeSlackError):
    """What the test asks for cannot be done by a person in Slack (no such button, not a member)."""
