"""Who is answered: people, and nobody that only looks like one."""

import pytest

from bot.slack.events.spoken import is_said_by_a_person

SAID = {"type": "message", "user": "U012AB3CD", "channel": "C1", "ts": "1.2", "text": "7b"}


@pytest.mark.parametrize("subtype", [None, "file_share", "thread_broadcast"])
def test_a_person_is_answered(subtype):
    assert is_said_by_a_person({**SAID, "subtype": subtype})


@pytest.mark.parametrize(
    "other",
    [
        {"bot_id": "B1"},
        {"bot_profile": {"id": "B1"}},
        {"app_id": "A1"},
        {"subtype": "bot_message"},
        {"subtype": "channel_join"},
        {"subtype": "message_changed"},
        {"edited": {"ts": "1.3"}},
        {"hidden": True},
        # Reminders come from Slackbot, without a bot's id.
        {"user": "USLACKBOT", "text": "Reminder: @vrambot 7b."},
        {"user": None},
    ],
)
def test_nobody_else_is(other):
    assert not is_said_by_a_person({**SAID, **other})
