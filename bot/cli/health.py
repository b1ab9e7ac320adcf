"""``vrambot health``: is the service beside me ready? For container health checks."""

from __future__ import annotations

import os
import urllib.error
import urllib.request

import click


@click.command("health")
@click.option("--url", help="The address to ask; by default this machine's VRAMBOT_PORT.")
def command(url: str | None) -> int:
    """Exit 0 when the running service says that it is ready, else 1."""
    address = url or f"http://127.0.0.1:{os.environ.get('VRAMBOT_PORT', '8080')}/ready"
    try:
        with urllib.request.urlopen(address, timeout=3) as response:
            ready = response.status == 200
            click.echo(response.read().decode("utf-8", "replace").strip())
    except (urllib.error.URLError, OSError, ValueError) as error:
        reason = getattr(error, "reason", None) or type(error).__name__
        click.echo(f"vrambot: not ready ({reason})", err=True)
        return 1
    return 0 if ready else 1
