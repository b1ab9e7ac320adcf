"""Reads an app manifest, so that a trial has the scopes, events and commands of the real app."""

from __future__ import annotations

from bot.fakeslack.app import App, Shortcut
from bot.fakeslack.records import Json

SCOPES_OF_EVENTS = {
    "app_mention": "app_mentions:read",
    "message.channels": "channels:history",
    "message.groups": "groups:history",
    "message.im": "im:history",
    "message.mpim": "mpim:history",
    "member_joined_channel": "channels:read",
}
"""The scope without which Slack takes no subscription to an event."""


def apply_manifest(app: App, manifest: Json) -> None:
    """Give the app what its manifest asks for and nothing else.

    Raises:
        KeyError: the manifest lacks a part that every bot has.
        ValueError: Slack would refuse it: it subscribes to an event without asking for its scope,
            or calls a scope optional that it does not ask for.

    """
    features, settings = manifest["features"], manifest["settings"]
    scopes = manifest["oauth_config"]["scopes"]
    app.name = features["bot_user"]["display_name"]
    app.scopes = frozenset(scopes["bot"])
    app.events = frozenset(settings.get("event_subscriptions", {}).get("bot_events", []))
    app.commands = {
        one["command"]: bool(one.get("should_escape")) for one in features.get("slash_commands", [])
    }
    needed = {SCOPES_OF_EVENTS[event] for event in app.events if event in SCOPES_OF_EVENTS}
    missing = sorted({*needed, *scopes.get("bot_optional", [])} - app.scopes)
    if missing:
        raise ValueError(f"not among the scopes that the manifest asks for: {', '.join(missing)}")
    app.redirect_urls = list(manifest["oauth_config"].get("redirect_urls", []))
    app.rotates_tokens = bool(settings.get("token_rotation_enabled"))
    app.shortcuts = [
        Shortcut(one["callback_id"], one["name"], one["type"])
        for one in features.get("shortcuts", [])
    ]
