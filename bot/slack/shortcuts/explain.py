"""The shortcut "Explain the memory maths": what a message asks is answered to the clicker alone.

The message may be anybody's. What it says stays in its conversation: the answer is shown there to
whoever wanted it, and can be found again from there alone, in a public channel too.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from slack_bolt.async_app import AsyncAck, AsyncApp

from bot.messages import say, say_both
from bot.slack.admission import over_limit
from bot.slack.asked import Asked, answer_id
from bot.slack.asking import answered_by_url
from bot.slack.desk import Desk
from bot.slack.forms.telling import tell
from bot.slack.places import kind_of_id
from bot.slack.wire import typed
from bot.understanding.language import detect_language
from knowledge.store.errors import InboxFull

CALLBACK = "explain_message"


def register(app: AsyncApp, desk: Desk) -> None:
    """Listen to the message shortcut."""

    @app.shortcut({"type": "message_action", "callback_id": CALLBACK})
    async def wanted(ack: AsyncAck, body: dict[str, Any]) -> None:
        asked = asked_about(body, desk.identity_of(str(body["team"]["id"])).bot_user_id)
        if asked is None:
            await tell(desk, body, say_both("explain_nothing"))
        elif (note := over_limit(desk, asked)) is None:
            await _take(desk, body, asked)
        elif note:
            await tell(desk, body, note)
        await ack()


async def _take(desk: Desk, body: Mapping[str, Any], asked: Asked) -> None:
    try:
        await desk.accept(asked.item(), [f"shortcut:{asked.id}"])
    except InboxFull:
        await tell(desk, body, say("busy", detect_language(asked.text)))


def asked_about(body: Mapping[str, Any], bot_user_id: str) -> Asked | None:
    """Return the question that a message is, None for one without words."""
    message, channel = body.get("message") or {}, str((body.get("channel") or {}).get("id") or "")
    text = typed(str(message.get("text") or ""), bot_user_id)
    workspace, user = str(body["team"]["id"]), str(body["user"]["id"])
    if not text or not channel or not body.get("response_url"):
        return None
    key = f"{user}:{body.get('action_ts', '')}:{channel}:{message.get('ts', '')}"
    asked_id = answer_id(workspace, "explain", key)
    asked = Asked(
        id=asked_id,
        workspace=workspace,
        user=user,
        channel=channel,
        text=text,
        # Never public, whatever the channel is: the words are somebody else's.
        kind=kind_of_id(channel) or "private",
        private=True,
        explains=True,
    )
    return answered_by_url(asked, "explain", body["response_url"])
