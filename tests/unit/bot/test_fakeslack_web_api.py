"""The fake Slack's Web API answers as Slack does, through the real slack_sdk client."""

import io

import aiohttp
import pytest
from slack_sdk.errors import SlackApiError
from slack_sdk.http_retry.builtin_async_handlers import AsyncRateLimitErrorRetryHandler
from slack_sdk.web.async_client import AsyncWebClient

from bot.fakeslack import DEFAULT_SCOPES, FakeSlack, ImpossibleInSlack


@pytest.fixture
async def slack():
    async with FakeSlack() as running:
        yield running


@pytest.fixture
def client(slack):
    return AsyncWebClient(slack.bot_token, base_url=slack.api_url)


async def refusal(awaitable):
    """The error code and the whole answer of a call that Slack refuses."""
    with pytest.raises(SlackApiError) as caught:
        await awaitable
    return caught.value.response["error"], caught.value.response.data


class TestTokens:
    async def test_auth_test_names_the_bot(self, slack, client):
        answer = await client.auth_test()
        assert answer["user_id"] == slack.bot_user_id
        assert answer["team_id"] == slack.workspace.id
        assert "chat:write" in answer.headers["X-OAuth-Scopes"]

    @pytest.mark.parametrize(
        ("token", "error"), [("xoxb-nobody", "invalid_auth"), ("", "not_authed")]
    )
    async def test_unknown_and_missing_tokens_are_refused(self, slack, token, error):
        stranger = AsyncWebClient(token, base_url=slack.api_url)
        assert (await refusal(stranger.auth_test()))[0] == error

    async def test_app_and_bot_tokens_do_not_replace_each_other(self, slack, client):
        error, _ = await refusal(client.apps_connections_open(app_token=slack.bot_token))
        assert error == "not_allowed_token_type"
        app = AsyncWebClient(slack.app.app_token, base_url=slack.api_url)
        error, _ = await refusal(app.chat_postMessage(channel=slack.channel.id, text="x"))
        assert error == "not_allowed_token_type"

    async def test_a_missing_scope_is_named(self):
        async with FakeSlack(scopes=DEFAULT_SCOPES - {"chat:write"}) as slack:
            client = AsyncWebClient(slack.bot_token, base_url=slack.api_url)
            error, data = await refusal(client.chat_postMessage(channel=slack.channel.id, text="x"))
            assert error == "missing_scope"
            assert data["needed"] == "chat:write"
            assert "commands" in data["provided"]

    async def test_after_uninstalling_the_token_is_dead(self, slack, client):
        await slack.uninstall()
        assert (await refusal(client.auth_test()))[0] == "token_revoked"

    async def test_an_install_code_works_once(self, slack):
        client = AsyncWebClient(base_url=slack.api_url)
        asked = {
            "client_id": slack.app.client_id,
            "client_secret": slack.app.client_secret,
            "code": slack.oauth_code(),
        }
        answer = await client.oauth_v2_access(**asked)
        assert answer["access_token"] == slack.bot_token
        assert (await refusal(client.oauth_v2_access(**asked)))[0] == "invalid_code"

    async def test_installing_gives_a_workspace_its_own_token(self, slack):
        other = slack.add_workspace("other", installed=False)
        before = AsyncWebClient(other.bot_token, base_url=slack.api_url)
        assert (await refusal(before.auth_test()))[0] == "account_inactive"
        answer = await before.oauth_v2_access(
            client_id=slack.app.client_id,
            client_secret=slack.app.client_secret,
            code=slack.oauth_code(other.id),
        )
        assert answer["team"]["id"] == other.id
        after = AsyncWebClient(answer["access_token"], base_url=slack.api_url)
        assert (await after.auth_test())["user_id"] == other.bot_user_id

    async def test_an_unknown_method_is_unknown(self, client):
        assert (await refusal(client.api_call("chat.shout")))[0] == "unknown_method"


