"""``manifest.json`` against what the code listens to, calls, and may be long."""

import ast
import copy
import json
from pathlib import Path

import pytest
from slack_sdk.web.async_client import AsyncWebClient

import bot.slack
from bot.fakeslack.app import App
from bot.fakeslack.manifest import apply_manifest
from bot.slack import manifest as needs
from bot.slack.shortcuts import calculate, explain, save_as_answer

ROOT = Path(__file__).parents[3]
MANIFEST = json.loads((ROOT / "manifest.json").read_text(encoding="utf-8"))
FEATURES, SETTINGS = MANIFEST["features"], MANIFEST["settings"]
SCOPES = MANIFEST["oauth_config"]["scopes"]


def called_methods() -> set[str]:
    """Return the Web API methods that the Slack code calls, from its syntax trees."""
    known = {name for name in dir(AsyncWebClient) if "_" in name and not name.startswith("_")}
    found = set()
    for file in Path(bot.slack.__path__[0]).rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
                owner = ast.unparse(node.func.value)
                if owner.endswith("client") and node.func.attr in known:
                    found.add(node.func.attr)
    return found


def new_app() -> App:
    return App("A1", "client", "secret", "signing", "verification", "xapp-1")


def test_every_call_of_the_web_api_is_listed_with_its_scopes():
    listed = {*needs.SCOPES_OF_METHODS, *needs.OPTIONAL_SCOPES_OF_METHODS}
    as_python = {name.replace(".", "_") for name in listed}
    assert called_methods() == as_python


def test_the_bot_scopes_are_those_needed_and_no_more():
    needed = {
        scope
        for table in (
            needs.SCOPES_OF_METHODS,
            needs.SCOPES_OF_EVENTS,
            needs.SCOPES_OF_FEATURES,
        )
        for scopes in table.values()
        for scope in scopes
    }
    assert set(SCOPES["bot"]) - set(SCOPES["bot_optional"]) == needed


def test_the_optional_scopes_are_those_used_where_granted():
    tables = (needs.OPTIONAL_SCOPES_OF_METHODS, needs.OPTIONAL_SCOPES_OF_EVENTS)
    used = {scope for table in tables for scopes in table.values() for scope in scopes}
    assert set(SCOPES["bot_optional"]) == used - needs.REQUIRED_SCOPES


def test_what_is_optional_is_asked_for_too():
    """Slack's manifest reference: an entry of ``bot_optional`` stands in ``bot`` as well."""
    assert set(SCOPES["bot_optional"]) <= set(SCOPES["bot"])
    assert len(SCOPES["bot"]) == len(set(SCOPES["bot"]))


def test_the_scope_of_every_event_is_asked_for():
    """Slack takes no manifest that subscribes to an event without its scope in ``bot``."""
    scopes_of = {**needs.SCOPES_OF_EVENTS, **needs.OPTIONAL_SCOPES_OF_EVENTS}
    for event in SETTINGS["event_subscriptions"]["bot_events"]:
        assert set(scopes_of[event]) <= set(SCOPES["bot"]), event


def test_it_is_one_that_the_stand_in_for_slack_takes():
    app = new_app()
    apply_manifest(app, MANIFEST)
    assert app.scopes == set(SCOPES["bot"])
    assert app.events == set(needs.EVENTS)


@pytest.mark.parametrize("scope", ["files:write", "channels:history", "app_mentions:read"])
def test_a_manifest_that_slack_would_refuse_is_refused(scope):
    """One scope is missing: an optional one, an optional one of an event, a required one."""
    changed = copy.deepcopy(MANIFEST)
    changed["oauth_config"]["scopes"]["bot"].remove(scope)
    with pytest.raises(ValueError, match=scope):
        apply_manifest(new_app(), changed)


def test_it_subscribes_to_what_the_code_listens_to():
    assert sorted(SETTINGS["event_subscriptions"]["bot_events"]) == sorted(needs.EVENTS)


def test_it_has_the_commands_that_the_code_listens_to():
    assert [one["command"] for one in FEATURES["slash_commands"]] == list(needs.COMMANDS)


def test_clicks_and_the_home_tab_are_switched_on():
    assert SETTINGS["interactivity"]["is_enabled"]
    assert FEATURES["app_home"]["home_tab_enabled"]
    assert FEATURES["app_home"]["messages_tab_enabled"]
    assert not FEATURES["app_home"]["messages_tab_read_only_enabled"]
    assert SETTINGS["socket_mode_enabled"]


def test_it_is_an_agent_and_not_an_assistant():
    assert "agent_view" in FEATURES
    assert "assistant_view" not in FEATURES


@pytest.mark.parametrize(
    ("text", "least", "most"),
    [
        (MANIFEST["display_information"]["name"], 1, 35),
        (MANIFEST["display_information"]["description"], 1, 140),
        (MANIFEST["display_information"]["long_description"], 175, 4_000),
        (FEATURES["agent_view"]["agent_description"], 1, 300),
        (FEATURES["slash_commands"][0]["description"], 1, 2_000),
    ],
)
def test_texts_keep_to_slacks_lengths(text, least, most):
    assert least <= len(text) <= most


def test_there_are_at_most_four_suggested_prompts():
    prompts = FEATURES["agent_view"]["suggested_prompts"]
    assert 1 <= len(prompts) <= 4
    assert all(set(prompt) == {"title", "message"} for prompt in prompts)


def test_the_manifest_for_http_has_the_address_everywhere_and_no_socket():
    changed = needs.over_http(MANIFEST, "https://vram.example/")
    url = "https://vram.example/slack/events"
    assert changed["settings"]["event_subscriptions"]["request_url"] == url
    assert changed["settings"]["interactivity"]["request_url"] == url
    assert changed["features"]["slash_commands"][0]["url"] == url
    assert not changed["settings"]["socket_mode_enabled"]
    assert MANIFEST["settings"]["socket_mode_enabled"]


def test_the_manifest_for_installs_has_addresses_and_serves_organisations():
    changed = needs.for_installs(MANIFEST, "https://vram.example")
    url = "https://vram.example/slack/oauth_redirect"
    assert changed["oauth_config"]["redirect_urls"] == [url]
    assert changed["settings"]["org_deploy_enabled"]
    assert not changed["settings"]["token_rotation_enabled"]
    assert not changed["settings"]["socket_mode_enabled"]


def test_an_install_asks_for_what_the_manifest_has():
    assert set(needs.BOT_SCOPES) == set(SCOPES["bot"])


def test_it_has_the_shortcuts_that_the_code_listens_to():
    offered = {one["callback_id"]: one["type"] for one in FEATURES["shortcuts"]}
    assert offered == {
        calculate.CALLBACK: "global",
        explain.CALLBACK: "message",
        save_as_answer.SHORTCUT: "message",
    }


def test_shortcuts_keep_to_slacks_lengths_and_speak_both_languages():
    assert len(FEATURES["shortcuts"]) <= 10
    for one in FEATURES["shortcuts"]:
        assert 1 <= len(one["name"]) <= 24
        assert 1 <= len(one["description"]) <= 150
        assert any("\u4e00" <= letter <= "\u9fff" for letter in one["description"])
