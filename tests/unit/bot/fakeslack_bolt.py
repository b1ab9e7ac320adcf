"""Blocks and a form to post from a Bolt app behind the fake Slack."""


def plain(text):
    return {"type": "plain_text", "text": text}


def button(action_id, **more):
    return {"type": "button", "text": plain("Press"), "action_id": action_id, **more}


def actions(*elements):
    return {"type": "actions", "elements": list(elements)}


FORM = {
    "type": "modal",
    "callback_id": "form",
    "title": plain("Change a number"),
    "submit": plain("Go"),
    "blocks": [
        {
            "type": "input",
            "block_id": "batch",
            "label": plain("Batch"),
            "element": {"type": "plain_text_input", "action_id": "batch_value"},
        },
        {
            "type": "input",
            "block_id": "dtype",
            "optional": True,
            "label": plain("Format"),
            "element": {
                "type": "static_select",
                "action_id": "dtype_value",
                "options": [{"text": plain("bf16"), "value": "bf16"}],
            },
        },
    ],
}


async def posted(slack, app, blocks):
    """Let the app post blocks in #general, and give the message."""
    await app.client.chat_postMessage(channel=slack.channel.id, text="here", blocks=blocks)
    return slack.bot_messages(slack.channel)[-1]
