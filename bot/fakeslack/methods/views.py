"""``views.*``: modals, opened by a fresh trigger and stacked at most three high, and App Home."""

from __future__ import annotations

from typing import Any

from bot.fakeslack.errors import ApiError
from bot.fakeslack.ids import secret
from bot.fakeslack.limits import check_view
from bot.fakeslack.methods.registry import Context, method
from bot.fakeslack.records import Json, View, copied
from bot.fakeslack.world import World

MOST_STACKED = 3


def new_view(world: World, payload: Json, team_id: str, user_id: str, below: View | None) -> View:
    """Keep a view for a person, on top of another one or alone."""
    view_id = world.ids.new("V")
    view = View(
        id=view_id,
        team_id=team_id,
        user_id=user_id,
        payload=copied(payload),
        hash=f"{world.ids.ts()}.{secret(4)}",
        root_id=below.root_id if below else view_id,
        previous_id=below.id if below else None,
    )
    world.name_blocks(view.payload["blocks"])
    world.views[view.id] = view
    return view


def replace_view(world: World, view: View, payload: Json) -> None:
    """Put a new payload into an open view, with a new hash."""
    view.payload = copied(payload)
    world.name_blocks(view.payload["blocks"])
    view.hash = f"{world.ids.ts()}.{secret(4)}"
    view.errors = {}


def view_json(world: World, view: View) -> Json:
    """Give a view as methods answer it and as interaction payloads carry it."""
    workspace = world.workspaces[view.team_id]
    defaults: Json = {
        "private_metadata": "",
        "callback_id": "",
        "external_id": "",
        "title": None,
        "submit": None,
        "close": None,
        "clear_on_close": False,
        "notify_on_close": False,
    }
    return {
        **defaults,
        **view.payload,
        "id": view.id,
        "team_id": view.team_id,
        "hash": view.hash,
        "root_view_id": view.root_id,
        "previous_view_id": view.previous_id,
        "app_id": world.app.id,
        "bot_id": workspace.bot_id,
        "app_installed_team_id": view.team_id,
        "state": {"values": {}},
    }


def stack_height(world: World, view: View) -> int:
    """Count the views from this one down to the first."""
    height = 1
    while view.previous_id is not None and view.previous_id in world.views:
        view, height = world.views[view.previous_id], height + 1
    return height


def _payload(ctx: Context, surface: Any) -> Json:
    view = ctx.structure("view")
    return check_view(view, surface, ctx.world.refused_blocks)


def _unique_external_id(ctx: Context, payload: Json, itself: View | None = None) -> None:
    external_id = payload.get("external_id")
    for view in ctx.world.views.values():
        if external_id and view is not itself and view.payload.get("external_id") == external_id:
            raise ApiError("duplicate_external_id")


@method("views.open")
def open_view(ctx: Context) -> Json:
    """Open a modal for the person whose trigger it is."""
    payload = _payload(ctx, "modal")
    _unique_external_id(ctx, payload)
    trigger = ctx.world.use_trigger(ctx.text("trigger_id"))
    view = new_view(ctx.world, payload, trigger.team_id, trigger.user_id, None)
    return {"view": view_json(ctx.world, view)}


@method("views.push")
def push_view(ctx: Context) -> Json:
    """Put a modal on top of the one that the trigger came from."""
    payload = _payload(ctx, "modal")
    trigger = ctx.world.use_trigger(ctx.text("trigger_id"))
    below = ctx.world.views.get(trigger.view_id or "")
    if below is None:
        raise ApiError("not_found")
    if stack_height(ctx.world, below) >= MOST_STACKED:
        raise ApiError("push_limit_reached")
    view = new_view(ctx.world, payload, trigger.team_id, trigger.user_id, below)
    return {"view": view_json(ctx.world, view)}


@method("views.update")
def update_view(ctx: Context) -> Json:
    """Replace an open view, found by its id or external id."""
    wanted, external = ctx.optional("view_id"), ctx.optional("external_id")
    found = [
        view
        for view in ctx.world.views.values()
        if view.id == wanted or (external and view.payload.get("external_id") == external)
    ]
    if not found or found[0].team_id != ctx.workspace.id:
        raise ApiError("not_found")
    view = found[0]
    payload = _payload(ctx, view.kind)
    _unique_external_id(ctx, payload, view)
    if ctx.optional("hash") not in (None, view.hash):
        raise ApiError("hash_conflict")
    replace_view(ctx.world, view, payload)
    return {"view": view_json(ctx.world, view)}


@method("views.publish")
def publish_view(ctx: Context) -> Json:
    """Set a person's App Home."""
    user = ctx.world.users.get(ctx.text("user_id"))
    if user is None or user.team_id != ctx.workspace.id:
        raise ApiError("user_not_found")
    payload = _payload(ctx, "home")
    homes = (one for one in ctx.world.views.values() if one.kind == "home")
    home = next((one for one in homes if one.user_id == user.id), None)
    if home is None:
        home = new_view(ctx.world, payload, ctx.workspace.id, user.id, None)
    elif ctx.optional("hash") not in (None, home.hash):
        raise ApiError("hash_conflict")
    else:
        replace_view(ctx.world, home, payload)
    return {"view": view_json(ctx.world, home)}
