"""``users.*``, ``usergroups.*``, ``team.info``, ``bots.info``, ``blocks.validate``."""

from __future__ import annotations

from bot.fakeslack.errors import ApiError
from bot.fakeslack.limits import check_blocks
from bot.fakeslack.methods.registry import Context, method, page_of
from bot.fakeslack.records import Json, User


@method("users.info", "users:read")
def user_info(ctx: Context) -> Json:
    """Describe one person; the locale only when ``include_locale`` is sent."""
    user = ctx.world.users.get(ctx.text("user"))
    if user is None or not (user.team_id == ctx.workspace.id or _shares_a_channel(ctx, user)):
        raise ApiError("user_not_found")
    found = user.as_json()
    if user.team_id != ctx.workspace.id:
        found["is_stranger"] = True
    if not ctx.flag("include_locale"):
        found.pop("locale")
    return {"user": found}


def _shares_a_channel(ctx: Context, user: User) -> bool:
    return any(
        channel.is_ext_shared and {user.id, ctx.workspace.bot_user_id} <= channel.members
        for channel in ctx.world.channels.values()
    )


@method("users.list", "users:read")
def user_list(ctx: Context) -> Json:
    """List the people of the workspace."""
    found = [one.as_json() for one in ctx.world.users.values() if one.team_id == ctx.workspace.id]
    page, metadata = page_of(found, ctx, 200, 1000)
    return {"members": page, "response_metadata": metadata}


@method("usergroups.users.list", "usergroups:read")
def usergroup_users(ctx: Context) -> Json:
    """List the members of a user group; none who left, and a disabled group only when asked."""
    group = ctx.world.usergroups.get(ctx.text("usergroup"))
    if group is None or group.team_id != ctx.workspace.id:
        raise ApiError("no_such_subteam")
    if group.disabled and not ctx.flag("include_disabled"):
        return {"users": []}
    return {"users": [one for one in group.members if not ctx.world.users[one].deleted]}


@method("team.info", "team:read")
def team_info(ctx: Context) -> Json:
    """Describe the workspace."""
    workspace = ctx.workspace
    return {"team": {"id": workspace.id, "name": workspace.name, "domain": workspace.domain}}


@method("bots.info", "users:read")
def bot_info(ctx: Context) -> Json:
    """Describe a bot."""
    wanted = ctx.text("bot", ctx.workspace.bot_id)
    for user in ctx.world.users.values():
        if user.bot_id == wanted and user.team_id == ctx.workspace.id:
            bot = {"id": wanted, "name": user.name, "user_id": user.id, "deleted": False}
            if wanted == ctx.workspace.bot_id:
                bot["app_id"] = ctx.world.app.id
            return {"bot": bot}
    raise ApiError("bot_not_found")


@method("blocks.validate")
def validate(ctx: Context) -> Json:
    """Check blocks without posting them."""
    check_blocks(ctx.structure("blocks", "invalid_blocks_format"), ctx.world.refused_blocks)
    return {}
