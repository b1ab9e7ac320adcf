"""Who may see a past answer (design: "Who may see what")."""

import itertools

import pytest

from knowledge.visibility import Place, Viewer, may_see

KINDS = ("public", "private", "group", "dm", "external", "terminal")


def place(channel: str, kind: str, workspace: str = "T1") -> Place:
    return Place(workspace=workspace, channel=channel, kind=kind)  # type: ignore[arg-type]


def viewer(channel: str, kind: str, workspace: str = "T1") -> Viewer:
    return Viewer(user="U1", place=place(channel, kind, workspace))


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind != "external"])
def test_a_public_answer_is_seen_from_anywhere_in_its_workspace(kind):
    assert may_see(viewer("C9", kind), place("C1", "public"), "U2", private=False)


@pytest.mark.parametrize("kind", ["private", "group", "dm", "external", "terminal"])
def test_any_other_answer_is_seen_only_from_its_own_conversation(kind):
    assert may_see(viewer("C1", kind), place("C1", kind), "U2", private=False)
    assert not may_see(viewer("C2", kind), place("C1", kind), "U2", private=False)
    assert not may_see(viewer("C2", "public"), place("C1", kind), "U2", private=False)


@pytest.mark.parametrize(("seen", "asked"), list(itertools.product(KINDS, KINDS)))
def test_workspaces_never_see_each_other(seen, asked):
    assert not may_see(viewer("C1", seen, "T2"), place("C1", asked), "U2", private=False)


def test_from_a_shared_channel_nothing_of_the_rest_of_the_workspace_is_seen():
    assert not may_see(viewer("C9", "external"), place("C1", "public"), "U2", private=False)
    assert may_see(viewer("C9", "external"), place("C9", "external"), "U2", private=False)
    # The channel was public before it was shared: its own answers stay readable in it.
    assert may_see(viewer("C9", "external"), place("C9", "public"), "U2", private=False)


def test_the_asker_does_not_see_their_own_private_answer_from_elsewhere():
    assert not may_see(viewer("C2", "private"), place("D1", "dm"), "U1", private=False)


@pytest.mark.parametrize("kind", ["private", "group", "dm", "external", "terminal"])
def test_what_was_shown_to_its_asker_alone_is_seen_there_by_nobody_else(kind):
    assert may_see(viewer("C1", kind), place("C1", kind), "U1", private=True)
    assert not may_see(viewer("C1", kind), place("C1", kind), "U2", private=True)


def test_what_was_shown_alone_in_a_public_channel_is_found_by_anyone_of_the_workspace():
    assert may_see(viewer("C9", "private"), place("C1", "public"), "U2", private=True)
    # But the channel's people are of two companies now.
    assert not may_see(viewer("C1", "external"), place("C1", "public"), "U2", private=True)


@pytest.mark.parametrize(("seen", "asked"), list(itertools.product(KINDS, KINDS)))
@pytest.mark.parametrize("asker", ["U1", "U2"])
def test_a_private_answer_is_never_said_aloud(seen, asked, asker):
    aloud = Viewer("U1", place("C1", seen), aloud=True)
    assert not may_see(aloud, place("C1", asked), asker, private=True)
