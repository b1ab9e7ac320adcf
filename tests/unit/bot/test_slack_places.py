"""What is believed of a channel, and for how long (kinds: design, "Who may see what")."""

import pytest
from slack_sdk.errors import SlackApiError

from bot.slack import places
from bot.slack.places import Places, kind_of_event

PLAIN = {"id": "C1", "is_private": False}
ORG_SHARED = PLAIN | {"is_org_shared": True}
PENDING = PLAIN | {"is_pending_ext_shared": True}
CLOSED = PLAIN | {"is_private": True}


class Client:
    """Answers the two look-ups from a list of channel objects; None: Slack refuses."""

    def __init__(self):
        self.channels = [PLAIN]
        self.pages = 1
        self.asked = 0

    async def users_conversations(self, cursor, **_):
        if self.channels is None:
            raise SlackApiError("no", {"error": "internal_error"})
        page = int(cursor or 0) + 1
        more = str(page) if page < self.pages else ""
        if page > 1 and self.pages == 9:
            raise SlackApiError("no", {"error": "internal_error"})
        shown = self.channels if page == 1 else []
        return {"channels": shown, "response_metadata": {"next_cursor": more}}

    async def conversations_info(self, channel):
        self.asked += 1
        if self.channels is None:
            raise SlackApiError("no", {"error": "missing_scope"})
        return {"channel": next(one for one in self.channels if one["id"] == channel)}


@pytest.fixture
def client():
    return Client()


@pytest.fixture
def known(client):
    return Places(lambda _: client)


def message(channel_type="channel", **more):
    event = {"type": "message", "channel": "C1", "channel_type": channel_type, "user": "U1"}
    body = {"type": "event_callback", "team_id": "T1", "is_ext_shared_channel": False}
    return body | {"event": event | more}


@pytest.mark.parametrize("shared", [ORG_SHARED, PENDING])
async def test_an_ordinary_event_does_not_make_a_shared_channel_public(known, client, shared):
    client.channels = [shared]
    await known.learn_all("T1")
    body = message()
    known.hear("T1", body)
    told = kind_of_event(body)
    assert told == "public"
    assert known.at_hand("T1", "C1", told) == ("external", True)
    assert await known.kind("T1", "C1", told) == "external"


async def test_once_that_has_lapsed_the_event_is_not_sure_and_slack_is_asked(
    known, client, monkeypatch
):
    client.channels = [ORG_SHARED]
    monkeypatch.setattr(places, "KEEP_S", -1.0)
    await known.learn_all("T1")
    monkeypatch.setattr(places, "KEEP_S", 300.0)
    known.hear("T1", message())
    kind, sure = known.at_hand("T1", "C1", "public")
    assert kind != "public"
    assert not sure
    assert await known.kind("T1", "C1", "public") == "external"
    assert client.asked == 1


async def test_a_channel_object_that_says_so_makes_it_public_again(known, client):
    client.channels = [ORG_SHARED]
    await known.learn_all("T1")
    client.channels = [PLAIN]
    await known.learn_all("T1")
    known.hear("T1", message())
    assert known.at_hand("T1", "C1", "public") == ("public", True)


async def test_an_event_that_says_that_others_read_along_is_believed(known):
    await known.learn_all("T1")
    known.hear("T1", message() | {"is_ext_shared_channel": True})
    assert known.at_hand("T1", "C1") == ("external", True)
    # An ordinary one that was on its way does not take it back.
    known.hear("T1", message())
    assert known.at_hand("T1", "C1", "public") == ("external", True)


async def test_where_slack_may_not_tell_an_event_is_believed(known, client):
    client.channels = None
    assert await known.kind("T1", "C1") == "external"
    known.hear("T1", message())
    assert known.at_hand("T1", "C1", "public") == ("public", True)


async def test_a_public_channel_that_is_listed_no_more_is_forgotten(known, client):
    """Without ``groups:read`` a channel that was made private is in no listing."""
    await known.learn_all("T1")
    await known.learn_all("T2")
    assert known.at_hand("T1", "C1") == ("public", True)
    client.channels = []
    await known.learn_all("T1")
    assert known.at_hand("T1", "C1") == ("external", False)
    # An event that says that no other company reads along leaves it private.
    known.hear("T1", {"is_ext_shared_channel": False, "event": {"channel": "C1"}})
    assert known.at_hand("T1", "C1") == ("private", False)
    assert known.at_hand("T2", "C1") == ("public", True)


@pytest.mark.parametrize("pages", [1, 9])
async def test_a_listing_that_broke_off_forgets_nothing(known, client, pages):
    await known.learn_all("T1")
    client.channels, client.pages = (None if pages == 1 else []), pages
    await known.learn_all("T1")
    assert known.at_hand("T1", "C1") == ("public", True)


async def test_what_is_heard_while_the_channels_are_listed_stays(known, client):
    listing = client.users_conversations

    async def meanwhile(**given):
        known.hear("T1", message())
        return await listing(**given)

    client.channels, client.users_conversations = [], meanwhile
    await known.learn_all("T1")
    assert known.at_hand("T1", "C1") == ("public", True)


async def test_a_message_tells_that_its_channel_was_made_private(known, client):
    await known.learn_all("T1")
    known.hear("T1", message(subtype="channel_convert_to_private"))
    assert known.at_hand("T1", "C1") == ("private", True)
    client.channels = [CLOSED]
    await known.learn_all("T1")
    assert known.at_hand("T1", "C1") == ("private", True)
