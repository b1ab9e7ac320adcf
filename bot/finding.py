"""What is looked for in past answers: words, and filters such as ``kind:calculation since:7d``.

The answers found are those that the viewer may see; only the store decides which these are.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from bot.answer import Answer, Related
from bot.messages import say
from bot.question import Language
from bot.understanding.language import detect_language
from knowledge.history import PastAnswer, Wanted

_FILTER = re.compile(r"(kind|type|since|by|from|类型|种类|最近|时间|谁)[:：=](\S+)", re.IGNORECASE)
_FILTER_LIKE = re.compile(
    r"(?<!\S)([a-z]{2,12}(?=[:：])|[\u4e00-\u9fff]{1,4}(?=:))[:：]([^\s/:：]{1,60})(?!\S)",
    re.IGNORECASE,
)
_RECENT = re.compile(r"(?:最近|近)(\d{1,3}|[一两三])(小时|天|周|个月|月)(?:内|的)?")
_MINE = re.compile(r"(?<!\S)(?:我的|我问的|我问过的|mine)(?!\S)", re.IGNORECASE)
_SPAN = re.compile(r"(\d{1,4})\s*(hours?|h|days?|d|weeks?|w|months?|mo|m|小时|天|周|个月|月)")
_DAY = re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})")
_HOURS = {"h": 1, "小": 1, "d": 24, "天": 24, "w": 168, "周": 168, "m": 720, "个": 720, "月": 720}
_DIGITS = {"一": "1", "两": "2", "三": "3"}
_NAMED_SPANS = {"today": 24, "今天": 24, "week": 168, "本周": 168, "month": 720, "本月": 720}
KINDS = {
    "calculation": "calculation",
    "calc": "calculation",
    "计算": "calculation",
    "faq": "faq",
    "entry": "faq",
    "知识": "faq",
    "条目": "faq",
    "clarify": "clarify",
    "反问": "clarify",
    "diagnosis": "diagnosis",
    "诊断": "diagnosis",
    "unknown": "unknown",
    "未知": "unknown",
    "没答上": "unknown",
}
_NAMES = ("kind", "type", "since", "by", "类型", "种类", "最近", "时间")
_VALID = ("kind:calculation", "since:7d", "by:me")
_SINCE_EXAMPLES = ("7d", "2w", "2026-01-31")


@dataclass(frozen=True, slots=True)
class Lookup:
    """Words and filters; ``fault`` says what cannot be used, and what can."""

    words: str
    wanted: Wanted
    language: Language
    fault: str | None = None

    @property
    def empty(self) -> bool:
        """Whether nothing is looked for."""
        return not self.words and self.wanted == Wanted()


def lookup_of(
    text: str, asker: str, now: datetime | None = None, language: Language | None = None
) -> Lookup:
    """Read what is looked for; ``by:me`` and ``我的`` mean ``asker``.

    ``language`` is that of the answer where the words do not tell it.

    Never raises: a filter that cannot be used becomes a ``fault`` with the nearest that can.
    """
    now = now or datetime.now(UTC)
    found = Lookup("", Wanted(), language or detect_language(text))
    for name, value in _FILTER.findall(text):
        found = _filtered(found, name.casefold(), value, asker, now)
    words = _FILTER.sub(" ", text)
    for like in _FILTER_LIKE.finditer(words):
        if _is_meant_as_filter(like[1], like[2], now):
            found = _faulty(found, like[0], _VALID)
    if match := _RECENT.search(words):
        number = _DIGITS.get(match[1], match[1])
        found = _since(found, f"{number}{match[2]}", now)
        words = words.replace(match[0], " ")
    if _MINE.search(words):
        found = replace(found, wanted=replace(found.wanted, by=asker))
        words = _MINE.sub(" ", words)
    return replace(found, words=" ".join(words.split()))


def _is_meant_as_filter(name: str, value: str, now: datetime) -> bool:
    """Return whether what looks like a filter of no name is one, and not words: ``ctx:8k``.

    Its value is a word or fits a filter, or its name is nearly one.
    """
    if value.isalpha() or moment_of(value, now) is not None:
        return True
    return bool(difflib.get_close_matches(name.casefold(), _NAMES, n=1, cutoff=0.7))


def _filtered(found: Lookup, name: str, value: str, asker: str, now: datetime) -> Lookup:
    if name in ("kind", "type", "类型", "种类"):
        kind = KINDS.get(value.casefold())
        if kind is None:
            return _faulty(found, f"{name}:{value}", _nearest_kinds(value))
        return replace(found, wanted=replace(found.wanted, kind=kind))
    if name in ("since", "最近", "时间"):
        return _since(found, value, now)
    if value.casefold() in ("me", "我", "myself"):
        return replace(found, wanted=replace(found.wanted, by=asker))
    return _faulty(found, f"{name}:{value}", ("by:me",))


def _since(found: Lookup, value: str, now: datetime) -> Lookup:
    moment = moment_of(value, now)
    if moment is None:
        return _faulty(found, f"since:{value}", tuple(f"since:{one}" for one in _SINCE_EXAMPLES))
    return replace(found, wanted=replace(found.wanted, since=moment))


def moment_of(value: str, now: datetime) -> datetime | None:
    """Return the moment that ``7d``, ``2w``, ``今天`` or ``2026-01-31`` means, None for others."""
    text = value.casefold()
    if text in _NAMED_SPANS:
        return now - timedelta(hours=_NAMED_SPANS[text])
    if match := _SPAN.fullmatch(text):
        return now - timedelta(hours=int(match[1]) * _HOURS[match[2][0]])
    if match := _DAY.fullmatch(text):
        try:
            return datetime(int(match[1]), int(match[2]), int(match[3]), tzinfo=UTC)
        except ValueError:
            return None
    return None


def _nearest_kinds(value: str) -> tuple[str, ...]:
    near = difflib.get_close_matches(value.casefold(), KINDS, n=1, cutoff=0.4)
    first = KINDS[near[0]] if near else "calculation"
    rest = [kind for kind in ("calculation", "faq", "unknown") if kind != first]
    return tuple(f"kind:{kind}" for kind in (first, *rest[:2]))


def _faulty(found: Lookup, piece: str, forms: tuple[str, ...]) -> Lookup:
    if found.fault is not None:
        return found
    language = found.language
    shown = say("comma", language).join(forms)
    return replace(found, fault=say("find_fault", language, piece=piece[:60], forms=shown))


def related_of(past: PastAnswer, *, changed: bool = False) -> Related:
    """Return a past answer as it is shown beside others."""
    headline = past.text.strip().partition("\n")[0]
    return Related(past.id, past.query, past.permalink, headline, past.asked_at, changed)


def found_answer(
    lookup: Lookup,
    found: Sequence[PastAnswer],
    blank: Answer,
    changed: Callable[[PastAnswer], bool] = lambda _: False,
) -> Answer:
    """Return the ``history`` answer that lists what was found."""
    language = blank.language
    blank = replace(blank, kind="history")
    if lookup.fault is not None:
        return replace(blank, message=lookup.fault)
    if lookup.empty:
        return replace(blank, message=say("history_empty", language))
    if not found:
        key = "history_none" if lookup.words else "history_filtered_none"
        return replace(blank, message=say(key, language, words=lookup.words))
    key = "history_some" if lookup.words else "history_filtered"
    related = tuple(related_of(past, changed=changed(past)) for past in found)
    caveats = (say("changed_since_why", language),) if any(r.changed for r in related) else ()
    message = say(key, language, count=len(found), words=lookup.words)
    return replace(blank, message=message, related=related, caveats=caveats)
