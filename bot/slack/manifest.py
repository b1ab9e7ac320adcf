"""What the code asks of Slack, method by method: the manifest has this and no more.

Scopes are those of Slack's method pages. ``manifest.json`` in the repository is the manifest for
Socket Mode; ``over_http`` turns it into the one for signed HTTP.
"""

from __future__ import annotations

import copy
from collections.abc import Mapping
from typing import Any

from bot.slack import commands
from bot.slack.events import home, mention, message, unaddressed, uninstalled
from bot.slack.install.oauth import REDIRECT_PATH
from bot.slack.transports.http import EVENTS_PATH

COMMANDS = commands.NAMES
EVENTS = (
    home.EVENT,
    mention.EVENT,
    message.SUBSCRIPTION,
    *unaddressed.SUBSCRIPTIONS,
    *uninstalled.EVENTS,
)

# Needed for the bot to do its work at all.
SCOPES_OF_METHODS: Mapping[str, tuple[str, ...]] = {
    "apps.connections.open": (),
    "assistant.threads.setSuggestedPrompts": ("assistant:write",),
    "auth.test": (),
    "chat.postEphemeral": ("chat:write",),
    "chat.postMessage": ("chat:write",),
    "oauth.v2.access": (),
    "users.conversations": ("channels:read",),
    "views.open": (),
    "views.publish": (),
    "views.push": (),
    "views.update": (),
}
SCOPES_OF_EVENTS: Mapping[str, tuple[str, ...]] = {
    home.EVENT: (),
    mention.EVENT: ("app_mentions:read",),
    message.SUBSCRIPTION: ("im:history",),
    **dict.fromkeys(uninstalled.EVENTS, ()),
}
SCOPES_OF_FEATURES: Mapping[str, tuple[str, ...]] = {
    "agent_view": ("assistant:write",),
    "slash_commands": ("commands",),
}
# Used where they are granted; without them the code takes the safe side. The kind of a private
# channel decides nothing more; reading a thread tells whether an answer is out after a crash.
OPTIONAL_SCOPES_OF_METHODS: Mapping[str, tuple[str, ...]] = {
    "conversations.info": ("channels:read", "groups:read"),
    "conversations.members": ("groups:read",),
    "conversations.history": ("channels:history", "groups:history", "mpim:history"),
    "conversations.replies": ("channels:history", "groups:history", "mpim:history"),
    "usergroups.users.list": ("usergroups:read",),
    "files.completeUploadExternal": ("files:write",),
    "files.getUploadURLExternal": ("files:write",),
    "users.info": ("users:read",),
}
# Slack sends these events only where the scope is granted: without it, mentions alone are heard.
OPTIONAL_SCOPES_OF_EVENTS: Mapping[str, tuple[str, ...]] = {
    "message.channels": ("channels:history",),
    "message.groups": ("groups:history",),
}

REQUIRED_SCOPES = frozenset(
    scope
    for table in (SCOPES_OF_METHODS, SCOPES_OF_EVENTS, SCOPES_OF_FEATURES)
    for scopes in table.values()
    for scope in scopes
)
OPTIONAL_SCOPES = (
    frozenset(scope for scopes in OPTIONAL_SCOPES_OF_METHODS.values() for scope in scopes)
    - REQUIRED_SCOPES
)
BOT_SCOPES = (*sorted(REQUIRED_SCOPES), *sorted(OPTIONAL_SCOPES))
"""What an install by OAuth asks for; Slack lets whoever installs leave the optional ones out."""


def over_http(manifest: Mapping[str, Any], address: str) -> dict[str, Any]:
    """Return the manifest for signed HTTP at ``address`` (``https://…``, without a path)."""
    changed = copy.deepcopy(dict(manifest))
    url = address.rstrip("/") + EVENTS_PATH
    changed["settings"]["socket_mode_enabled"] = False
    changed["settings"]["event_subscriptions"]["request_url"] = url
    changed["settings"]["interactivity"]["request_url"] = url
    for command in changed["features"]["slash_commands"]:
        command["url"] = url
    return changed


def for_installs(manifest: Mapping[str, Any], address: str) -> dict[str, Any]:
    """Return the manifest for signed HTTP at ``address`` with installs by OAuth, org-wide too."""
    changed = over_http(manifest, address)
    changed["oauth_config"]["redirect_urls"] = [address.rstrip("/") + REDIRECT_PATH]
    changed["settings"]["org_deploy_enabled"] = True
    return changed
