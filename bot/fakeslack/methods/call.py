"""From a token, a method's name and arguments to the JSON that Slack would answer."""

from __future__ import annotations

from bot.fakeslack.errors import ApiError
from bot.fakeslack.methods.registry import METHODS, Context, Method, need_scopes
from bot.fakeslack.records import Json, Workspace
from bot.fakeslack.world import World


def answer_call(world: World, name: str, token: str | None, args: Json) -> Json:
    """Answer one Web API call; refusals come back as ``{"ok": false, "error": …}``."""
    try:
        found = METHODS.get(name)
        if found is None:
            raise ApiError("unknown_method", req_method=name)
        workspace = _authorise(world, found, token, args)
        need_scopes(workspace, found.scopes)
        answer = found.handler(Context(world, workspace, args, name, token or ""))
        return {"ok": True, **answer}
    except ApiError as error:
        return {"ok": False, "error": error.code, **error.extra}


def _authorise(world: World, method: Method, token: str | None, args: Json) -> Workspace:
    anywhere = next(iter(world.workspaces.values()))
    if method.token == "none":
        return anywhere
    if not token:
        raise ApiError("not_authed")
    if token in world.revoked_tokens:
        raise ApiError("token_revoked")
    holders = [one for one in world.workspaces.values() if one.bot_token == token]
    if token != world.app.app_token and not holders:
        raise ApiError("invalid_auth")
    if (method.token == "app") != (token == world.app.app_token):
        raise ApiError("not_allowed_token_type")
    workspace = _meant(world, holders, args) if holders else anywhere
    if holders and not workspace.installed:
        raise ApiError("account_inactive")
    return workspace


def _meant(world: World, holders: list[Workspace], args: Json) -> Workspace:
    """Give the workspace that a call is about: an organisation's token stands for several."""
    channel = world.channels.get(str(args.get("channel")))
    user = world.users.get(str(args.get("user_id") or args.get("user") or args.get("channel")))
    named = (channel and channel.team_id, user and user.team_id, args.get("team_id"))
    return next((one for one in holders if one.id in named), holders[0])
