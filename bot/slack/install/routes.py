"""``/slack/install`` and ``/slack/oauth_redirect``: the install as the browser goes through it."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from bot.slack.install.oauth import REDIRECT_PATH, STATE_LASTS_S, Installer, InstallRefused
from bot.slack.install.pages import offer, page
from knowledge.store.errors import StoreError

INSTALL_PATH = "/slack/install"
# ``__Host-``: a browser takes it only with Secure, for this very host and all of its paths.
COOKIE = "__Host-vrambot-install"


def install_routes(installer: Installer) -> list[Route]:
    """Return the routes of an install."""

    async def install(request: Request) -> Response:
        departure = installer.depart()
        response = offer(departure.url)
        _set_cookie(response, departure.cookie, int(STATE_LASTS_S))
        return response

    async def redirected(request: Request) -> Response:
        try:
            name = await installer.arrive(request.query_params, request.cookies.get(COOKIE))
        except InstallRefused as refusal:
            return page(refusal.key, refusal.status)
        except StoreError:
            return page("install_busy", 503)
        response = page("install_done", name=name)
        _set_cookie(response, "", 0)
        return response

    return [Route(INSTALL_PATH, install), Route(REDIRECT_PATH, redirected)]


def _set_cookie(response: Response, value: str, max_age_s: int) -> None:
    response.set_cookie(
        COOKIE, value, max_age=max_age_s, path="/", secure=True, httponly=True, samesite="lax"
    )
