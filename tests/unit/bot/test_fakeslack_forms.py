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
