"""The service's settings, from the environment; one table that the documentation is made from."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any, Literal

from pydantic import Field, SecretStr, ValidationError, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from bot.errors import BadSetting
from bot.home import home

Transport = Literal["socket", "http"]
LogLevel = Literal["debug", "info", "warning", "error"]
LogFormat = Literal["text", "json"]


class Settings(BaseSettings):
    """Every setting. An empty variable counts as unset; secrets show in no log and no repr."""

    model_config = SettingsConfigDict(
        env_ignore_empty=True,
        frozen=True,
        extra="ignore",
        populate_by_name=True,
        hide_input_in_errors=True,
    )

    slack_bot_token: SecretStr | None = Field(
        None,
        validation_alias="SLACK_BOT_TOKEN",
        description="The bot's token (`xoxb-…`). Always needed for Slack.",
    )
    slack_app_token: SecretStr | None = Field(
        None,
        validation_alias="SLACK_APP_TOKEN",
        description="The app-level token (`xapp-…`). Set: Socket Mode, no public address needed.",
    )
    slack_signing_secret: SecretStr | None = Field(
        None,
        validation_alias="SLACK_SIGNING_SECRET",
        description="Set without an app token: signed HTTP at `/slack/events`.",
    )
    slack_client_id: str | None = Field(
        None,
        validation_alias="SLACK_CLIENT_ID",
        description="Set in the place of a bot token: many workspaces, installed by OAuth at "
        "`/slack/install`.",
    )
    slack_client_secret: SecretStr | None = Field(
        None,
        validation_alias="SLACK_CLIENT_SECRET",
        description="The app's client secret; needed for installs by OAuth.",
    )
    public_url: str | None = Field(
        None,
        validation_alias="VRAMBOT_PUBLIC_URL",
        description="The public address, `https://…`, that browsers come back to in an install.",
    )
    encryption_key: SecretStr | None = Field(
        None,
        validation_alias="VRAMBOT_ENCRYPTION_KEY",
        description="Seals the tokens of installed workspaces: base64 of 32 bytes. Several by "
        "comma, the newest first: that one seals, all open.",
    )
    slack_api_url: str = Field(
        "https://slack.com/api/",
        validation_alias="SLACK_API_URL",
        description="Another address of the Web API, for tests and emulators.",
    )
    home: Path = Field(
        default_factory=home,
        validation_alias="VRAMBOT_HOME",
        description="The folder of all state. Left open: the user's data folder.",
    )
    host: str = Field(
        "127.0.0.1",
        validation_alias="VRAMBOT_HOST",
        description="The address to listen on, for Slack's requests and for `/health`, `/ready`.",
    )
    port: int = Field(
        8080,
        validation_alias="VRAMBOT_PORT",
        ge=0,
        le=65_535,
        description="The port to listen on; 0 lets the system choose one.",
    )
    log_level: LogLevel = Field(
        "info", validation_alias="VRAMBOT_LOG_LEVEL", description="How much is logged."
    )
    log_format: LogFormat = Field(
        "text",
        validation_alias="VRAMBOT_LOG_FORMAT",
        description="Log lines for people, or one JSON object a line.",
    )
    slash_replies: Literal["private", "channel"] = Field(
        "private",
        validation_alias="VRAMBOT_SLASH_REPLIES",
        description="Who sees the answer to `/vram`: the asker, who may share it, or the channel.",
    )
    curators: str | None = Field(
        None,
        validation_alias="VRAMBOT_CURATORS",
        description="Who may write the team's entries: ids of users (`U…`) and of user groups "
        "(`S…`), by comma. Left open: the workspace's admins and owners.",
    )
    ack_budget_ms: int = Field(
        50,
        validation_alias="VRAMBOT_ACK_BUDGET_MS",
        ge=0,
        le=2_000,
        description="How long the answer to `/vram` may take and still ride in the "
        "acknowledgement; a slower one follows by itself.",
    )
    workers: int = Field(
        2,
        validation_alias="VRAMBOT_WORKERS",
        ge=1,
        le=64,
        description="How many threads answer questions where no processes do, and do what else "
        "takes a while.",
    )
    processes: int | None = Field(
        None,
        validation_alias="VRAMBOT_PROCESSES",
        ge=0,
        le=32,
        description="How many processes answer questions beside the one that talks to Slack; "
        "0: none, it answers in threads of its own. Left open: as many as it has processors, at "
        "most four, and none where it has one.",
    )
    max_waiting: int = Field(
        1_000,
        validation_alias="VRAMBOT_MAX_WAITING",
        ge=1,
        description="How many questions may wait; more are refused, so that Slack sends them "
        "again.",
    )
    lease_s: float = Field(
        60.0,
        validation_alias="VRAMBOT_LEASE_S",
        gt=0,
        description="After how many seconds another worker takes up what one did not finish.",
    )
    drain_s: float = Field(
        8.0,
        validation_alias="VRAMBOT_DRAIN_S",
        ge=0,
        description="How many seconds a stopping service goes on with what was accepted.",
    )

    user_per_minute: int = Field(
        20,
        validation_alias="VRAMBOT_USER_PER_MINUTE",
        ge=0,
        description="How many questions one person may ask in a minute, in each process; "
        "0: any number.",
    )
    channel_per_minute: int = Field(
        60,
        validation_alias="VRAMBOT_CHANNEL_PER_MINUTE",
        ge=0,
        description="How many questions one channel may ask in a minute, in each process; "
        "0: any number.",
    )

    keep_answers_days: float = Field(
        0.0,
        validation_alias="VRAMBOT_KEEP_ANSWERS_DAYS",
        ge=0,
        description="After how many days an answer is deleted, with its feedback; 0: never.",
    )

    @field_validator("log_level", mode="before")
    @classmethod
    def _lower(cls, value: object) -> object:
        return value.lower() if isinstance(value, str) else value

    @field_validator("curators")
    @classmethod
    def _ids_by_comma(cls, value: str | None) -> str | None:
        ids = [one.strip() for one in (value or "").split(",") if one.strip()]
        for one in ids:
            if not re.fullmatch(r"[UWS][A-Z0-9]{2,}", one):
                raise ValueError(f"{one!r} is no id of a user (U…) or a user group (S…)")
        return ",".join(ids)

    @field_validator("slack_api_url")
    @classmethod
    def _with_a_slash(cls, value: str) -> str:
        if not value.startswith(("http://", "https://")):
            raise ValueError("it begins with http:// or https://")
        return value.rstrip("/") + "/"

    @field_validator("public_url")
    @classmethod
    def _over_tls(cls, value: str | None) -> str | None:
        local = ("http://127.0.0.1", "http://localhost", "http://[::1]")
        if value is not None and not value.startswith(("https://", *local)):
            raise ValueError("it begins with https://")
        return value if value is None else value.rstrip("/")

    @property
    def installs(self) -> bool:
        """Whether many workspaces are served; raises ``BadSetting`` when one is named as well."""
        if self.slack_client_id and self.slack_bot_token:
            raise BadSetting("one_or_many")
        return bool(self.slack_client_id)

    @property
    def keep_answers_s(self) -> float | None:
        """How long an answer is kept in seconds, None for ever."""
        return self.keep_answers_days * 86_400.0 or None

    @property
    def curator_ids(self) -> tuple[str, ...]:
        """The ids of the users and user groups who curate; empty for admins and owners."""
        return tuple(self.curators.split(",")) if self.curators else ()

    @property
    def database_path(self) -> Path:
        """The SQLite store's file."""
        return self.home / "vrambot.sqlite"

    @property
    def transport(self) -> Transport:
        """Socket Mode with an app token, else HTTP; raises ``BadSetting`` without either."""
        if self.slack_app_token:
            return "socket"
        if self.slack_signing_secret:
            return "http"
        raise BadSetting("no_transport")

    @property
    def bot_token(self) -> SecretStr:
        """The bot's token; raises ``BadSetting`` when it is missing or of another kind."""
        if self.slack_bot_token is None:
            raise BadSetting("token_missing", name="SLACK_BOT_TOKEN", form="xoxb-…")
        if self.slack_bot_token.get_secret_value().startswith("xapp-"):
            raise BadSetting("token_swapped", name="SLACK_BOT_TOKEN", form="xoxb-…")
        return self.slack_bot_token


