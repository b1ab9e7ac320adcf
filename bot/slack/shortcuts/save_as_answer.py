"""Save as answer: a thread becomes the beginning of an entry, which a curator then confirms."""

from __future__ import annotations

from typing import Any

from slack_bolt.async_app import AsyncAck, AsyncApp
from slack_sdk.web.async_client import AsyncWebClient

from bot.messages import say
from bot.slack.curation.jobs import record
from bot.slack.curation.names import SHORTCUT
from bot.slack.curation.waiting import external_id_of, waiting
from bot.slack.desk import Desk
from bot.slack.forms.opening import open_form
from bot.slack.forms.telling import tell
from bot.slack.tastes import language_for
from knowledge.store.errors import InboxFull

KEPT = ("ts", "thread_ts", "user", "username", "text")
MOST_CHARACTERS = 12_000


def register(app: AsyncApp, desk: Desk) -> None:
    """Listen to the shortcut in a message's menu."""

    @app.message_shortcut(SHORTCUT)
    async def wanted(ack: AsyncAck, body: dict[str, Any], client: AsyncWebClient) -> None:
        workspace, user = str(body["team"]["id"]), str(body["user"]["id"])
        said = body["message"]
        text = str(said.get("text") or "")[:MOST_CHARACTERS]
        language = language_for(desk.store, workspace, user, text)
        key = f"shortcut:{body['action_ts']}:{user}"
        if not desk.is_repeat(workspace, [key]):
            external_id = external_id_of(workspace, key)
            fault = await open_form(client, body, waiting(language, external_id))
            if fault is None:
                message = {name: said[name] for name in KEPT if name in said} | {"text": text}
                values = {
                    "language": language,
                    "channel": body["channel"]["id"],
                    "message": message,
                    "external_id": external_id,
                    "response_url": body.get("response_url"),
                }
                try:
                    await record(desk, workspace, user, "thread", key, **values)
                except InboxFull:
                    fault = "busy"
            if fault is not None:
                await tell(desk, body, say(fault, language))
        await ack()
