"""The structure of ``rich_text`` blocks."""

from __future__ import annotations

from bot.fakeslack.limits.checks import (
    Check,
    anything,
    boolean,
    by_type,
    integer,
    listing,
    one_of,
    record,
    string,
)

_MOST_ELEMENTS = 1000
_STYLES = (
    "bold",
    "italic",
    "strike",
    "code",
    "underline",
    "highlight",
    "client_highlight",
    "unlink",
)
_STYLE = record({}, dict.fromkeys(_STYLES, boolean))


def _part(required: dict[str, Check], **optional: Check) -> Check:
    return record(required, {"style": _STYLE, **optional})


PARTS: dict[str, Check] = {
    "text": _part({"text": string(12_000)}),
    "channel": _part({"channel_id": string(32)}),
    "user": _part({"user_id": string(32)}),
    "emoji": _part({"name": string(100)}, unicode=string(100), skin_tone=integer(1, 6)),
    "link": _part({"url": string(3000)}, text=string(12_000), unsafe=boolean),
    "team": _part({"team_id": string(32)}),
    "usergroup": _part({"usergroup_id": string(32)}),
    "date": _part(
        {"timestamp": anything, "format": string(255)}, url=string(3000), fallback=string(255)
    ),
    "broadcast": _part({"range": one_of("here", "channel", "everyone")}),
    "color": _part({"value": string(20)}),
}
_INLINE = listing(by_type(PARTS), _MOST_ELEMENTS)
_VERBATIM = listing(by_type({name: PARTS[name] for name in ("text", "link")}), _MOST_ELEMENTS)
_SECTION = record({"elements": _INLINE})

RICH_TEXT_ELEMENTS = by_type(
    {
        "rich_text_section": _SECTION,
        "rich_text_list": record(
            {
                "elements": listing(by_type({"rich_text_section": _SECTION}), _MOST_ELEMENTS),
                "style": one_of("bullet", "ordered"),
            },
            {"indent": integer(0, 8), "offset": integer(0, 10_000), "border": integer(0, 1)},
        ),
        "rich_text_preformatted": record(
            {"elements": _VERBATIM}, {"border": integer(0, 1), "language": string(50)}
        ),
        "rich_text_quote": record({"elements": _INLINE}, {"border": integer(0, 1)}),
    }
)
RICH_TEXT = record(
    {"elements": listing(RICH_TEXT_ELEMENTS, _MOST_ELEMENTS)}, {"block_id": anything}
)
