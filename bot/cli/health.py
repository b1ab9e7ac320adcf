"""``vrambot health``: is the service beside me ready? For container health checks."""

from __future__ import annotations

import os

import click

from bot.errors import BadSetting
from bot.home import terminal_language
from bot.messages import say

NOT_READY = 1


@click.command("health")
@click.option("--url", help="The address to ask; by default this machine's VRAMBOT_PORT.")
def command(url: str | None) -> int:
    """Exit 0 when the running service says that it is ready, else 1."""
    import urllib.error
    import urllib.request
    from http.client import HTTPException

    address = url or f"http://127.0.0.1:{_port()}/ready"
    try:
        with urllib.request.urlopen(address, timeout=3) as response:
            click.echo(response.read().decode("utf-8", "replace").strip())
            return 0 if response.status == 200 else NOT_READY
    except urllib.error.HTTPError as error:
        return _complain("not_ready", address, f"{error.code} {error.reason}")
    except (OSError, HTTPException, ValueError) as error:
        cause = getattr(error, "reason", None) or error
        return _complain("not_answering", address, getattr(cause, "strerror", None) or str(cause))


def _port() -> int:
    given = os.environ.get("VRAMBOT_PORT") or "8080"
    if not (given.isascii() and given.isdigit()):
        raise BadSetting("bad_setting_whole", name="VRAMBOT_PORT")
    return int(given)


def _complain(key: str, url: str, reason: str) -> int:
    click.echo(f"vrambot: {say(key, terminal_language(), url=url, reason=reason)}", err=True)
    return NOT_READY
