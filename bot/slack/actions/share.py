"""Share in channel: the asker, and nobody else, shows a private answer to the channel, once."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from slack_bolt.async_app import AsyncAck, AsyncApp

from bot.messages import say, say_both
from bot.rendering.actions import SHARE
from bot.rendering.mrkdwn import escape
from bot.slack.actions.click import Click
from bot.slack.asked import answer_id
from bot.slack.desk import Desk
from bot.slack.remembered import language_of
from knowledge.history import PastAnswer
from knowledge.store import Post


def register(app: AsyncApp, desk: Desk) -> None:
    """Listen to the share button."""

    @app.action(SHARE)
    async def shared(ack: AsyncAck, body: dict[str, Any]) -> None:
        click = Click.read(body)
        past = await desk.stored(desk.store.get, click.value, click.viewer)
        if past is None:
            await click.tell(desk, say_both("answer_gone"))
        elif past.asker != click.user:
            await click.tell(desk, say("not_yours", language_of(past)))
        else:
            kept = await desk.stored(desk.store.kept, click.workspace, past.id)
            new = await desk.send(share_post(click, past, kept), again=True)
            await desk.stored(desk.store.shared, click.workspace, past.id)
            if not new:
                await click.tell(desk, say("shared_before", language_of(past)))
        await ack()


def share_post(click: Click, past: PastAnswer, kept: Post | None) -> Post:
    """Return the message for the channel; its id is the answer's, so that it goes out once.

    Where it was given up it may be shared anew: whoever clicks sees that it is not there.
    Rendered blocks are kept for a day; after that the text of the answer is shared.
    """
    by = say("shared_by", language_of(past), user=click.user)
    signature = {"type": "context", "elements": [{"type": "mrkdwn", "text": by}]}
    text = escape(past.text)
    rendered = _without_share(kept.payload["blocks"]) if kept else []
    payload = {
        "answer_id": past.id,
        "text": f"{text}\n\n{by}",
        "blocks": [*rendered, signature] if rendered else [],
        "response_url": click.response_url,
        "response_type": "in_channel",
    }
    post = Post(click.workspace, answer_id(click.workspace, "share", past.id), click.channel)
    return replace(post, payload=payload)


def _without_share(blocks: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return the blocks without the button that was clicked; an emptied row goes with it."""
    shown = []
    for block in blocks:
        if block.get("type") == "actions":
            left = [one for one in block["elements"] if one.get("action_id") != SHARE]
            if not left:
                continue
            block = {**block, "elements": left}
        shown.append(block)
    return shown
