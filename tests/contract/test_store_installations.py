"""Installations: one for each workspace, or one for an organisation; states that work once."""

from dataclasses import replace

import pytest

from knowledge.store.installations import Installation

OWN = Installation(
    workspace="T1",
    enterprise=None,
    org_wide=False,
    sealed_token="sealed",
    bot_user_id="U9",
    bot_id="B9",
    url="https://lab.slack.com/",
    scopes="chat:write,commands",
    installed_at=1_000.0,
)
ORG = replace(OWN, workspace="E1", enterprise="E1", org_wide=True, bot_user_id="U8")


def test_an_installation_is_given_back_as_it_was_kept(store):
    store.keep_installation(OWN)
    assert store.installation("T1") == OWN
    assert store.installation("T2") is None


def test_a_later_one_takes_the_place_of_an_earlier_one(store):
    store.keep_installation(OWN)
    later = replace(OWN, sealed_token="newer", installed_at=2_000.0)
    store.keep_installation(later)
    assert store.installations() == [later]


def test_an_organisation_serves_the_workspaces_that_were_noted_for_it(store):
    store.keep_installation(ORG)
    assert store.installation("T1") is None
    store.serve_from_org("T1", "E1")
    assert store.installation("T1") == ORG
    assert store.workspaces_of("E1") == ["T1"]


def test_a_workspaces_own_installation_comes_before_its_organisations(store):
    store.keep_installation(ORG)
    store.serve_from_org("T1", "E1")
    store.keep_installation(replace(OWN, enterprise="E1"))
    assert store.installation("T1").bot_user_id == "U9"


def test_a_state_works_once(store):
    assert store.use_state("digest", 60.0)
    assert not store.use_state("digest", 60.0)
    assert store.use_state("another", 60.0)


def test_what_lapsed_is_not_remembered(store):
    store.use_state("old", -1.0)
    assert store.use_state("old", 60.0)


@pytest.mark.parametrize("known", ["T1", "E1"])
def test_a_deleted_workspace_has_no_installation(store, known):
    store.keep_installation(OWN)
    store.keep_installation(ORG)
    store.forget_workspace(known)
    assert [one.workspace for one in store.installations()] == (["E1"] if known == "T1" else ["T1"])