class TestPosting:
    async def test_json_and_form_bodies_mean_the_same(self, slack):
        blocks = '[{"type": "divider"}]'
        form = {
            "token": slack.bot_token,
            "channel": slack.channel.id,
            "text": "a",
            "blocks": blocks,
        }
        async with (
            aiohttp.ClientSession() as session,
            session.post(f"{slack.api_url}chat.postMessage", data=form) as answer,
        ):
            assert (await answer.json())["ok"]
        posted = slack.messages(slack.channel)[0]
        assert (posted.text, posted.blocks[0]["type"]) == ("a", "divider")

    async def test_text_is_cut_at_forty_thousand_characters(self, slack, client):
        await client.chat_postMessage(channel=slack.channel.id, text="x" * 40_001)
        assert len(slack.messages(slack.channel)[0].text) == 40_000

    async def test_nothing_to_say_is_no_text(self, slack, client):
        error, _ = await refusal(client.chat_postMessage(channel=slack.channel.id, text=" "))
        assert error == "no_text"

    async def test_where_the_bot_may_not_post(self, slack, client):
        outside = slack.add_channel("outside", with_bot=False)
        secret = slack.add_channel("secret", "private", with_bot=False)
        archived = slack.add_channel("old")
        slack.archive(archived)
        elsewhere = slack.add_channel("elsewhere", workspace=slack.add_workspace("other"))
        expected = {
            outside.id: "not_in_channel",
            secret.id: "channel_not_found",
            archived.id: "is_archived",
            elsewhere.id: "channel_not_found",
            "C0NOWHERE": "channel_not_found",
        }
        for channel_id, code in expected.items():
            assert (await refusal(client.chat_postMessage(channel=channel_id, text="x")))[0] == code

    async def test_a_thread_must_exist(self, slack, client):
        post = client.chat_postMessage(channel=slack.channel.id, text="x", thread_ts="1.000001")
        assert (await refusal(post))[0] == "cannot_reply_to_message"

    async def test_an_ephemeral_message_never_enters_the_history(self, slack, client):
        await client.chat_postEphemeral(
            channel=slack.channel.id, user=slack.user.id, text="only you"
        )
        assert slack.ephemerals(slack.user)[0].text == "only you"
        assert (await client.conversations_history(channel=slack.channel.id))["messages"] == []

    async def test_updating_keeps_blocks_that_are_not_sent_and_an_empty_list_clears_them(
        self, slack, client
    ):
        channel = slack.channel.id
        divider = [{"type": "divider"}]
        ts = (await client.chat_postMessage(channel=channel, text="a", blocks=divider))["ts"]
        await client.chat_update(channel=channel, ts=ts, text="b")
        assert slack.messages(slack.channel)[0].blocks
        await client.chat_update(channel=channel, ts=ts, text="c", blocks=[])
        assert (slack.messages(slack.channel)[0].text, slack.messages(slack.channel)[0].blocks) == (
            "c",
            [],
        )

    async def test_an_update_takes_four_thousand_characters_at_most(self, slack, client):
        channel = slack.channel.id
        ts = (await client.chat_postMessage(channel=channel, text="a"))["ts"]
        await client.chat_update(channel=channel, ts=ts, text="x" * 4000)
        longer = client.chat_update(channel=channel, ts=ts, text="x" * 4001)
        assert (await refusal(longer))[0] == "msg_too_long"

    async def test_only_own_messages_can_be_changed(self, slack, client):
        said = await slack.user_says(slack.user, slack.channel, "mine")
        where = {"channel": slack.channel.id, "ts": said.ts}
        assert (await refusal(client.chat_update(**where, text="x")))[0] == "cant_update_message"
        assert (await refusal(client.chat_delete(**where)))[0] == "cant_delete_message"

    async def test_a_permalink_of_a_reply_names_its_thread(self, slack, client):
        root = await slack.user_says(slack.user, slack.channel, "root")
        reply = await client.chat_postMessage(
            channel=slack.channel.id, text="reply", thread_ts=root.ts
        )
        link = (await client.chat_getPermalink(channel=slack.channel.id, message_ts=reply["ts"]))[
            "permalink"
        ]
        assert link.endswith(f"?thread_ts={root.ts}&cid={slack.channel.id}")


