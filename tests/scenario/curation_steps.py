"""What the scenarios of curation do over and over: open lists and forms, fill in, publish."""

from __future__ import annotations

from bot.slack.curation.names import ENTRY_FORM

QUESTION = "how do I book a zephyr node"
EN = [
    f"{verb} a zephyr {noun}"
    for verb in ("book", "reserve", "get")
    for noun in ("node", "slot", "box")
]
ZH = [
    f"{verb} zephyr {noun}" for verb in ("预订", "申请", "预约") for noun in ("节点", "机器", "卡")
]
WHOLE = {
    "entry_id": "zephyr-booking",
    "title_en": "How do I book a zephyr node?",
    "title_zh": "怎么预订 zephyr 节点？",
    "ask_en": "\n".join(EN),
    "ask_zh": "\n".join(ZH),
    "body_en": "Ask in *#zephyr*.",
    "body_zh": "在 #zephyr 里问。",
    "tags": "zephyr, booking",
    "sources": "the platform team | https://wiki.example.com/zephyr",
}


async def listed(slack, user, words="entries", channel=None):
    """Type ``/vram words`` and give the list that comes."""
    channel = channel or slack.channel
    before = len(slack.ephemerals(user, channel))
    await slack.slash(user, channel, "/vram", words)
    await slack.wait_for(lambda: len(slack.ephemerals(user, channel)) > before)
    return slack.ephemerals(user, channel)[-1]


async def view_of(slack, user, callback_id=ENTRY_FORM):
    """Wait for a modal of a kind on top of a person's screen."""

    def shown():
        view = slack.modal(user)
        return view if view and view.payload.get("callback_id") == callback_id else None

    return await slack.wait_for(shown)


async def words_shown(slack, user, words):
    """Wait until the modal on top of a person's screen has these words; give it."""

    def shown():
        view = slack.modal(user)
        return view if view and words in str(view.payload["blocks"]) else None

    return await slack.wait_for(shown)


async def new_form(slack, user):
    """Open the empty form."""
    message = await listed(slack, user)
    await slack.click(user, message, "entry_new")
    return await view_of(slack, user)


async def edit_form(slack, user, entry_id="zephyr-booking", words=None):
    """Open the form with an entry."""
    message = await listed(slack, user, f"entries {words or entry_id}")
    await slack.click(user, message, "entry_edit")
    return await view_of(slack, user)


async def confirm(slack, user, form, values):
    """Submit the form and then its preview."""
    reply = await slack.submit(user, form, values)
    assert reply.action in ("push", "update"), (reply.action, reply.errors, reply.error)
    preview = reply.view
    assert (await slack.submit(user, preview, {})).action == "update"
    return preview


async def published(slack, user, **changes):
    """Write a new entry and publish it."""
    form = await new_form(slack, user)
    await confirm(slack, user, form, {**WHOLE, **changes})
    view = await words_shown(slack, user, "is live as version")
    await slack.close_modal(user, view)
    slack.world.views.clear()


def versions(lab, entry_id="zephyr-booking"):
    return lab.store.entry_versions(lab.slack.workspace.id, entry_id)


def drafts(lab, *states):
    return lab.store.drafts(lab.slack.workspace.id, *([states] if states else []))
