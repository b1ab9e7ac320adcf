"""From the settings to what installs need, each missing one named in one line."""

from __future__ import annotations

from bot.errors import BadSetting
from bot.settings import Settings
from bot.slack.install.oauth import Credentials
from bot.slack.install.vault import NAME, Vault
from bot.slack.manifest import BOT_SCOPES


def check_install(settings: Settings) -> None:
    """Raise ``BadSetting`` for the first setting that installs lack or cannot have."""
    settings.installs  # noqa: B018 - a token of one workspace beside it is said here
    credentials_of(settings)
    vault_of(settings)


def credentials_of(settings: Settings) -> Credentials:
    """Return what the app is at Slack; raises ``BadSetting``."""
    secret = settings.slack_client_secret
    if not settings.slack_client_id or secret is None:
        name = "SLACK_CLIENT_SECRET" if settings.slack_client_id else "SLACK_CLIENT_ID"
        raise BadSetting("install_setting_missing", name=name)
    if settings.public_url is None:
        raise BadSetting("install_setting_missing", name="VRAMBOT_PUBLIC_URL")
    return Credentials(
        settings.slack_client_id, secret.get_secret_value(), settings.public_url, BOT_SCOPES
    )


def vault_of(settings: Settings) -> Vault:
    """Return the vault under the keys of the environment; raises ``BadSetting``."""
    if settings.encryption_key is None:
        raise BadSetting("key_missing", name=NAME)
    return Vault(settings.encryption_key.get_secret_value())