class TestHistory:
    async def test_metadata_is_kept_and_shown_only_on_request(self, slack, client):
        channel = slack.channel.id
        metadata = {"event_type": "vram_answer", "event_payload": {"id": "42"}}
        await client.chat_postMessage(channel=channel, text="x", metadata=metadata)
        shown = await client.conversations_history(channel=channel, include_all_metadata=True)
        hidden = await client.conversations_history(channel=channel)
        assert shown["messages"][0]["metadata"] == metadata
        assert "metadata" not in hidden["messages"][0]

    async def test_limit_and_cursor_page_through_newest_first(self, slack, client):
        for number in range(5):
            await slack.user_says(slack.user, slack.channel, str(number))
        first = await client.conversations_history(channel=slack.channel.id, limit=2)
        assert [one["text"] for one in first["messages"]] == ["4", "3"]
        assert first["has_more"]
        rest = await client.conversations_history(
            channel=slack.channel.id, limit=9, cursor=first["response_metadata"]["next_cursor"]
        )
        assert [one["text"] for one in rest["messages"]] == ["2", "1", "0"]

    async def test_replies_stand_in_their_thread_and_not_in_the_channel(self, slack, client):
        root = await slack.user_says(slack.user, slack.channel, "root")
        await slack.user_says(slack.user, slack.channel, "reply", root.ts)
        history = await client.conversations_history(channel=slack.channel.id)
        assert [one["text"] for one in history["messages"]] == ["root"]
        assert history["messages"][0]["reply_count"] == 1
        thread = await client.conversations_replies(channel=slack.channel.id, ts=root.ts)
        assert [one["text"] for one in thread["messages"]] == ["root", "reply"]

    async def test_reading_needs_the_scope_of_that_kind_of_channel(self):
        async with FakeSlack(scopes=DEFAULT_SCOPES - {"channels:history"}) as slack:
            client = AsyncWebClient(slack.bot_token, base_url=slack.api_url)
            error, data = await refusal(client.conversations_history(channel=slack.channel.id))
            assert (error, data["needed"]) == ("missing_scope", "channels:history")


class TestFaults:
    async def test_a_rate_limit_says_how_long_to_wait_and_passes(self, slack, client):
        slack.faults.rate_limit("chat.postMessage", retry_after_s=1)
        client.retry_handlers.append(AsyncRateLimitErrorRetryHandler(max_retry_count=1))
        assert (await client.chat_postMessage(channel=slack.channel.id, text="x"))["ok"]
        assert [call.status for call in slack.calls_to("chat.postMessage")] == [429, 200]

    async def test_errors_strike_the_next_calls_only(self, slack, client):
        slack.faults.error("chat.postMessage", "channel_not_found", times=2)
        for _ in range(2):
            error, _ = await refusal(client.chat_postMessage(channel=slack.channel.id, text="x"))
            assert error == "channel_not_found"
        assert (await client.chat_postMessage(channel=slack.channel.id, text="x"))["ok"]

    async def test_a_cut_connection_after_the_effect_leaves_the_message_posted(self, slack, client):
        client.retry_handlers.clear()
        slack.faults.cut("chat.postMessage", after_effect=True)
        with pytest.raises(aiohttp.ClientError):
            await client.chat_postMessage(channel=slack.channel.id, text="there")
        assert [one.text for one in slack.messages(slack.channel)] == ["there"]

    async def test_a_server_error_is_no_json(self, slack, client):
        slack.faults.status("auth.test", 500)
        with pytest.raises(SlackApiError):
            await client.auth_test()

    async def test_posting_faster_than_once_a_second_is_limited_per_channel(self, slack, client):
        slack.limit_posting()
        await client.chat_postMessage(channel=slack.channel.id, text="one")
        error, _ = await refusal(client.chat_postMessage(channel=slack.channel.id, text="two"))
        assert error == "ratelimited"
        other = slack.add_channel("other")
        assert (await client.chat_postMessage(channel=other.id, text="three"))["ok"]


