"""``/oauth/v2/authorize``: the page on which a person lets the app into a workspace, or not."""

from __future__ import annotations

import html
from urllib.parse import urlencode

from aiohttp import web

from bot.fakeslack.core import Core
from bot.fakeslack.world import Grant

PAGE = """<!doctype html><html lang="en"><meta charset="utf-8"><title>Consent</title>
<h1>{app} asks for access</h1><ul>{scopes}</ul>
<form method="post"><select name="install_to">{places}</select>
<button name="decision" value="allow">Allow</button>
<button name="decision" value="deny">Cancel</button></form></html>
"""


class Consent:
    """The consent page of one fake Slack. ``install_to`` is a workspace or an organisation."""

    def __init__(self, slack: Core) -> None:
        self._slack = slack

    def routes(self) -> list[web.RouteDef]:
        """Give the routes to add to the server."""
        return [
            web.get("/oauth/v2/authorize", self._ask),
            web.post("/oauth/v2/authorize", self._decide),
        ]

    async def _ask(self, request: web.Request) -> web.Response:
        problem = self._problem(request)
        if problem:
            return web.Response(status=400, text=problem)
        world = self._slack.world
        scopes = "".join(f"<li>{html.escape(one)}</li>" for one in _scopes(request))
        places = [(one.id, one.name) for one in world.workspaces.values()]
        places += [(one.id, one.name) for one in world.enterprises.values()]
        shown = "".join(f'<option value="{id_}">{html.escape(name)}' for id_, name in places)
        page = PAGE.format(app=html.escape(world.app.name), scopes=scopes, places=shown)
        return web.Response(text=page, content_type="text/html")

    async def _decide(self, request: web.Request) -> web.Response:
        problem = self._problem(request)
        if problem:
            return web.Response(status=400, text=problem)
        form = await request.post()
        back = {"state": request.query.get("state", "")}
        if form.get("decision") == "allow":
            world = self._slack.world
            place = str(form.get("install_to") or self._slack.workspace.id)
            if place not in world.workspaces and place not in world.enterprises:
                return web.Response(status=400, text="team_not_found")
            code = f"code.{world.ids.ts()}"
            world.oauth_codes[code] = Grant(
                place,
                self._slack.user.id,
                redirect_uri=request.query["redirect_uri"],
                scopes=frozenset(_scopes(request)),
            )
            back = {"code": code, **back}
        else:
            back = {"error": "access_denied", **back}
        address = request.query["redirect_uri"]
        joint = "&" if "?" in address else "?"
        return web.Response(status=302, headers={"Location": f"{address}{joint}{urlencode(back)}"})

    def _problem(self, request: web.Request) -> str:
        app = self._slack.world.app
        if request.query.get("client_id") != app.client_id:
            return "invalid_client_id"
        address = request.query.get("redirect_uri", "")
        if not address or not (not app.redirect_urls or address in app.redirect_urls):
            return "bad_redirect_uri"
        return "" if app.scopes.issuperset(_scopes(request)) else "invalid_scope"


def _scopes(request: web.Request) -> list[str]:
    return [one for one in request.query.get("scope", "").split(",") if one]
