"""Slack's limits: the largest that passes and the smallest that does not.

The figures are those of Slack's Block Kit reference (docs.slack.dev/reference/block-kit).
"""

import pytest

from bot.fakeslack import FakeSlack, check_blocks, check_view
from bot.fakeslack.errors import ApiError
from bot.fakeslack.limits.blocks import NEWER_BLOCKS


def plain(text):
    return {"type": "plain_text", "text": text}


def mrkdwn(text):
    return {"type": "mrkdwn", "text": text}


def section(**more):
    return {"type": "section", **more}


def actions(*elements):
    return {"type": "actions", "elements": list(elements)}


def button(length=5, value=1, **more):
    return {"type": "button", "text": plain("b" * length), "value": "v" * value, **more}


def options(count, text=3, value=3):
    return [
        {"text": plain("t" * text), "value": f"{number:03d}".ljust(value, "v")}
        for number in range(count)
    ]


def select(count, **more):
    return {"type": "static_select", "options": options(count, **more)}


def overflow(count):
    return {"type": "overflow", "options": options(count)}


def table(rows, columns, text="x"):
    cell = {"type": "raw_text", "text": text}
    return {"type": "table", "rows": [[cell] * columns for _ in range(rows)]}


def data_table(rows, columns=2, header=None):
    number = {"type": "raw_number", "value": 1}
    head = header or {"type": "raw_text", "text": "h"}
    body = [[number] * columns for _ in range(rows)]
    return {"type": "data_table", "caption": "GPUs", "rows": [[head] * columns, *body]}


def pie(segments, title="Memory", label="weights", value=1):
    parts = [{"label": label, "value": value}] * segments
    return {
        "type": "data_visualization",
        "title": title,
        "chart": {"type": "pie", "segments": parts},
    }


def bars(categories, series=1, labels=None):
    names = [f"c{number}" for number in range(categories)]
    points = [{"label": name, "value": 1} for name in labels or names]
    return {
        "type": "data_visualization",
        "title": "Memory",
        "chart": {
            "type": "bar",
            "series": [{"name": f"s{number}", "data": points} for number in range(series)],
            "axis_config": {"categories": names},
        },
    }


def container(children, **more):
    return {
        "type": "container",
        "title": plain("Working"),
        "child_blocks": [{"type": "divider"}] * children,
        **more,
    }


def card(title=5, body=5, buttons=0, **more):
    found = {"type": "card", "title": mrkdwn("t" * title), "body": mrkdwn("b" * body), **more}
    return found | ({"actions": [button()] * buttons} if buttons else {})


def feedback(text=4, value=4):
    return {
        "type": "feedback_buttons",
        "positive_button": {"text": plain("g" * text), "value": "g" * value},
        "negative_button": {"text": plain("bad"), "value": "bad"},
    }


def context_actions(count):
    trash = {"type": "icon_button", "icon": "trash", "text": plain("Delete")}
    return {"type": "context_actions", "elements": [trash] * count}


def preformatted(*parts):
    element = {"type": "rich_text_preformatted", "elements": list(parts)}
    return {"type": "rich_text", "elements": [element]}


def task(status):
    return {"type": "task_card", "task_id": "1", "title": "Sweep", "status": status}


