"""The fake Slack delivers as Slack does, shown with the real Bolt clients."""

import asyncio
import contextlib

import aiohttp
import pytest
from aiohttp import web
from slack_bolt.adapter.socket_mode.aiohttp import AsyncSocketModeHandler
from slack_bolt.async_app import AsyncApp
from slack_sdk.web.async_client import AsyncWebClient

from bot.fakeslack import FakeSlack, Timing


def echo_app(slack):
    """A bot that answers mentions in the thread, direct messages and /vram."""
    app = AsyncApp(
        client=AsyncWebClient(slack.bot_token, base_url=slack.api_url),
        signing_secret=slack.app.signing_secret,
        process_before_response=True,
    )
    app.seen = []

    @app.event("app_mention")
    async def mentioned(event, say, body, request):
        app.seen.append((body["event_id"], event["ts"], dict(request.headers)))
        await say(text="pong", thread_ts=event["ts"])

    @app.event("message")
    async def said(event, body, request):
        app.seen.append((body["event_id"], event["ts"], dict(request.headers)))

    @app.command("/vram")
    async def vram(ack, command):
        await ack(f"you said {command['text']}")

    return app


@contextlib.asynccontextmanager
async def bolt_on_socket(slack):
    app = echo_app(slack)
    handler = AsyncSocketModeHandler(app, slack.app.app_token, web_client=app.client)
    await handler.connect_async()
    await slack.wait_connected()
    try:
        yield app
    finally:
        await handler.close_async()


@contextlib.asynccontextmanager
async def bolt_on_http(slack):
    app = echo_app(slack)
    runner = web.AppRunner(app.web_app(path="/slack/events"))
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    slack.request_url = f"http://127.0.0.1:{runner.addresses[0][1]}/slack/events"
    try:
        yield app
    finally:
        await runner.cleanup()


@pytest.mark.parametrize("transport", [bolt_on_socket, bolt_on_http])
async def test_a_mention_arrives_twice_and_the_answer_stands_in_its_thread(transport):
    async with FakeSlack() as slack, transport(slack) as app:
        asked = await slack.mention(slack.user, slack.channel, "ping")
        answer = await slack.wait_for_message(slack.channel, asked.ts)
        await slack.settle()

        assert answer.text == "pong"
        assert answer.thread_ts == asked.ts
        twins = [(event_id, ts) for event_id, ts, _ in app.seen if ts == asked.ts]
        assert len(twins) == 2, "one message event and one app_mention event"
        assert len({event_id for event_id, _ in twins}) == 2
        assert not slack.unacknowledged


@pytest.mark.parametrize("transport", [bolt_on_socket, bolt_on_http])
async def test_a_slash_command_is_answered_in_the_acknowledgement(transport):
    async with FakeSlack() as slack, transport(slack):
        reply = await slack.slash(slack.user, slack.channel, "/vram", "7b <fp16>")

        assert reply.error is None
        assert reply.message.text == "you said 7b <fp16>"
        assert reply.message.ephemeral_to == slack.user.id
        assert slack.messages(slack.channel) == []
        assert slack.calls_to("chat.postMessage") == []


async def test_bolt_answers_the_challenge_of_a_request_url():
    async with FakeSlack() as slack, bolt_on_http(slack):
        assert await slack.verify_request_url()


async def test_bolt_refuses_what_is_signed_with_another_secret():
    async with FakeSlack() as slack, bolt_on_http(slack) as app:
        slack.app.signing_secret = "another"
        reply = await slack.slash(slack.user, slack.channel, "/vram", "7b")
        assert (reply.error, reply.delivery.attempts[0].status) == ("http_service_error", 401)
        assert app.seen == []


@contextlib.asynccontextmanager
async def endpoint(slack, answers):
    """An HTTP endpoint that gives the listed statuses in turn and keeps what it received."""
    received = []

    async def receive(request):
        received.append((await request.read(), dict(request.headers)))
        answer = answers[min(len(received), len(answers)) - 1]
        if answer == "slow":
            await asyncio.sleep(2)
            answer = 200
        return web.Response(status=answer)

    application = web.Application()
    application.router.add_post("/", receive)
    runner = web.AppRunner(application, shutdown_timeout=0)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    slack.request_url = f"http://127.0.0.1:{runner.addresses[0][1]}/"
    try:
        yield received
    finally:
        await runner.cleanup()


