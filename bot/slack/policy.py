"""When the bot answers in a channel: mentions alone, or follow-ups in its threads too.

Any full member of the workspace may set it, in the channel, where everybody sees who did: it
decides only how much the bot says there, and one command turns it back. Guests may not. In a
channel shared with another company it is always mention only.
"""

from __future__ import annotations

from typing import Literal

from bot.messages import say
from bot.question import Language
from bot.slack.identity import Identity
from knowledge.store import Store
from knowledge.store.errors import StoreError
from knowledge.store.personal import owner_of
from knowledge.visibility import PlaceKind

Policy = Literal["mention", "follow-ups"]
POLICIES: tuple[Policy, ...] = ("mention", "follow-ups")
HISTORY_SCOPES = {"public": "channels:history", "private": "groups:history"}
_WORDS: dict[str, Policy] = {
    "mention": "mention",
    "mentions": "mention",
    "mention-only": "mention",
    "仅提及": "mention",
    "提及": "mention",
    "follow-ups": "follow-ups",
    "follow-up": "follow-ups",
    "followups": "follow-ups",
    "followup": "follow-ups",
    "追问": "follow-ups",
    "跟进": "follow-ups",
}


def policy_named(word: str) -> Policy | None:
    """Return the policy that a word of a command names, None when it names none."""
    return _WORDS.get(word.strip().casefold().replace("_", "-"))


def policy_of(store: Store, workspace: str, channel: str) -> Policy:
    """Return the policy of a channel; mention only unless somebody chose otherwise."""
    chosen = store.preferences(workspace, owner_of("channel", channel)).get("policy")
    return "follow-ups" if chosen == "follow-ups" else "mention"


def keep_policy(store: Store, workspace: str, channel: str, policy: Policy, user: str) -> None:
    """Set the policy of a channel; the standard one takes no row."""
    value = {} if policy == "mention" else {"policy": policy}
    store.prefer(workspace, owner_of("channel", channel), value, user)


def obstacle(identity: Identity, kind: PlaceKind, language: Language) -> str | None:
    """Return why follow-ups without a mention cannot be heard in such a channel, None if they can.

    Slack sends what is said in a channel only to apps with the scope for its history.
    """
    if kind == "dm":
        return say("policy_dm", language)
    if kind in ("external", "group"):
        return say("policy_external" if kind == "external" else "policy_group", language)
    scope = HISTORY_SCOPES.get(kind, "groups:history")
    if identity.scopes is not None and scope not in identity.scopes:
        return say("policy_scope", language, scope=scope)
    return None


def policy_line(
    store: Store, identity: Identity, channel: str, kind: PlaceKind, language: Language
) -> str:
    """Return the line that says when the bot answers in this channel, and how to change it."""
    if kind == "dm":
        return say("policy_dm", language)
    hindered = obstacle(identity, kind, language)
    if hindered is not None:
        return f"{say('policy_is_mention', language)} {hindered}"
    try:
        policy = policy_of(store, identity.team_id, channel)
    except StoreError:
        # What cannot be read is not followed either.
        policy = "mention"
    key = "policy_is_follow_ups" if policy == "follow-ups" else "policy_is_mention"
    return f"{say(key, language)} {say('policy_how', language)}"
