"""The worst texts that people can write, in every part of a message that quotes them.

Whatever a question, an entry or a past answer holds: Slack takes the blocks, buttons and all, and
nobody is notified.
"""

from datetime import UTC, datetime

import pytest

from bot.answer import Answer, Choice, Related
from bot.fakeslack.limits import check_blocks, check_view
from bot.fakeslack.pings import targets
from bot.rendering.blocks import blocks
from bot.rendering.budgets import fits
from bot.rendering.home import HomeContent, Kept, home_view, past_view
from bot.rendering.mrkdwn import escaped_within
from bot.rendering.plainer import plainer
from knowledge.entries import Bilingual, EntrySource
from knowledge.loader import find_entry

LINK = "https://acme.slack.com/archives/C0123456789/p1700000000000000?thread_ts=1700000000.000000"
WORST = {
    "entities": "&<>" * 3_000,
    "broadcasts": "<!channel> <!here> <@U012AB3CD> " * 300,
    "names": "@channel @here @everyone " * 300,
    "markdown links": "[x](!channel) [y](<@U012AB3CD>) " * 90,
    "bars": "|" * 9_000,
    "marks": "*`_~" * 2_000,
    "one word": "x" * 40_000,
    "lines": "7b\n" * 9_000,
    "chinese": "显存" * 9_000,
}
LANGUAGES = ("en", "zh")


def past(text):
    return Related("a" * 24, text, LINK, text, datetime.now(UTC), changed=True)


def taken(rich):
    """Check both forms of a message as Slack would, and that they ping nobody."""
    for shown in (rich, plainer(rich)):
        assert fits(shown)
        check_blocks(shown)
        assert targets("", shown, links_names=False) == []
        # Where Slack itself looks for names, bare ones would be found too.
        lax = [text for text in mrkdwn_texts(shown) if not text.get("verbatim")]
        assert targets("", lax, links_names=True) == []
    return rich


def mrkdwn_texts(value):
    if isinstance(value, list):
        return [text for one in value for text in mrkdwn_texts(one)]
    if not isinstance(value, dict):
        return []
    own = [value] if value.get("type") == "mrkdwn" else []
    return own + [text for one in value.values() for text in mrkdwn_texts(one)]


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("text", WORST.values(), ids=WORST)
class TestWorstTexts:
    def test_as_hints_under_an_answer(self, text, language):
        """Somebody's long paste takes no buttons from another's answer."""
        entry = find_entry("tf32-bits")
        answer = Answer("q", language, "faq", 1.0, entry=entry, related=(past(text),) * 3)
        shown = taken(blocks(answer, answer_id="a" * 24, private=True))
        assert shown[-1]["type"] == "context_actions"

    def test_as_rows_of_a_look_up(self, text, language):
        answer = Answer("q", language, "history", 1.0, message="5", related=(past(text),) * 5)
        taken(blocks(answer, answer_id="a" * 24))

    def test_as_an_entry(self, text, language):
        """The form of an entry takes 200 characters of title, 3,000 of text, 3,000 of sources."""
        source = EntrySource(title=text[:300].strip(), locator=text[:300].strip())
        texts = Bilingual(en=text[:2_000], zh=text[:2_000])
        title = Bilingual(en=text[:120], zh=text[:120])
        found = find_entry("tf32-bits")
        entry = found.model_copy(update={"title": title, "body": texts, "sources": (source,)})
        rich = blocks(Answer("q", language, "faq", 1.0, entry=entry), answer_id="a" * 24)
        if fits(plainer(rich)):
            taken(rich)
        assert targets("", rich, links_names=False) == []

    def test_as_choices(self, text, language):
        choices = (Choice(text, text),) * 5
        answer = Answer(text, language, "clarify", 1.0, message=text[:100], choices=choices)
        taken(blocks(answer, answer_id="a" * 24))

    def test_on_the_home_tab_and_in_its_search(self, text, language):
        rows, saved = [past(text)] * 10, [Kept("a" * 24, past(text))] * 15
        home = home_view(HomeContent(language=language, recent=rows, saved=saved))
        found = past_view(rows, text, language)
        check_view(home, "home")
        check_view(found, "modal")
        assert targets("", [*home["blocks"], *found["blocks"]], links_names=False) == []


@pytest.mark.parametrize(
    "body",
    [
        "[all](!channel)",
        "[all](<!channel>)",
        "[all]( @U012AB3CD)",
        r"[all](\!channel)",
        "[all][1]\n\n[1]: !here",
        "[all][1]\n\n[1]: <!here>",
        "&lt;!channel&gt;",
        r"<\!channel>",
    ],
)
def test_a_body_that_could_be_slacks_markup_goes_out_escaped(body):
    """What Slack makes of Markdown is its own affair: nothing doubtful goes there."""
    entry = find_entry("tf32-bits").model_copy(update={"body": Bilingual(en=body, zh=body)})
    shown = blocks(Answer("q", "en", "faq", 1.0, entry=entry))
    assert "markdown" not in {block["type"] for block in shown}
    assert targets("", shown) == []


def test_an_escaped_text_is_cut_between_entities():
    """``&amp;`` takes five characters: three of them and the mark are sixteen."""
    assert escaped_within("&&&&", 20) == "&amp;" * 4
    assert escaped_within("&&&&", 19) == "&amp;" * 3 + "…"
    assert escaped_within("abcdef", 4) == "abc…"


def test_a_source_keeps_its_link_and_a_question_its_names_as_text():
    entry = find_entry("tf32-bits")
    source = EntrySource(title="Notes", locator="https://wiki.example.com/a?b=1&c=2, p. 3")
    entry = entry.model_copy(update={"sources": (source,)})
    hint = Related("a" * 24, "@channel 7b?", LINK)
    shown = str(blocks(Answer("q", "en", "faq", 1.0, entry=entry, related=(hint,))))
    assert "<https://wiki.example.com/a?b=1&amp;c=2>, p. 3" in shown
    assert f"<{LINK}|@channel 7b?>" in shown
    assert "'verbatim': True" in shown