def load_settings() -> Settings:
    """Read the settings from the environment; raises ``BadSetting`` that names the first fault."""
    try:
        return Settings()
    except ValidationError as error:
        fault = error.errors(include_input=False, include_url=False)[0]
        name = str(fault["loc"][0])
        kind = _kind_of(str(fault["type"]))
        if kind is None:
            raise BadSetting("bad_setting", name=name, reason=str(fault["msg"])) from None
        allowed = _allowed(fault.get("ctx", {}))
        raise BadSetting(f"bad_setting_{kind}", name=name, allowed=allowed) from None


def _kind_of(fault: str) -> str | None:
    """Return which sentence says a fault of pydantic's; None for our own, which are sentences."""
    for beginning, kind in _KINDS.items():
        if fault.startswith(beginning):
            return kind
    return None


def _allowed(context: dict[str, Any]) -> str:
    bound = next((key for key in _BOUNDS if key in context), None)
    if bound is not None:
        return f"{_BOUNDS[bound]} {context[bound]}"
    return str(context.get("expected", "")).replace("'", "").replace(" or ", ", ")


_KINDS = {
    "int": "whole",
    "float": "number",
    "bool": "bool",
    "literal": "choice",
    "greater_than": "bound",
    "less_than": "bound",
}
_BOUNDS = {"ge": "≥", "gt": ">", "le": "≤", "lt": "<"}


def settings_table() -> list[tuple[str, str, str]]:
    """Return (environment variable, default, help) for each setting, for the documentation."""
    rows = []
    for field in Settings.model_fields.values():
        default = "" if field.default_factory or field.default is None else f"`{field.default}`"
        rows.append((str(field.validation_alias), default, field.description or ""))
    return rows
