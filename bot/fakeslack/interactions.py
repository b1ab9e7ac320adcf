"""What people do with the app's parts: commands, buttons, shortcuts."""

from __future__ import annotations

import re
from dataclasses import dataclass

from bot.fakeslack.delivery.records import Delivery, DeliveryKind, Outcome
from bot.fakeslack.errors import ApiError, ImpossibleInSlack
from bot.fakeslack.forms import chosen, form_state
from bot.fakeslack.people import People
from bot.fakeslack.records import Channel, Json, Message, User
from bot.fakeslack.responses import respond
from bot.fakeslack.walk import interactive


@dataclass(frozen=True, slots=True)
class Reply:
    """What a person saw after a command or a click.

    ``error`` is what Slack showed instead: ``operation_timeout`` (no acknowledgement in 3 s),
    ``http_service_error``, ``invalid_command_response``; ``message`` is the answer that came in
    the acknowledgement, None when there was none.
    """

    delivery: Delivery
    message: Message | None = None
    error: str | None = None


class Interactions(People):
    """Commands, clicks and shortcuts. Each waits for the app's acknowledgement."""

    async def slash(self, user: User, channel: Channel, command: str, text: str = "") -> Reply:
        """Type a slash command; text is as typed, escaped only if the command asks for it.

        Raises:
            ImpossibleInSlack: no such command, or the person is not in the channel.

        """
        if command not in self.app.commands:
            raise ImpossibleInSlack(f"{command} is not a valid command")
        self.world.member(channel, user)
        escapes = self.app.commands[command]
        response_url = self.world.new_response_url(channel.id, user.id)
        payload: Json = {
            "token": self.app.verification_token,
            "team_id": channel.team_id,
            "team_domain": self.world.workspaces[channel.team_id].domain,
            "channel_id": channel.id,
            "channel_name": _channel_name(channel),
            "user_id": user.id,
            "user_name": user.name,
            "command": command,
            "text": self._escaped(text, channel.team_id) if escapes else text.strip(),
            "api_app_id": self.app.id,
            **self._organisation(channel.team_id),
            "response_url": response_url,
            "trigger_id": self.world.new_trigger(channel.team_id, user.id),
        }
        return await self._reply("slash_commands", payload, response_url)

    async def click(
        self, user: User, message: Message, action_id: str, value: str | None = None
    ) -> Reply:
        """Click a button, or choose ``value`` in a menu or feedback element, of a message.

        Raises:
            ImpossibleInSlack: the person does not see the message or that element.

        """
        channel = self.world.channels[message.channel_id]
        if message.deleted or message.ephemeral_to not in (None, user.id):
            raise ImpossibleInSlack(f"{user.name} does not see that message")
        self.world.member(channel, user)
        action = self._action(user, message.blocks, action_id, value)
        response_url = self.world.new_response_url(channel.id, user.id, message.ts)
        payload = self._interaction("block_actions", user, channel.team_id) | {
            "container": {
                "type": "message",
                "message_ts": message.ts,
                "channel_id": channel.id,
                "is_ephemeral": message.ephemeral_to is not None,
            },
            "channel": {"id": channel.id, "name": _channel_name(channel)},
            "message": message.as_json(with_metadata=True),
            "state": {"values": form_state(message.blocks, {})},
            "response_url": response_url,
            "actions": [action],
        }
        if message.is_reply:
            payload["container"]["thread_ts"] = message.thread_ts
        if message.ephemeral_to is not None:
            payload.pop("message")
        return await self._reply("interactive", payload)

    async def shortcut(self, user: User, callback_id: str, message: Message | None = None) -> Reply:
        """Run a global shortcut, or a message shortcut on a message.

        Raises:
            ImpossibleInSlack: the app has shortcuts, and this is none of them.

        """
        kind = "global" if message is None else "message"
        offered = [one.callback_id for one in self.app.shortcuts if one.kind == kind]
        if self.app.shortcuts and callback_id not in offered:
            raise ImpossibleInSlack(f"there is no {kind} shortcut {callback_id}")
        if message is None:
            payload = self._interaction("shortcut", user, user.team_id)
            payload |= {"callback_id": callback_id, "action_ts": self.world.ids.ts()}
            return await self._reply("interactive", payload)
        channel = self.world.channels[message.channel_id]
        self.world.member(channel, user)
        payload = self._interaction("message_action", user, channel.team_id) | {
            "callback_id": callback_id,
            "action_ts": self.world.ids.ts(),
            "message_ts": message.ts,
            "message": message.as_json(),
            "channel": {"id": channel.id, "name": _channel_name(channel)},
            "response_url": self.world.new_response_url(channel.id, user.id),
        }
        return await self._reply("interactive", payload)

    def _escaped(self, text: str, team_id: str) -> str:
        wire = self.typed(text.strip(), team_id)
        users = self.world.users
        return re.sub(r"<@([A-Z0-9]+)>", lambda hit: f"<@{hit[1]}|{users[hit[1]].name}>", wire)

    def _organisation(self, team_id: str) -> Json:
        """Give the fields of a command that tell of an organisation."""
        workspace = self.world.workspaces[team_id]
        found: Json = {"is_enterprise_install": str(workspace.org_wide).lower()}
        if workspace.enterprise_id is not None:
            enterprise = self.world.enterprises[workspace.enterprise_id]
            found |= {"enterprise_id": enterprise.id, "enterprise_name": enterprise.name}
        return found

    def _interaction(self, kind: str, user: User, team_id: str, view_id: str | None = None) -> Json:
        workspace = self.world.workspaces[team_id]
        enterprise = self.world.enterprises.get(workspace.enterprise_id or "")
        return {
            "type": kind,
            "token": self.app.verification_token,
            "api_app_id": self.app.id,
            # With an org-wide install the team may be missing: the user's and the view's tell.
            "team": None
            if workspace.org_wide
            else {"id": workspace.id, "domain": workspace.domain},
            "user": {
                "id": user.id,
                "username": user.name,
                "name": user.name,
                "team_id": user.team_id,
            },
            "enterprise": enterprise and {"id": enterprise.id, "name": enterprise.name},
            "is_enterprise_install": workspace.org_wide,
            "trigger_id": self.world.new_trigger(workspace.id, user.id, view_id),
        }

    def _action(self, user: User, blocks: list[Json], action_id: str, value: str | None) -> Json:
        for block, element in interactive(blocks):
            if element["action_id"] != action_id:
                continue
            if user.id not in element.get("visible_to_user_ids", [user.id]):
                raise ImpossibleInSlack(f"{user.name} does not see {action_id}")
            return {
                **chosen(element, value),
                "action_id": action_id,
                "block_id": block["block_id"],
                "action_ts": self.world.ids.ts(),
            }
        raise ImpossibleInSlack(f"nothing here has the action id {action_id}")

    async def _reply(
        self, kind: DeliveryKind, payload: Json, response_url: str | None = None
    ) -> Reply:
        shown: list[Message | ApiError | None] = []
        delivery = self.dispatcher.send(
            kind, payload, lambda outcome: shown.append(self._shown(outcome, response_url))
        )
        await delivery.finished.wait()
        if not shown:
            late = delivery.attempts[0].reason in ("http_timeout", "timeout")
            return Reply(delivery, error="operation_timeout" if late else "http_service_error")
        if isinstance(shown[0], ApiError):
            return Reply(delivery, error="invalid_command_response")
        return Reply(delivery, shown[0])

    def _shown(self, outcome: Outcome, response_url: str | None) -> Message | ApiError | None:
        body = outcome.body
        if isinstance(body, str):
            body = {"text": body} if body.strip() else {}
        if not body or response_url is None:
            return None
        try:
            url = self.world.response_urls[response_url.rpartition("/")[2]]
            return respond(self.world, url, body, "acknowledgement")
        except ApiError as error:
            return error


def _channel_name(channel: Channel) -> str:
    return {"im": "directmessage", "private": "privategroup"}.get(channel.kind, channel.name)
