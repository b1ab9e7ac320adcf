"""Home, shortcuts, installs and events behave as in Slack, with a real Bolt app behind."""

import aiohttp
import pytest
from fakeslack_bolt import plain


async def test_opening_home_lets_the_app_publish_it(slack, app):
    @app.event("app_home_opened")
    async def home(event, client):
        view = {"type": "home", "blocks": [{"type": "header", "text": plain("Hello")}]}
        await client.views_publish(user_id=event["user"], view=view)

    await slack.open_home()
    shown = await slack.wait_for(slack.home)
    assert shown["blocks"][0]["text"]["text"] == "Hello"


async def test_a_message_shortcut_brings_the_message(slack, app):
    texts = []

    @app.shortcut("explain")
    async def explain(ack, body):
        await ack()
        texts.append(body["message"]["text"])

    said = await slack.user_says(slack.user, slack.channel, "7B needs 14 GB & more")
    await slack.shortcut(slack.user, "explain", said)
    assert texts == ["7B needs 14 GB &amp; more"]


async def test_edits_deletions_bots_and_uninstalling_bring_their_events(slack, app):
    kinds = []

    @app.event({"type": "message"})
    async def message(event):
        kinds.append(event.get("subtype") or ("bot" if event.get("bot_id") else "said"))

    @app.event("app_uninstalled")
    async def uninstalled():
        kinds.append("uninstalled")

    said = await slack.user_says(slack.user, slack.channel, "one")
    await slack.settle()
    await slack.edit(said, "two")
    await slack.settle()
    await slack.delete(said)
    await slack.settle()
    await slack.user_says(slack.add_bot("other"), slack.channel, "beep")
    await slack.settle()
    assert kinds == ["said", "message_changed", "message_deleted", "bot"]


@pytest.mark.parametrize(
    ("decision", "carried"), [("allow", "?code=code."), ("deny", "?error=access_denied")]
)
async def test_an_install_is_decided_and_sent_back_with_a_code_or_a_refusal(
    slack, decision, carried
):
    query = {
        "client_id": slack.app.client_id,
        "redirect_uri": "http://127.0.0.1:1/back",
        "state": "s",
    }
    async with (
        aiohttp.ClientSession() as session,
        session.get(f"{slack.url}/oauth/v2/authorize", params=query) as page,
        session.post(
            f"{slack.url}/oauth/v2/authorize",
            params=query,
            data={"decision": decision},
            allow_redirects=False,
        ) as answer,
    ):
        assert "Allow" in await page.text()
        location = answer.headers["Location"]
    assert location.startswith(f"http://127.0.0.1:1/back{carried}")
    assert location.endswith("&state=s")
