"""``vrambot fake-slack``: a strict stand-in for Slack, to try the bot by hand."""

from __future__ import annotations

from pathlib import Path

import click

from bot.cli.files import read_object
from bot.errors import BadSetting


@click.command("fake-slack", short_help="Run a fake Slack with a web page, to try the bot.")
@click.option("--host", default="127.0.0.1", show_default=True)
@click.option("--port", default=8765, show_default=True, type=click.IntRange(0, 65535))
@click.option("--request-url", help="Deliver by signed HTTP to this address, not by Socket Mode.")
@click.option(
    "--manifest",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Grant the scopes and events of this manifest.json only.",
)
def command(host: str, port: int, request_url: str | None, manifest: Path | None) -> int:
    """Run a fake Slack with a web page; start the bot beside it with the shown settings."""
    from bot.fakeslack import AddressTaken, run_fake_slack

    granted = read_object(manifest) if manifest is not None else None
    try:
        run_fake_slack(host, port, request_url=request_url, manifest=granted)
    except AddressTaken as error:
        raise BadSetting("address_taken", host=host, port=port) from error
    return 0
