"""Reads an app manifest, so that a trial has the scopes, events and commands of the real app."""

from __future__ import annotations

from bot.fakeslack.app import App, Shortcut
from bot.fakeslack.records import Json


def apply_manifest(app: App, manifest: Json) -> None:
    """Give the app what its manifest asks for and nothing else.

    Raises:
        KeyError: the manifest lacks a part that every bot has.

    """
    features, settings = manifest["features"], manifest["settings"]
    scopes = manifest["oauth_config"]["scopes"]
    app.name = features["bot_user"]["display_name"]
    app.scopes = frozenset([*scopes["bot"], *scopes.get("bot_optional", [])])
    app.events = frozenset(settings.get("event_subscriptions", {}).get("bot_events", []))
    app.commands = {
        one["command"]: bool(one.get("should_escape")) for one in features.get("slash_commands", [])
    }
    app.redirect_urls = list(manifest["oauth_config"].get("redirect_urls", []))
    app.rotates_tokens = bool(settings.get("token_rotation_enabled"))
    app.shortcuts = [
        Shortcut(one["callback_id"], one["name"], one["type"])
        for one in features.get("shortcuts", [])
    ]
