"""Show the working: to whoever clicked, and to nobody else; what is shown was kept then.

It is there where the working could not be folded: in an acknowledgement, or in an answer whose
newer blocks were refused.
"""

from __future__ import annotations

from typing import Any

from slack_bolt.async_app import AsyncAck, AsyncApp

from bot.messages import say, say_both
from bot.rendering.actions import WORKING
from bot.rendering.blocks import working_block
from bot.rendering.sections import kept_workings
from bot.rendering.text import working_text
from bot.slack.actions.click import Click
from bot.slack.asked import answer_id
from bot.slack.desk import Desk
from bot.slack.remembered import calculation_of, language_of
from bot.slack.replies import Payload, note_of
from knowledge.history import PastAnswer
from knowledge.store import Post


def register(app: AsyncApp, desk: Desk) -> None:
    """Listen to the button; whether the answer may be seen is looked at again."""

    @app.action(WORKING)
    async def wanted(ack: AsyncAck, body: dict[str, Any]) -> None:
        click = Click.read(body)
        past = await click.remembered(desk, click.value)
        if past is None:
            await click.tell(desk, say_both("answer_gone"))
        elif click.response_url is not None:
            post_id = answer_id(click.workspace, "working", click.key)
            payload = working_of(past, click.response_url, post_id)
            await desk.send(Post(click.workspace, post_id, click.channel, payload))
        await ack()


def working_of(past: PastAnswer, response_url: str, post_id: str) -> Payload:
    """Return the working of an answer, open, for one person."""
    language = language_of(past)
    parts = tuple(kept_workings(calculation_of(past), language))
    text = "\n\n".join(working_text(part) for part in parts) or say("working_none", language)
    note = note_of(text, response_url, note_id=post_id)
    return {**note, "blocks": [working_block(part, collapsed=False) for part in parts]}
