"""The buttons under ``/vram policy``: each sets the policy of the channel that it stands in."""

from __future__ import annotations

import re
from typing import Any

from slack_bolt.async_app import AsyncAck, AsyncApp

from bot.messages import say
from bot.slack.actions.click import Click
from bot.slack.commands.orders import SET_POLICY, set_policy
from bot.slack.desk import Desk
from bot.slack.policy import policy_named
from bot.slack.tastes import language_for
from knowledge.store.errors import InboxFull


def register(app: AsyncApp, desk: Desk) -> None:
    """Listen to the buttons."""

    @app.action(re.compile(rf"^{SET_POLICY}_\d+$"))
    async def chosen(ack: AsyncAck, body: dict[str, Any]) -> None:
        click = Click.read(body)
        policy = policy_named(click.value)
        if policy is not None and click.response_url is not None:
            who = {
                "workspace": click.workspace,
                "channel": click.channel,
                "user": click.user,
                "response_url": click.response_url,
                "key": click.key,
            }
            language = language_for(desk.store, click.workspace, click.user)
            if desk.limits.admit(click.workspace, click.user, click.channel) != "admitted":
                # What is set is said to the whole channel.
                await click.tell(desk, say("too_fast", language))
                await ack()
                return
            try:
                await set_policy(desk, who, policy, language)
            except InboxFull:
                await click.tell(desk, say("busy", language))
        await ack()
