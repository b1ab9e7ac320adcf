"""The web page of the fake Slack: channels and messages to look at, people to act as."""

from bot.fakeslack.page.routes import Page

__all__ = ["Page"]
