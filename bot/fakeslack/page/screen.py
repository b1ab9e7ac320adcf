"""The page's parts: who and where, the messages, App Home, the open form."""

from __future__ import annotations

import html
import re
from datetime import datetime
from importlib.resources import files

from bot.fakeslack.inspection import Inspection
from bot.fakeslack.page.blocks import BlockRenderer
from bot.fakeslack.page.elements import text_of
from bot.fakeslack.page.markup import mrkdwn_html
from bot.fakeslack.records import Channel, Message, User

HOME = "home"
_MARK = re.compile(r"\{\{(\w+)\}\}")


class Screen:
    """What one person sees in one place (a channel's id, or ``home``)."""

    def __init__(self, slack: Inspection, user: User, place: str) -> None:
        self._slack = slack
        self._user = user
        self._place = place
        people = {one.id: one.name for one in slack.world.users.values()}
        rooms = {one.id: one.name for one in slack.world.channels.values()}
        self._names = rooms | people
        self._renderer = BlockRenderer(self._names, user.id, {})

    def page(self) -> str:
        """Give the whole page."""
        assets = files("bot.fakeslack.page")
        template = assets.joinpath("page.html").read_text(encoding="utf-8")
        parts = {
            "style": assets.joinpath("page.css").read_text(encoding="utf-8"),
            "script": assets.joinpath("page.js").read_text(encoding="utf-8"),
            "sidebar": self._sidebar(),
            "title": html.escape(self._title()),
            "user": html.escape(self._user.id),
            "place": html.escape(self._place),
            "hidden": "hidden" if self._place == HOME else "",
            "shortcuts": self._shortcuts("global"),
            "stream": self.stream(),
        }
        return _MARK.sub(lambda mark: parts[mark[1]], template)

    def stream(self) -> str:
        """Give the part of the page that changes: messages or App Home, and the open form."""
        if self._place == HOME:
            home = self._slack.home(self._user)
            shown = self._renderer.blocks(home["blocks"]) if home else "<p>No App Home yet.</p>"
            view_id = html.escape(home["id"]) if home else ""
            return f'<div data-view="{view_id}">{shown}</div>{self._form()}'
        return self._messages(self._slack.world.channels[self._place]) + self._form()

    def _title(self) -> str:
        return "App Home" if self._place == HOME else self._channel_name(self._place)

    def _channel_name(self, channel_id: str) -> str:
        channel = self._slack.world.channels[channel_id]
        if channel.kind in ("im", "mpim"):
            others = [self._names[one] for one in sorted(channel.members) if one != self._user.id]
            return ", ".join(others)
        return channel.name + " (private)" if channel.kind == "private" else f"# {channel.name}"

    def _sidebar(self) -> str:
        people = [
            (f"?as={one.id}&place={self._usual_place(one)}", one.name, one.id == self._user.id)
            for one in self._slack.world.users.values()
            if not one.is_bot
        ]
        rooms = [
            (
                f"?as={self._user.id}&place={one.id}",
                self._channel_name(one.id),
                one.id == self._place,
            )
            for one in self._slack.world.channels.values()
            if self._user.id in one.members
            or (one.kind == "public" and one.team_id == self._user.team_id)
        ]
        rooms.append((f"?as={self._user.id}&place={HOME}", "App Home", self._place == HOME))
        return f"<h2>Acting as</h2>{_links(people)}<h2>Places</h2>{_links(rooms)}"

    def _usual_place(self, user: User) -> str:
        if self._place == HOME:
            return HOME
        here = self._slack.world.channels[self._place]
        if user.id in here.members or here.kind == "public":
            return here.id
        return self._slack.channel.id if user.team_id == self._slack.workspace.id else HOME

    def _messages(self, channel: Channel) -> str:
        own = self._slack.ephemerals(self._user, channel)
        visible = sorted([*self._slack.messages(channel), *own], key=lambda one: float(one.ts))
        roots = [one for one in visible if not one.is_reply]
        parts = []
        for root in roots:
            replies = [one for one in visible if one.is_reply and one.thread_ts == root.ts]
            thread = "".join(self._message(one) for one in replies)
            inside = f'<div class="thread">{thread}</div>' if thread else ""
            parts.append(self._message(root) + inside)
        return "".join(parts) or '<p class="empty">Nothing has been said here.</p>'

    def _message(self, message: Message) -> str:
        sender = self._slack.world.users[message.user_id]
        at = datetime.fromtimestamp(float(message.ts)).strftime("%H:%M:%S")
        badge = '<span class="badge">APP</span>' if sender.is_bot else ""
        edited = " (edited)" if message.edited_ts else ""
        only = '<div class="only">Only visible to you</div>' if message.ephemeral_to else ""
        root = html.escape(message.thread_ts or message.ts)
        reply = f'<button data-reply="{root}">Reply</button>{self._shortcuts("message")}'
        if message.ephemeral_to:
            reply = ""
        person = "app" if sender.is_bot else "person"
        return (
            f'<article class="message {person}" data-channel="{message.channel_id}" '
            f'data-ts="{message.ts}">{only}<header><b>{html.escape(sender.name)}</b>{badge}'
            f"<time>{at}{edited}</time><span>{reply}</span></header>{self._content(message)}</article>"
        )

    def _content(self, message: Message) -> str:
        attached = "".join(self._file(one["id"], one["title"]) for one in message.files)
        if not message.blocks:
            return f'<div class="block">{mrkdwn_html(message.text, self._names)}</div>{attached}'
        fallback = ""
        if message.bot_id and message.text:
            fallback = (
                f'<details class="fallback" data-key="text-{message.ts}"><summary>plain text'
                f"</summary><pre>{html.escape(message.text)}</pre></details>"
            )
        return self._renderer.blocks(message.blocks) + attached + fallback

    def _file(self, file_id: str, title: str) -> str:
        file = self._slack.world.files.get(file_id)
        if file is None or file.content is None or not file.content.startswith(b"\x89PNG"):
            return f'<div class="picture">File: {html.escape(title)}</div>'
        alt = html.escape(file.alt_text or title)
        return (
            f'<figure><figcaption>{html.escape(title)}</figcaption><img class="upload" '
            f'src="page/file/{html.escape(file_id)}" alt="{alt}" title="{alt}"></figure>'
        )

    def _shortcuts(self, kind: str) -> str:
        return "".join(
            f'<button type="button" data-shortcut="{html.escape(one.callback_id)}">'
            f"{html.escape(one.name)}</button>"
            for one in self._slack.app.shortcuts
            if one.kind == kind
        )

    def _form(self) -> str:
        view = self._slack.modal(self._user)
        if view is None:
            return ""
        payload = view.payload
        renderer = BlockRenderer(self._names, self._user.id, view.errors)
        submit = (
            f'<button class="primary">{text_of(payload["submit"])}</button>'
            if payload.get("submit")
            else ""
        )
        close = text_of(payload.get("close")) or "Close"
        return (
            f'<div class="veil"><form class="modal" data-view="{html.escape(view.id)}">'
            f"<h3>{text_of(payload['title'])}</h3>{renderer.blocks(payload['blocks'])}"
            f'<footer><button type="button" data-close>{close}</button>{submit}</footer>'
            "</form></div>"
        )


def _links(items: list[tuple[str, str, bool]]) -> str:
    rows = [
        f'<li><a class="{"here" if here else ""}" href="{html.escape(target)}">'
        f"{html.escape(label)}</a></li>"
        for target, label, here in items
    ]
    return f"<ul>{''.join(rows)}</ul>"