PASSES_AND_FAILS = {
    "section text 3,000": (section(text=mrkdwn("x" * 3000)), section(text=mrkdwn("x" * 3001))),
    "section text not empty": (section(text=mrkdwn("x")), section(text=mrkdwn(""))),
    "section has text or fields": (section(fields=[mrkdwn("x")]), section()),
    "10 fields": (section(fields=[mrkdwn("x")] * 10), section(fields=[mrkdwn("x")] * 11)),
    "field 2,000": (section(fields=[plain("x" * 2000)]), section(fields=[plain("x" * 2001)])),
    "header 150": (
        {"type": "header", "text": plain("x" * 150)},
        {"type": "header", "text": plain("x" * 151)},
    ),
    "header is plain text": (
        {"type": "header", "text": plain("x")},
        {"type": "header", "text": mrkdwn("x")},
    ),
    "10 context elements": (
        {"type": "context", "elements": [mrkdwn("x")] * 10},
        {"type": "context", "elements": [mrkdwn("x")] * 11},
    ),
    "no buttons in a context": (
        {"type": "context", "elements": [plain("x")]},
        {"type": "context", "elements": [button()]},
    ),
    "25 actions": (actions(*[button()] * 25), actions(*[button()] * 26)),
    "button text 75": (actions(button(75)), actions(button(76))),
    "button value 2,000": (actions(button(value=2000)), actions(button(value=2001))),
    "button style": (actions(button(style="primary")), actions(button(style="green"))),
    "action_id 255": (
        actions(button(action_id="a" * 255)),
        actions(button(action_id="a" * 256)),
    ),
    "action ids differ in a block": (
        actions(button(action_id="a"), button(action_id="b")),
        actions(button(action_id="a"), button(action_id="a")),
    ),
    "100 options": (actions(select(100)), actions(select(101))),
    "option text 75": (actions(select(1, text=75)), actions(select(1, text=76))),
    "option value 150": (actions(select(1, value=150)), actions(select(1, value=151))),
    "5 in an overflow menu": (actions(overflow(5)), actions(overflow(6))),
    "markdown 12,000": (
        {"type": "markdown", "text": "x" * 12_000},
        {"type": "markdown", "text": "x" * 12_001},
    ),
    "table 100 rows": (table(100, 2), table(101, 2)),
    "table 20 columns": (table(2, 20), table(2, 21)),
    "table 10,000 characters": (table(10, 10, "x" * 100), table(10, 10, "x" * 101)),
    "data table 100 rows and a header": (data_table(100), data_table(101)),
    "data table has a row": (data_table(1), data_table(0)),
    "no rich text in the header": (
        data_table(1),
        data_table(1, header={"type": "rich_text", "elements": []}),
    ),
    "pie of 6": (pie(6), pie(7)),
    "chart title 50": (pie(1, title="x" * 50), pie(1, title="x" * 51)),
    "chart label 20": (pie(1, label="x" * 20), pie(1, label="x" * 21)),
    "segments above zero": (pie(1, value=0.1), pie(1, value=0)),
    "20 categories": (bars(20), bars(21)),
    "6 series": (bars(2, series=6), bars(2, series=7)),
    "points match categories": (bars(2), bars(2, labels=["c0", "other"])),
    "container of 10": (container(10), container(11)),
    "collapsed only if collapsible": (
        container(1, is_collapsible=True, default_collapsed=True),
        container(1, default_collapsed=True),
    ),
    "divider or collapsible": (
        container(1, has_header_divider=True),
        container(1, has_header_divider=True, is_collapsible=True),
    ),
    "no container in a container": (
        container(1),
        container(1) | {"child_blocks": [container(1)]},
    ),
    "card title 150": (card(title=150), card(title=151)),
    "card body 200": (card(body=200), card(body=201)),
    "3 buttons on a card": (card(buttons=3), card(buttons=4)),
    "10 cards in a carousel": (
        {"type": "carousel", "elements": [card()] * 10},
        {"type": "carousel", "elements": [card()] * 11},
    ),
    "5 context actions": (context_actions(5), context_actions(6)),
    "feedback text 75": (
        {"type": "context_actions", "elements": [feedback(text=75)]},
        {"type": "context_actions", "elements": [feedback(text=76)]},
    ),
    "feedback value 2,000": (
        {"type": "context_actions", "elements": [feedback(value=2000)]},
        {"type": "context_actions", "elements": [feedback(value=2001)]},
    ),
    "preformatted holds text": (
        preformatted({"type": "text", "text": "7B x 2 bytes"}),
        preformatted({"type": "user", "user_id": "U1"}),
    ),
    "task status": (task("in_progress"), task("failed")),
    "no alert in a message": (
        section(text=plain("x")),
        {"type": "alert", "text": plain("x")},
    ),
    "known fields only": (section(text=plain("x")), section(text=plain("x"), colour="red")),
    "known types only": ({"type": "divider"}, {"type": "sparkline"}),
    "block_id 255": (
        {"type": "divider", "block_id": "b" * 255},
        {"type": "divider", "block_id": "b" * 256},
    ),
}


@pytest.mark.parametrize("rule", PASSES_AND_FAILS)
def test_a_block_at_the_limit_passes_and_one_beyond_it_is_invalid(rule):
    passes, fails = PASSES_AND_FAILS[rule]
    check_blocks([passes])
    with pytest.raises(ApiError) as caught:
        check_blocks([fails])
    assert caught.value.code == "invalid_blocks"
    messages = caught.value.extra["response_metadata"]["messages"]
    assert messages[0].startswith("[ERROR] ")
    assert "[json-pointer:/blocks/0" in messages[0]


