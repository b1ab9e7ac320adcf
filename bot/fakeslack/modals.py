"""What people do in forms and in App Home: fill in, submit, close, click."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from bot.fakeslack.delivery.records import Delivery
from bot.fakeslack.errors import ApiError, ImpossibleInSlack
from bot.fakeslack.forms import form_state
from bot.fakeslack.interactions import Interactions, Reply
from bot.fakeslack.limits import check_view
from bot.fakeslack.methods.views import (
    MOST_STACKED,
    new_view,
    replace_view,
    stack_height,
    view_json,
)
from bot.fakeslack.records import Json, User, View
from bot.fakeslack.walk import interactive, nested


@dataclass(frozen=True, slots=True)
class ViewReply:
    """What a submitted form did: ``action`` is close, clear, errors, update or push."""

    delivery: Delivery
    action: str
    errors: dict[str, str] = field(default_factory=dict)
    view: View | None = None
    error: str | None = None


class Modals(Interactions):
    """Forms and App Home. Each act waits for the app's acknowledgement."""

    async def click_in_view(
        self,
        user: User,
        view: View,
        action_id: str,
        value: str | None = None,
        *,
        typed: dict[str, Any] | None = None,
    ) -> Reply:
        """Click or choose in a modal or App Home; ``typed`` is what stands in other fields.

        Raises:
            ImpossibleInSlack: there is no such element, or it is an input that tells the app
                nothing before the form is submitted.

        """
        action = self._action(user, view.payload["blocks"], action_id, value)
        if value is not None and not _tells(view, action["block_id"]):
            raise ImpossibleInSlack(f"{action_id} does not dispatch actions")
        shown = view_json(self.world, view)
        entered = dict(typed or {})
        if value is not None:
            entered[action["block_id"]] = value
        shown["state"] = {"values": form_state(view.payload["blocks"], entered)}
        payload = self._interaction("block_actions", user, view.team_id, view.id) | {
            "container": {"type": "view", "view_id": view.id},
            "view": shown,
            "actions": [action],
        }
        return await self._reply("interactive", payload)

    async def suggestions(self, user: User, view: View, action_id: str, typed: str) -> list[Json]:
        """Type into a menu whose options the app supplies; give the options it offers.

        Raises:
            ImpossibleInSlack: there is no such menu.

        """
        for block, element in interactive(view.payload["blocks"]):
            if element["action_id"] == action_id and "external" in element["type"]:
                payload = self._interaction("block_suggestion", user, view.team_id, view.id)
                payload.pop("trigger_id")
                payload |= {
                    "action_id": action_id,
                    "block_id": block["block_id"],
                    "value": typed,
                    "container": {"type": "view", "view_id": view.id},
                    "view": view_json(self.world, view),
                }
                delivery = self.dispatcher.send("interactive", payload)
                await delivery.finished.wait()
                body = delivery.attempts[0].body
                found = body.get("options") if isinstance(body, dict) else None
                return list(found or [])
        raise ImpossibleInSlack(f"no menu here is called {action_id}")

    def modal(self, user: User | None = None) -> View | None:
        """Give the modal on top of a person's screen."""
        user = user or self.user
        views = [
            one
            for one in self.world.views.values()
            if one.user_id == user.id and one.kind == "modal"
        ]
        return views[-1] if views else None

    async def submit(self, user: User, view: View, values: dict[str, Any]) -> ViewReply:
        """Fill a form by action id (or block id) and submit it.

        Raises:
            ImpossibleInSlack: the view is gone, a field does not exist or a required one is empty.

        """
        if view.id not in self.world.views or view.user_id != user.id:
            raise ImpossibleInSlack(f"{user.name} does not see that form")
        shown = view_json(self.world, view)
        shown["state"] = {"values": form_state(view.payload["blocks"], values, complete=True)}
        payload = self._interaction("view_submission", user, view.team_id, view.id)
        payload |= {"view": shown, "response_urls": self._response_urls(user, view, shown)}
        delivery = self.dispatcher.send("interactive", payload)
        await delivery.finished.wait()
        outcome = delivery.attempts[0]
        if not outcome.acknowledged:
            return ViewReply(delivery, "error", error=outcome.reason, view=view)
        return self._view_response(delivery, view, outcome.body)

    def _response_urls(self, user: User, view: View, shown: Json) -> list[Json]:
        """Give a ``response_url`` for each conversation chosen in a menu that asks for one.

        Raises:
            ImpossibleInSlack: the person does not see that conversation.

        """
        found: list[Json] = []
        for block, element in interactive(view.payload["blocks"]):
            entered = shown["state"]["values"].get(block["block_id"], {})
            chosen = entered.get(element["action_id"], {}) if entered else {}
            channel_id = chosen.get("selected_conversation") or chosen.get("selected_channel")
            if not element.get("response_url_enabled") or channel_id is None:
                continue
            channel = self.world.channels.get(channel_id)
            if channel is None:
                raise ImpossibleInSlack(f"there is no conversation {channel_id}")
            self.world.member(channel, user)
            found.append(
                {
                    "block_id": block["block_id"],
                    "action_id": element["action_id"],
                    "channel_id": channel_id,
                    "response_url": self.world.new_response_url(channel_id, user.id),
                }
            )
        return found

    async def close_modal(self, user: User, view: View) -> None:
        """Close a form; the app hears of it if it asked to."""
        self.world.views.pop(view.id, None)
        if view.payload.get("notify_on_close"):
            payload = self._interaction("view_closed", user, view.team_id)
            payload.pop("trigger_id")
            payload |= {"view": view_json(self.world, view), "is_cleared": False}
            await self.dispatcher.send("interactive", payload).finished.wait()

    def _view_response(self, delivery: Delivery, view: View, body: Any) -> ViewReply:
        action = body.get("response_action") if isinstance(body, dict) else None
        below = self.world.views.get(view.previous_id or "")
        try:
            if action == "errors":
                known = {str(block.get("block_id")) for block in view.payload["blocks"]}
                errors = dict(body.get("errors") or {})
                if not errors or not known.issuperset(errors):
                    raise ApiError("invalid_arguments")
                view.errors = errors
                return ViewReply(delivery, "errors", errors, view)
            if action == "update":
                replace_view(self.world, view, self._checked(body))
                return ViewReply(delivery, "update", view=view)
            if action == "push":
                if stack_height(self.world, view) >= MOST_STACKED:
                    raise ApiError("push_limit_reached")
                payload = self._checked(body)
                pushed = new_view(self.world, payload, view.team_id, view.user_id, view)
                return ViewReply(delivery, "push", view=pushed)
        except ApiError as error:
            return ViewReply(delivery, "error", error=error.code, view=view)
        self.world.views.pop(view.id, None)
        if action == "clear":
            for other in [one for one in self.world.views.values() if one.root_id == view.root_id]:
                self.world.views.pop(other.id)
            return ViewReply(delivery, "clear")
        return ViewReply(delivery, "close", view=below)

    def _checked(self, body: Json) -> Json:
        return check_view(body.get("view"), "modal", self.world.refused_blocks)


def _tells(view: View, block_id: str) -> bool:
    """Whether choosing in a block is told at once: not in an input block, unless it says so."""
    block = next(one for one in nested(view.payload["blocks"]) if one["block_id"] == block_id)
    return block["type"] != "input" or bool(block.get("dispatch_action"))
