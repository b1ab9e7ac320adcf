"""Clicks behave as in Slack, with a real Bolt app behind."""

import pytest
from fakeslack_bolt import actions, button, plain, posted

from bot.fakeslack import ImpossibleInSlack


class TestClicks:
    async def test_a_click_carries_the_button_and_the_message(self, slack, app):
        clicks = []

        @app.action("wider")
        async def wider(ack, body):
            await ack()
            clicks.append(body)

        message = await posted(slack, app, [actions(button("wider", value="8"))])
        assert (await slack.click(slack.user, message, "wider")).error is None
        body = clicks[0]
        assert body["actions"][0]["value"] == "8"
        assert body["message"]["ts"] == message.ts
        assert body["user"]["id"] == slack.user.id

    async def test_buttons_inside_containers_are_found(self, slack, app):
        pressed = []

        @app.action("inner")
        async def inner(ack):
            await ack()
            pressed.append(True)

        container = {
            "type": "container",
            "title": plain("Working"),
            "is_collapsible": True,
            "child_blocks": [actions(button("inner"))],
        }
        await slack.click(slack.user, await posted(slack, app, [container]), "inner")
        assert pressed

    async def test_feedback_has_two_values(self, slack, app):
        values = []

        @app.action("feedback")
        async def feedback(ack, action):
            await ack()
            values.append(action["value"])

        element = {
            "type": "feedback_buttons",
            "action_id": "feedback",
            "positive_button": {"text": plain("Good"), "value": "good"},
            "negative_button": {"text": plain("Bad"), "value": "bad"},
        }
        message = await posted(slack, app, [{"type": "context_actions", "elements": [element]}])
        await slack.click(slack.user, message, "feedback", "bad")
        assert values == ["bad"]
        with pytest.raises(ImpossibleInSlack):
            await slack.click(slack.user, message, "feedback", "perfect")

    async def test_what_one_cannot_see_one_cannot_click(self, slack, app):
        wei = slack.add_user("wei")
        mine = button("edit", visible_to_user_ids=[slack.user.id])
        message = await posted(slack, app, [actions(mine)])
        with pytest.raises(ImpossibleInSlack, match="does not see edit"):
            await slack.click(wei, message, "edit")
        with pytest.raises(ImpossibleInSlack, match="action id gone"):
            await slack.click(slack.user, message, "gone")
