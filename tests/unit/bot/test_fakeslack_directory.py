"""User groups, roles and limited histories are as in Slack."""

import pytest
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient


@pytest.fixture
def client(slack):
    return AsyncWebClient(slack.bot_token, base_url=slack.api_url)


async def test_the_members_of_a_user_group(slack, client):
    li, gone = slack.add_user("li"), slack.add_user("gone")
    gone.deleted = True
    group = slack.add_usergroup(li, gone)
    assert (await client.usergroups_users_list(usergroup=group.id))["users"] == [li.id]
    group.disabled = True
    assert (await client.usergroups_users_list(usergroup=group.id))["users"] == []
    asked = await client.usergroups_users_list(usergroup=group.id, include_disabled=True)
    assert asked["users"] == [li.id]


async def test_a_user_group_of_another_workspace_is_unknown(slack, client):
    other = slack.add_workspace("other")
    group = slack.add_usergroup(slack.add_user("ada", other), workspace=other)
    with pytest.raises(SlackApiError, match="no_such_subteam"):
        await client.usergroups_users_list(usergroup=group.id)


async def test_roles_are_told(slack, client):
    slack.user.is_owner = True
    person = (await client.users_info(user=slack.user.id))["user"]
    assert (person["is_owner"], person["is_admin"]) == (True, False)


async def test_a_history_is_given_in_small_pages_once_a_minute(slack, client):
    slack.limit_history()
    first = await slack.user_says(slack.user, slack.channel, "root")
    for number in range(20):
        await slack.user_says(slack.user, slack.channel, str(number), first.ts)
    page = await client.conversations_replies(channel=slack.channel.id, ts=first.ts, limit=200)
    assert len(page["messages"]) == 15
    assert page["has_more"]
    with pytest.raises(SlackApiError, match="ratelimited") as caught:
        await client.conversations_replies(channel=slack.channel.id, ts=first.ts)
    assert int(caught.value.response.headers["Retry-After"]) > 30
