"""The fake Slack from the shell: serves until interrupted and says how to point the bot at it."""

from __future__ import annotations

import asyncio
import contextlib
import signal

from bot.fakeslack.records import Json
from bot.fakeslack.server import FakeSlack

DEFAULT_PORT = 8765


def run_fake_slack(
    host: str = "127.0.0.1",
    port: int = DEFAULT_PORT,
    request_url: str | None = None,
    manifest: Json | None = None,
) -> None:
    """Serve until interrupted, with tokens that stay the same from one start to the next.

    Args:
        host: the address to bind; anything but loopback lets others on the network in.
        port: the port, 0 for any free one.
        request_url: where the bot listens; None means Socket Mode.
        manifest: an app manifest to take name, scopes, events, commands and shortcuts from.

    Raises:
        AddressTaken: the host and port cannot be bound.

    """
    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(_serve(trial_slack(host, port, request_url, manifest)))


def trial_slack(
    host: str, port: int, request_url: str | None = None, manifest: Json | None = None
) -> FakeSlack:
    """Set up the fake Slack of a trial: a few people and channels, tokens that do not change."""
    slack = FakeSlack(host=host, port=port, request_url=request_url, manifest=manifest)
    slack.workspace.bot_token = "xoxb-fake-slack"
    slack.app.app_token = "xapp-fake-slack"
    slack.app.signing_secret = "fake-slack-signing-secret"
    slack.app.client_id, slack.app.client_secret = "fake.slack", "fake-slack-client-secret"
    wei = slack.add_user("wei", locale="zh-CN")
    slack.channel.members.add(wei.id)
    slack.add_channel("gpu-memory", members=[slack.user, wei])
    slack.add_channel("private-lab", "private", [slack.user, wei])
    slack.direct_message(slack.user)
    slack.direct_message(wei)
    return slack


async def _serve(slack: FakeSlack) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        with contextlib.suppress(NotImplementedError):
            loop.add_signal_handler(number, stop.set)
    async with slack:
        print(f"Fake Slack at {slack.url} (open it in a browser; Ctrl-C stops it).")
        print("Start the bot with:")
        for name, value in slack.environment().items():
            print(f"  export {name}={value}")
        print("Or install it by OAuth, at its /slack/install; instead of SLACK_BOT_TOKEN:")
        for name in ("SLACK_CLIENT_ID", "SLACK_CLIENT_SECRET"):
            print(f"  export {name}={slack.install_environment()[name]}")
        await stop.wait()