class TestRest:
    async def test_an_upload_in_three_steps_is_posted(self, slack, client):
        answer = await client.files_upload_v2(
            channel=slack.channel.id,
            file=io.BytesIO(b"gpu,gib\nA100,80\n"),
            filename="sweep.csv",
            initial_comment="the sweep",
        )
        assert answer["ok"]
        posted = slack.messages(slack.channel)[0]
        assert (posted.text, posted.files[0]["name"], posted.files[0]["size"]) == (
            "the sweep",
            "sweep.csv",
            16,
        )

    async def test_a_stream_grows_and_ends(self, slack, client):
        asked = await slack.dm(slack.user, "hello")
        stream = await client.chat_stream(channel=asked.channel_id, thread_ts=asked.ts)
        await stream.append(markdown_text="**one** ")
        await stream.append(markdown_text="two")
        await stream.stop()
        answer = slack.bot_messages(slack.direct_message(), asked.ts)[0]
        assert (answer.text, answer.streaming) == ("**one** two", False)

    async def test_a_stream_in_a_channel_needs_a_recipient(self, slack, client):
        asked = await slack.user_says(slack.user, slack.channel, "hello")
        start = client.chat_startStream(channel=slack.channel.id, thread_ts=asked.ts)
        assert (await refusal(start))[0] == "missing_recipient_team_id"

    async def test_status_title_and_prompts(self, slack, client):
        asked = await slack.dm(slack.user, "hello")
        where = {"channel_id": asked.channel_id, "thread_ts": asked.ts}
        await client.assistant_threads_setStatus(**where, status="thinking")
        await client.assistant_threads_setTitle(**where, title="memory")
        prompts = [{"title": "7B", "message": "How much for 7B?"}]
        await client.assistant_threads_setSuggestedPrompts(**where, prompts=prompts)
        assert [one["kind"] for one in slack.statuses] == ["status", "title", "prompts"]
        too_many = client.assistant_threads_setSuggestedPrompts(**where, prompts=prompts * 5)
        assert (await refusal(too_many))[0] == "invalid_arguments"

    async def test_a_manifest_decides_what_the_app_may_do_and_hears(self):
        manifest = {
            "features": {
                "bot_user": {"display_name": "calc"},
                "slash_commands": [{"command": "/calc", "should_escape": True}],
                "shortcuts": [{"callback_id": "open", "name": "Open", "type": "global"}],
            },
            "oauth_config": {"scopes": {"bot": ["chat:write", "commands", "app_mentions:read"]}},
            "settings": {"event_subscriptions": {"bot_events": ["app_mention"]}},
        }
        async with FakeSlack(manifest=manifest) as slack:
            client = AsyncWebClient(slack.bot_token, base_url=slack.api_url)
            assert (await client.auth_test())["user"] == "calc"
            assert slack.app.commands == {"/calc": True}
            said = await slack.mention(slack.user, slack.channel, "hello")
            assert said.text == f"<@{slack.bot_user_id}> hello"
            assert [one.event_type for one in slack.deliveries] == ["app_mention"]
            history = client.conversations_history(channel=slack.channel.id)
            assert (await refusal(history))[0] == "missing_scope"
            with pytest.raises(ImpossibleInSlack):
                await slack.shortcut(slack.user, "other")

    async def test_somebody_from_another_company_is_a_stranger(self, slack, client):
        guest = slack.add_user("guest", slack.add_workspace("partner"))
        assert (await refusal(client.users_info(user=guest.id)))[0] == "user_not_found"
        shared = slack.add_channel("shared", members=[slack.user, guest], ext_shared=True)
        assert (await client.users_info(user=guest.id))["user"]["is_stranger"]
        await slack.mention(guest, shared, "hello")
        payload = slack.deliveries[-1].payload
        assert payload["team_id"] == slack.workspace.id
        assert payload["event"]["user_team"] == guest.team_id
        assert payload["is_ext_shared_channel"] is True

    async def test_people_groups_and_teams(self, slack, client):
        wei = slack.add_user("wei", locale="zh-CN")
        curators = slack.add_usergroup(wei)
        user = (await client.users_info(user=wei.id, include_locale=True))["user"]
        assert user["locale"] == "zh-CN"
        group = await client.usergroups_users_list(usergroup=curators.id)
        assert group["users"] == [wei.id]
        assert (await client.team_info())["team"]["id"] == slack.workspace.id
        opened = await client.conversations_open(users=wei.id)
        assert opened["channel"]["id"] == slack.direct_message(wei).id
        channels = (await client.users_conversations(types="public_channel,im"))["channels"]
        assert {one["id"] for one in channels} == {slack.channel.id, opened["channel"]["id"]}
