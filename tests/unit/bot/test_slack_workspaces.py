"""The workspace of the token in the environment is the only one that is served."""

import pytest
from slack_sdk.web.async_client import AsyncWebClient

from bot.slack.identity import Identity
from bot.slack.workspaces import NotInstalled, OneWorkspace

IDENTITY = Identity("T1", "U9", "B9", "https://lab.slack.com/")


def one_workspace():
    told = []
    return OneWorkspace(IDENTITY, AsyncWebClient(token="xoxb-1"), told.append), told


def test_it_is_who_it_is_in_its_own_workspace_only():
    workspaces, _ = one_workspace()
    assert workspaces.identity_of("T1") == IDENTITY
    assert workspaces.client_of("T1").token == "xoxb-1"
    for ask in (workspaces.identity_of, workspaces.client_of):
        with pytest.raises(NotInstalled):
            ask("T2")


def test_requests_of_other_workspaces_are_not_authorised():
    workspaces, _ = one_workspace()
    assert workspaces.authorize("T1", None, False).bot_token == "xoxb-1"
    assert workspaces.authorize("T2", None, False) is None


def test_a_refused_token_is_told():
    workspaces, told = one_workspace()
    workspaces.refused("T1", "token_revoked")
    assert told == ["token_revoked"]