SPANNING = {
    "50 blocks": ([{"type": "divider"}] * 50, [{"type": "divider"}] * 51),
    "unique block ids": (
        [{"type": "divider", "block_id": "a"}, {"type": "divider", "block_id": "b"}],
        [{"type": "divider", "block_id": "a"}, {"type": "divider", "block_id": "a"}],
    ),
    "one table": ([table(1, 1), data_table(1)], [table(1, 1), table(1, 1)]),
    "two charts": ([pie(1)] * 2, [pie(1)] * 3),
    "12,000 over all markdown blocks": (
        [{"type": "markdown", "text": "x" * 6000}] * 2,
        [{"type": "markdown", "text": "x" * 6001}] * 2,
    ),
}


@pytest.mark.parametrize("rule", SPANNING)
def test_limits_that_span_a_message(rule):
    passes, fails = SPANNING[rule]
    check_blocks(passes)
    with pytest.raises(ApiError, match="invalid_blocks"):
        check_blocks(fails)


def test_too_much_text_in_all_blocks_together():
    """Slack refused 11,341 characters in classic blocks, and about 13,200 in all."""
    check_blocks([section(text=mrkdwn("x" * 3000))] * 3)
    check_blocks([{"type": "markdown", "text": "x" * 12_000}, section(text=plain("x" * 1000))])
    for blocks in (
        [section(text=mrkdwn("x" * 3000))] * 4,
        [{"type": "markdown", "text": "x" * 12_000}, section(text=plain("x" * 1201))],
    ):
        with pytest.raises(ApiError, match="msg_blocks_too_long"):
            check_blocks(blocks)


@pytest.mark.parametrize("value", [{"type": "divider"}, "text", ["text"], 7])
def test_blocks_that_are_no_list_of_objects(value):
    with pytest.raises(ApiError, match="invalid_blocks_format"):
        check_blocks(value)


@pytest.mark.parametrize("kind", sorted(NEWER_BLOCKS - {"alert"}))
async def test_the_plain_profile_refuses_newer_blocks_and_keeps_the_rest(kind):
    newer = {
        "card": card(),
        "carousel": {"type": "carousel", "elements": [card()]},
        "container": container(1),
        "context_actions": context_actions(1),
        "data_table": data_table(1),
        "data_visualization": pie(1),
        "markdown": {"type": "markdown", "text": "x"},
        "plan": {"type": "plan", "title": "Sweep", "tasks": [task("pending")]},
        "table": table(1, 1),
        "task_card": task("complete"),
    }[kind]
    check_blocks([newer])
    refused = FakeSlack(profile="plain").world.refused_blocks
    check_blocks([section(text=mrkdwn("x")), preformatted({"type": "text", "text": "x"})], refused)
    with pytest.raises(ApiError) as caught:
        check_blocks([newer], refused)
    assert caught.value.extra["errors"][0].startswith(f"unsupported type: {kind}")


def modal(blocks=1, title=5, metadata=5, **more):
    return {
        "type": "modal",
        "title": plain("t" * title),
        "private_metadata": "m" * metadata,
        "blocks": [{"type": "divider"}] * blocks,
        **more,
    }


FIELD = {
    "type": "input",
    "label": plain("Batch"),
    "element": {"type": "number_input", "is_decimal_allowed": False},
}
VIEWS = {
    "100 blocks": (modal(blocks=100), modal(blocks=101)),
    "title 24": (modal(title=24), modal(title=25)),
    "private_metadata 3,000": (modal(metadata=3000), modal(metadata=3001)),
    "no table": (modal(), modal() | {"blocks": [table(1, 1)]}),
    "an input needs a submit button": (
        modal(submit=plain("Go")) | {"blocks": [FIELD]},
        modal() | {"blocks": [FIELD]},
    ),
    "of type modal": (modal(), modal() | {"type": "home"}),
}


@pytest.mark.parametrize("rule", VIEWS)
def test_views(rule):
    passes, fails = VIEWS[rule]
    check_view(passes, "modal")
    with pytest.raises(ApiError, match="invalid_arguments"):
        check_view(fails, "modal")
