"""``auth.*``, ``apps.*``, ``oauth.*``, ``api.test``: who is calling, and how apps get in."""

from __future__ import annotations

from bot.fakeslack.errors import ApiError
from bot.fakeslack.ids import secret
from bot.fakeslack.methods.registry import Context, method
from bot.fakeslack.records import Json


@method("api.test", token="none")
def api_test(ctx: Context) -> Json:
    """Echo the arguments."""
    if "error" in ctx.args:
        raise ApiError(str(ctx.args["error"]))
    return {"args": ctx.args}


@method("auth.test")
def auth_test(ctx: Context) -> Json:
    """Say whose token it is."""
    workspace = ctx.workspace
    if workspace.org_wide:
        enterprise = ctx.world.enterprises[str(workspace.enterprise_id)]
        return {
            "url": f"https://{enterprise.name}.enterprise.slack.com/",
            "team": enterprise.name,
            "user": ctx.world.app.name,
            "team_id": enterprise.id,
            "enterprise_id": enterprise.id,
            "user_id": workspace.bot_user_id,
            "bot_id": workspace.bot_id,
            "is_enterprise_install": True,
        }
    return {
        "url": f"https://{workspace.domain}.slack.com/",
        "team": workspace.name,
        "user": ctx.world.app.name,
        "team_id": workspace.id,
        "user_id": workspace.bot_user_id,
        "bot_id": workspace.bot_id,
        "is_enterprise_install": False,
    }


@method("auth.revoke")
def auth_revoke(ctx: Context) -> Json:
    """Revoke the token that makes the call."""
    if not ctx.flag("test"):
        ctx.world.revoked_tokens.add(ctx.token)
    return {"revoked": not ctx.flag("test")}


@method("apps.connections.open", token="app")
def connections_open(ctx: Context) -> Json:
    """Give the address of a WebSocket for Socket Mode, good for one connection."""
    if ctx.world.app.request_url is not None:
        raise ApiError("socket_mode_not_enabled")
    ticket = secret()
    ctx.world.socket_tickets.add(ticket)
    base = ctx.world.url.replace("http", "ws", 1)
    return {"url": f"{base}/socket?ticket={ticket}&app_id={ctx.world.app.id}"}


@method("oauth.v2.access", token="none")
def oauth_access(ctx: Context) -> Json:
    """Exchange a one-time code for the workspace's bot token."""
    app = ctx.world.app
    if ctx.text("client_id", "") != app.client_id:
        raise ApiError("invalid_client_id")
    if ctx.text("client_secret", "") != app.client_secret:
        raise ApiError("bad_client_secret")
    grant = ctx.world.oauth_codes.pop(ctx.text("code", ""), None)
    if grant is None:
        raise ApiError("invalid_code")
    if grant.redirect_uri is not None and ctx.optional("redirect_uri") != grant.redirect_uri:
        raise ApiError("bad_redirect_uri")
    places = ctx.world.workspaces_of(grant.place_id)
    enterprise = ctx.world.enterprises.get(grant.place_id)
    stale = any(not one.installed or one.bot_token in ctx.world.revoked_tokens for one in places)
    if stale or enterprise is not None:
        places = ctx.world.install(grant.place_id, grant.scopes or app.scopes)
    workspace = places[0]
    answer: Json = {
        "access_token": workspace.bot_token,
        "token_type": "bot",
        "scope": ",".join(sorted(workspace.scopes)),
        "bot_user_id": workspace.bot_user_id,
        "app_id": app.id,
        "team": None if enterprise else {"id": workspace.id, "name": workspace.name},
        "enterprise": _enterprise(ctx, workspace.enterprise_id),
        "is_enterprise_install": enterprise is not None,
        "authed_user": {"id": grant.user_id},
    }
    if app.rotates_tokens:
        answer |= {"refresh_token": f"xoxe-1-{secret(12)}", "expires_in": 43_200}
    return answer


def _enterprise(ctx: Context, enterprise_id: str | None) -> Json | None:
    found = ctx.world.enterprises.get(enterprise_id or "")
    return None if found is None else {"id": found.id, "name": found.name}
