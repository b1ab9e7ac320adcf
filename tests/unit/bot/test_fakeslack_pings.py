"""Whatever would ping somebody is caught, wherever a Bolt app hides it."""

from fakeslack_bolt import plain


async def test_pings_are_caught_wherever_they_hide(slack, app):
    rich = {
        "type": "rich_text",
        "elements": [
            {
                "type": "rich_text_section",
                "elements": [
                    {"type": "broadcast", "range": "here"},
                    {"type": "text", "text": "<!everyone> is only text here"},
                ],
            }
        ],
    }
    blocks = [
        {"type": "section", "text": {"type": "mrkdwn", "text": f"<@{slack.user.id}> look"}},
        {"type": "section", "text": plain("<!channel> is only text here")},
        {"type": "markdown", "text": "<!everyone>"},
        rich,
    ]
    await app.client.chat_postMessage(
        channel=slack.channel.id, text="&lt;!here&gt; <!channel>", blocks=blocks
    )
    assert [(ping.target, ping.where) for ping in slack.pings] == [
        ("!channel", "/text"),
        (f"@{slack.user.id}", "/blocks/0/text/text"),
        ("!everyone", "/blocks/2/text"),
        ("!here", "/blocks/3/elements/0/elements/0"),
    ]


async def test_linked_names_turn_bare_words_into_pings(slack, app):
    await app.client.chat_postMessage(channel=slack.channel.id, text="@channel", link_names=True)
    assert [ping.target for ping in slack.pings] == ["!channel"]


async def test_an_attachment_can_ping_too(slack, app):
    await app.client.chat_postMessage(
        channel=slack.channel.id, text="x", attachments=[{"text": "<!here>", "fallback": "x"}]
    )
    assert [(one.target, one.where) for one in slack.pings] == [("!here", "/attachments/0/text")]
