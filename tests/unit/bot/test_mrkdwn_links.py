"""Only addresses become links: anything else between < and | would be Slack's own markup."""

import pytest

from bot.answer import Answer
from bot.rendering.blocks import blocks
from bot.rendering.mrkdwn import mrkdwn_paragraphs
from knowledge.entries import Bilingual
from knowledge.loader import find_entry


@pytest.mark.parametrize(
    "markdown",
    [
        "[all](!channel)",
        "[all][1]\n\n[1]: !here",
        "[mei](@U12345678)",
        "[x](#C12345678)",
        "[x](<!subteam^S123>)",
        "[entry](tf32-bits.md)",
        "![x](!everyone)",
    ],
)
def test_what_is_no_address_is_no_link(markdown):
    assert "<" not in "".join(mrkdwn_paragraphs(markdown))


def test_a_link_keeps_its_label_apart():
    (made,) = mrkdwn_paragraphs("[*a* & b](https://x.example/?a|b&c)")
    assert made == "<https://x.example/?a%7Cb&amp;c|_a_ &amp; b>"


@pytest.mark.parametrize("text", ["<!channel>", "`<@U12345678>`", "```\n<!here>\n```"])
def test_a_body_with_slacks_markup_goes_out_escaped(text):
    entry = find_entry("tf32-bits").model_copy(update={"body": Bilingual(en=text, zh=text)})
    answer = Answer(query="q", language="en", kind="faq", score=1.0, entry=entry)
    shown = str(blocks(answer))
    assert "<!" not in shown
    assert "<@" not in shown