async def test_what_is_not_acknowledged_comes_again_three_times_with_the_reason():
    fast = Timing(ack_timeout_s=0.3, retry_delays_s=(0.0, 0.02, 0.05))
    async with FakeSlack(timing=fast) as slack, endpoint(slack, [500, "slow", 404]) as received:
        await slack.dm(slack.user, "hello")
        delivery = slack.deliveries[0]
        await asyncio.wait_for(delivery.finished.wait(), 5)

        marks = [
            (headers.get("X-Slack-Retry-Num"), headers.get("X-Slack-Retry-Reason"))
            for _, headers in received
        ]
        assert marks == [
            (None, None),
            ("1", "http_error"),
            ("2", "http_timeout"),
            ("3", "http_error"),
        ]
        assert len({body for body, _ in received}) == 1, "the same event each time"
        assert slack.unacknowledged == [delivery]


async def test_an_acknowledged_delivery_can_be_repeated_on_purpose():
    async with FakeSlack() as slack, endpoint(slack, [200]) as received:
        await slack.dm(slack.user, "hello")
        await slack.settle()
        await slack.deliver_again(slack.deliveries[0])

        assert [body for body, _ in received] == [received[0][0]] * 2
        assert received[1][1]["X-Slack-Retry-Num"] == "1"


async def test_only_what_the_app_subscribed_to_is_delivered():
    async with FakeSlack(events=frozenset({"app_mention"})) as slack, endpoint(slack, [200]):
        await slack.mention(slack.user, slack.channel, "one")
        await slack.user_says(slack.user, slack.channel, "two")
        await slack.dm(slack.user, "three")
        await slack.settle()

        assert [one.event_type for one in slack.deliveries] == ["app_mention"]


async def test_two_connections_share_the_deliveries():
    async with FakeSlack() as slack, bolt_on_socket(slack) as one, bolt_on_socket(slack) as two:
        await slack.wait_connected(2)
        for number in range(10):
            await slack.dm(slack.user, f"message {number}")
        await slack.settle()

        assert len(one.seen) + len(two.seen) == 10
        assert min(len(one.seen), len(two.seen)) > 0


async def test_a_refresh_makes_the_client_reconnect_and_nothing_is_lost():
    async with FakeSlack() as slack, bolt_on_socket(slack) as app:
        await slack.disconnect()
        await slack.dm(slack.user, "still there?")
        await slack.wait_for(lambda: app.seen, timeout_s=10)
        await slack.settle()

        assert not slack.unacknowledged


async def test_an_unacknowledged_envelope_comes_again_with_its_attempt_number():
    fast = Timing(ack_timeout_s=0.2, retry_delays_s=(0.0,))
    async with FakeSlack(timing=fast) as slack:
        client = AsyncWebClient(slack.app.app_token, base_url=slack.api_url)
        address = (await client.apps_connections_open(app_token=slack.app.app_token))["url"]
        async with aiohttp.ClientSession() as session, session.ws_connect(address) as socket:
            assert (await socket.receive_json())["type"] == "hello"
            await slack.dm(slack.user, "hello")
            first, second = await socket.receive_json(), await socket.receive_json()

        assert (first["retry_attempt"], second["retry_attempt"]) == (0, 1)
        assert second["retry_reason"] == "timeout"
        assert first["payload"]["event_id"] == second["payload"]["event_id"]


async def test_the_app_can_decline_redelivery():
    async def decline(request):
        return web.Response(status=500, headers={"X-Slack-No-Retry": "1"})

    application = web.Application()
    application.router.add_post("/", decline)
    runner = web.AppRunner(application)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    address = f"http://127.0.0.1:{runner.addresses[0][1]}/"
    async with FakeSlack(request_url=address) as slack:
        await slack.dm(slack.user, "hello")
        await asyncio.wait_for(slack.deliveries[0].finished.wait(), 2)
        assert len(slack.deliveries[0].attempts) == 1
    await runner.cleanup()


async def test_what_was_on_its_way_when_the_network_failed_comes_again():
    fast = Timing(ack_timeout_s=1, retry_delays_s=(0.0,))
    async with FakeSlack(timing=fast) as slack, aiohttp.ClientSession() as session:
        client = AsyncWebClient(slack.app.app_token, base_url=slack.api_url)

        async def connect():
            opened = await client.apps_connections_open(app_token=slack.app.app_token)
            socket = await session.ws_connect(opened["url"])
            assert (await socket.receive_json())["type"] == "hello"
            return socket

        first = await connect()
        await slack.dm(slack.user, "hello")
        lost = await first.receive_json()
        await slack.drop_connections()
        again = await (await connect()).receive_json()
        assert again["payload"]["event_id"] == lost["payload"]["event_id"]
        assert again["retry_attempt"] == 1


async def test_a_socket_address_works_once():
    async with FakeSlack() as slack, aiohttp.ClientSession() as session:
        client = AsyncWebClient(slack.app.app_token, base_url=slack.api_url)
        address = (await client.apps_connections_open(app_token=slack.app.app_token))["url"]
        async with session.ws_connect(address):
            with pytest.raises(aiohttp.WSServerHandshakeError):
                await session.ws_connect(address)
