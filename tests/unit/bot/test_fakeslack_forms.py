"""Forms and menus behave as in Slack, with a real Bolt app behind."""

import pytest
from fakeslack_bolt import FORM, plain
from slack_sdk.errors import SlackApiError

from bot.fakeslack import ImpossibleInSlack, Timing


class TestForms:
    @pytest.fixture
    def opened(self, slack, app):
        @app.shortcut("open")
        async def shortcut(ack, client, body):
            await ack()
            await client.views_open(trigger_id=body["trigger_id"], view=FORM)

        async def opening():
            await slack.shortcut(slack.user, "open")
            return await slack.wait_for_modal()

        return opening

    async def test_errors_stay_on_the_form_and_a_good_form_closes(self, slack, app, opened):
        @app.view("form")
        async def submitted(ack, view):
            value = view["state"]["values"]["batch"]["batch_value"]["value"]
            if not value.isdigit():
                await ack(response_action="errors", errors={"batch": "A whole number, please"})
            else:
                await ack()

        form = await opened()
        refused = await slack.submit(slack.user, form, {"batch_value": "many"})
        assert (refused.action, refused.errors) == ("errors", {"batch": "A whole number, please"})
        assert slack.modal() is form
        assert (await slack.submit(slack.user, form, {"batch": "8"})).action == "close"
        assert slack.modal() is None

    async def test_required_fields_and_choices_are_enforced(self, slack, app, opened):
        form = await opened()
        with pytest.raises(ImpossibleInSlack, match="must be filled in"):
            await slack.submit(slack.user, form, {})
        with pytest.raises(ImpossibleInSlack, match="does not offer"):
            await slack.submit(slack.user, form, {"batch": "1", "dtype": "fp5"})
        with pytest.raises(ImpossibleInSlack, match="no field is called"):
            await slack.submit(slack.user, form, {"batch": "1", "colour": "red"})

    async def test_a_trigger_lasts_three_seconds_and_works_once(self, slack, app):
        world = slack.world
        fresh = world.new_trigger(slack.workspace.id, slack.user.id)
        await app.client.views_open(trigger_id=fresh, view=FORM)
        world.timing = Timing(trigger_lifetime_s=-1)
        stale = world.new_trigger(slack.workspace.id, slack.user.id)
        cases = {fresh: "exchanged", stale: "expired", "1.2.3": "invalid"}
        for trigger_id, word in cases.items():
            with pytest.raises(SlackApiError) as caught:
                await app.client.views_open(trigger_id=trigger_id, view=FORM)
            assert caught.value.response["error"] == f"{word}_trigger_id"

    async def test_forms_stack_three_high(self, slack, app, opened):
        @app.view("form")
        async def submitted(ack):
            await ack(response_action="push", view=FORM)

        top = await opened()
        for _ in range(2):
            top = (await slack.submit(slack.user, top, {"batch": "1"})).view
        fourth = await slack.submit(slack.user, top, {"batch": "1"})
        assert (fourth.action, fourth.error) == ("error", "push_limit_reached")

    async def test_two_editors_of_one_home_conflict_by_hash(self, slack, app):
        home = {"type": "home", "blocks": [{"type": "divider"}]}
        first = (await app.client.views_publish(user_id=slack.user.id, view=home))["view"]
        await app.client.views_publish(user_id=slack.user.id, view=home, hash=first["hash"])
        with pytest.raises(SlackApiError) as caught:
            await app.client.views_publish(user_id=slack.user.id, view=home, hash=first["hash"])
        assert caught.value.response["error"] == "hash_conflict"

    async def test_a_menu_asks_the_app_for_its_options(self, slack, app):
        @app.options("model")
        async def models(ack, payload):
            names = [name for name in ("llama-2-7b", "qwen") if payload["value"] in name]
            await ack(options=[{"text": plain(name), "value": name} for name in names])

        menu = {"type": "external_select", "action_id": "model", "min_query_length": 1}
        block = {"type": "input", "label": plain("Model"), "element": menu}
        trigger = slack.world.new_trigger(slack.workspace.id, slack.user.id)
        await app.client.views_open(trigger_id=trigger, view=FORM | {"blocks": [block]})
        offered = await slack.suggestions(slack.user, slack.modal(), "model", "lla")
        assert [one["value"] for one in offered] == ["llama-2-7b"]


WORDS = plain("Choose")


def asking(element, **more):
    block = {"type": "input", "block_id": "one", "label": WORDS, "element": element, **more}
    return {
        "type": "modal",
        "callback_id": "asking",
        "title": WORDS,
        "submit": WORDS,
        "blocks": [block],
    }


MENU = {"type": "conversations_select", "action_id": "where", "response_url_enabled": True}


class TestConversations:
    async def opened(self, slack, app, view):
        trigger = slack.world.new_trigger(slack.workspace.id, slack.user.id)
        await app.client.views_open(trigger_id=trigger, view=view)
        return slack.modal()

    async def test_a_chosen_conversation_comes_with_an_address_to_answer_at(self, slack, app):
        told = []

        @app.view("asking")
        async def submitted(ack, body):
            told.extend(body["response_urls"])
            await ack()

        view = await self.opened(slack, app, asking(MENU))
        await slack.submit(slack.user, view, {"where": slack.channel.id})
        (one,) = told
        assert (one["block_id"], one["action_id"]) == ("one", "where")
        assert one["channel_id"] == slack.channel.id
        assert one["response_url"].startswith(slack.url)

    async def test_nobody_chooses_a_conversation_that_they_do_not_see(self, slack, app):
        room = slack.add_channel("theirs", "private", [slack.add_user("li")])
        view = await self.opened(slack, app, asking(MENU))
        for channel_id in (room.id, "C0NOWHERE"):
            with pytest.raises(ImpossibleInSlack):
                await slack.submit(slack.user, view, {"where": channel_id})

    async def test_the_address_is_offered_in_forms_alone(self, slack, app):
        blocks = [{"type": "actions", "elements": [MENU]}]
        with pytest.raises(SlackApiError) as caught:
            await app.client.chat_postMessage(channel=slack.channel.id, text="x", blocks=blocks)
        assert caught.value.response["error"] == "invalid_blocks"

    async def test_an_input_tells_of_a_choice_only_if_it_says_so(self, slack, app):
        menu = {
            "type": "static_select",
            "action_id": "what",
            "options": [{"text": WORDS, "value": "a"}],
        }
        view = await self.opened(slack, app, asking(menu))
        with pytest.raises(ImpossibleInSlack, match="does not dispatch"):
            await slack.click_in_view(slack.user, view, "what", "a")
        view = await self.opened(slack, app, asking(menu, dispatch_action=True))
        await slack.click_in_view(slack.user, view, "what", "a")
        told = slack.deliveries[-1].payload["view"]["state"]["values"]["one"]["what"]
        assert told["selected_option"]["value"] == "a"


async def test_the_words_of_a_picture_have_at_most_a_thousand_characters(slack, app):
    for length, fits in ((1_000, True), (1_001, False)):
        call = app.client.files_getUploadURLExternal(
            filename="a.png", length=3, alt_txt="w" * length
        )
        if fits:
            await call
        else:
            with pytest.raises(SlackApiError):
                await call
