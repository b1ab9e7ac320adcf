"""``/slack/install`` and ``/slack/oauth_redirect``: the install as the browser goes through it."""

from __future__ import annotations

from aiohttp import web

from bot.slack.install.oauth import REDIRECT_PATH, STATE_LASTS_S, Installer, InstallRefused
from bot.slack.install.pages import offer, page
from knowledge.store.errors import StoreError

INSTALL_PATH = "/slack/install"
# ``__Host-``: a browser takes it only with Secure, for this very host and all of its paths.
COOKIE = "__Host-vrambot-install"


def install_routes(installer: Installer) -> list[web.RouteDef]:
    """Return the routes of an install."""

    async def install(request: web.Request) -> web.Response:
        departure = installer.depart()
        response = offer(departure.url)
        _set_cookie(response, departure.cookie, int(STATE_LASTS_S))
        return response

    async def redirected(request: web.Request) -> web.Response:
        try:
            name = await installer.arrive(request.query, request.cookies.get(COOKIE))
        except InstallRefused as refusal:
            return page(refusal.key, refusal.status)
        except StoreError:
            return page("install_busy", 503)
        response = page("install_done", name=name)
        _set_cookie(response, "", 0)
        return response

    return [web.get(INSTALL_PATH, install), web.get(REDIRECT_PATH, redirected)]


def _set_cookie(response: web.Response, value: str, max_age_s: int) -> None:
    response.set_cookie(
        COOKIE, value, max_age=max_age_s, path="/", secure=True, httponly=True, samesite="Lax"
    )
