"""``/vram policy …`` and ``/vram settings``: how the bot behaves in a channel, and for a person."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from slack_bolt.async_app import AsyncAck

from bot.messages import say
from bot.question import Language
from bot.rendering.actions import DEFAULTS
from bot.rendering.blocks import button, section
from bot.rendering.mrkdwn import escape
from bot.slack.asked import answer_id
from bot.slack.desk import Desk
from bot.slack.places import kind_of_id
from bot.slack.policy import POLICIES, Policy, policy_line, policy_named
from bot.slack.tasks.names import POLICY
from bot.slack.tastes import language_for
from knowledge.store import Item
from knowledge.store.errors import StoreError

ORDER = re.compile(r"(policy|settings|策略|设置)(?:[\s:：]+(.{0,40}))?", re.IGNORECASE)
SET_POLICY = "policy_set"
Block = dict[str, Any]


def order_in(text: str) -> tuple[str, str] | None:
    """Return (``policy`` or ``settings``, its words) of a command, None when it is a question."""
    match = ORDER.fullmatch(text.strip())
    if match is None or (match[2] and len(match[2].split()) > 2):
        return None
    name = "policy" if match[1].casefold() in ("policy", "策略") else "settings"
    return name, (match[2] or "").strip()


async def obey(
    ack: AsyncAck, desk: Desk, command: Mapping[str, Any], order: tuple[str, str]
) -> None:
    """Acknowledge an order: with what holds in this channel, or with what was wrong with it."""
    workspace, channel = command["team_id"], command["channel_id"]
    language = language_for(desk.store, workspace, command["user_id"], command.get("text") or "")
    name, words = order
    policy = policy_named(words) if name == "policy" else None
    if policy is not None:
        try:
            await set_policy(desk, command_of(command), policy, language)
        except StoreError:
            await ack(say("busy", language))
            return
        await ack()
        return
    lines = [] if not words else [say("policy_unknown", language, words=words)]
    kind = kind_of_id(channel) or desk.places.known(workspace, channel) or "private"
    identity = desk.identity_of(workspace)
    lines.append(policy_line(desk.store, identity, channel, kind, language))
    if name == "settings":
        lines.append(say("own_data_hint", language))
    text = "\n".join(escape(line) for line in lines)
    buttons = [] if kind == "dm" else _policy_buttons(language)
    if name == "settings":
        buttons.append(button(DEFAULTS, say("button_defaults", language), language))
    blocks: list[Block] = [section(text)]
    if buttons:
        blocks.append({"type": "actions", "elements": buttons})
    await ack({"response_type": "ephemeral", "text": text, "blocks": blocks})


def command_of(command: Mapping[str, Any]) -> dict[str, Any]:
    """Return who ordered it where, and how to reply, from a command's payload."""
    return {
        "workspace": command["team_id"],
        "channel": command["channel_id"],
        "user": command["user_id"],
        "response_url": command["response_url"],
        "key": f"trigger:{command['trigger_id']}",
    }


async def set_policy(
    desk: Desk, who: Mapping[str, Any], policy: Policy, language: Language
) -> None:
    """Have a policy set; whoever ordered it is answered in the channel."""
    workspace, channel = who["workspace"], who["channel"]
    payload = {
        "task": POLICY,
        "channel": channel,
        "user": who["user"],
        "policy": policy,
        "kind": kind_of_id(channel),
        "language": language,
        "response_url": who["response_url"],
    }
    item = Item(workspace, answer_id(workspace, POLICY, who["key"]), payload)
    await desk.accept(item, [who["key"]])


def _policy_buttons(language: Language) -> list[Block]:
    return [
        button(
            f"{SET_POLICY}_{number}", say(f"button_{policy.replace('-', '_')}", language), policy
        )
        for number, policy in enumerate(POLICIES)
    ]
