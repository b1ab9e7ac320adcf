"""Values that a message gives and that no longer hold: ``原来 2 张, 改成 4 张``, ``not 7B, 13B``.

Of two values of one thing the later state of affairs counts, and what the sentence with the
question says before what the chatter around it says. Values that are weighed all count.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from bot.understanding.atoms import Atom
from bot.understanding.correction import NO_VALUES, blanked, groups_of
from bot.understanding.items import Item
from bot.understanding.replaced import replaced

# How sure it is that a value is meant.
_DENIED, _FORMER, _CHATTER, _STATED, _ASKED, _CHANGED = range(6)
_ENDS = frozenset(["?", "!", "。", "."])
_CLAUSE_ENDS = _ENDS | frozenset([",", ";", "(", ")"])
_ASKING = frozenset(["吗", "么", "嘛", "呢", "?"])
_JUDGED = ("不", "吗")
_AMOUNT = frozenset(["多少", "多大", "几", "几个", "how much", "how many", "how big", "how large"])
_NO = frozenset(["不", "not"])
_BUT = frozenset(["是", "而", "but", "改", ",", "the", "a", "rather", "的"])
_DENYING = frozenset(["不", "not", "是", "而", "but"])
_COPULA = frozenset(["是", "用", "the", "a"])
_ASIDE = frozenset([",", "嗯", "呃", "额", "那个", "就是", "uh", "um", "er"])
_TIMES = frozenset(["几倍", "多少倍"])
_NAMED = frozenset({"params", "dtype"})
_OF_NO_RUN = frozenset({"name", "price", "ordinal", "date", "host_memory"})
_TELLING = frozenset({"topic", "mode", "key", "format", "method", "optimizer", "model", "card",
                      "follow", "history", "correction", "other_model", "other_card"})  # fmt: skip
_SUBJECTS = frozenset([",", "。", "卡", "显卡", "模型", "机器", "batch", "长度", "这次"])
_NEAR = 4


@dataclass(slots=True)
class _Mention:
    """A value said somewhere: items side by side that say something of one thing."""

    group: str
    places: list[int]
    text: str
    rank: int = _STATED
    marker: int = -1
    planned: bool = False
    present: bool = False


def superseded(text: str, atoms: Sequence[Atom], items: Sequence[Item]) -> str | None:
    """Blank the values that no longer hold; None where all of them do.

    ``items`` have the slots that they take; offsets in the text stay.
    """
    if not _may_change(items) or _weighs(items):
        return None
    sentences = _sentences(items, atoms, text)
    asked = _asked(items, sentences)
    mentions = _mentions(items)
    _rank(items, mentions, sentences, asked)
    dropped = [mention for group in _by_group(mentions) for mention in _outdone(group)]
    dropped += [m for m in mentions if m.rank == _DENIED and m not in dropped]
    dropped += _counts_of(dropped, mentions, sentences, asked)
    dropped += _machines_of(dropped, mentions, items)
    places = {place for mention in dropped for place in mention.places} | replaced(items)
    places |= {place for mention in dropped for place in _denial_of(items, mention)}
    if asked is not None:
        places |= _chatter(items, sentences, asked)
    if not places:
        return None
    return blanked(text, atoms, [items[place] for place in sorted(places)], (0, 0))


def _may_change(items: Sequence[Item]) -> bool:
    """Whether anything speaks of a change, or a number stands in more than one sentence."""
    stretches = with_number = 0
    for item in items:
        if item.has("change") or item.word == "now":
            return True
        if item.word in _NO:
            stretches += 1
        if item.word in _ENDS:
            stretches += 1
        if item.quantity is not None:
            with_number += 1
    return stretches > 0 and with_number > 1


def _weighs(items: Sequence[Item]) -> bool:
    return any(
        item.word in _TIMES
        or item.has("saving")
        or (item.has("weighing") and not _still(items, index))
        for index, item in enumerate(items)
    )


def _still(items: Sequence[Item], index: int) -> bool:
    """``模型还是 70B``: is still, no choice between two."""
    before = items[index - 1] if index else None
    return items[index].word == "还是" and (
        before is None or before.has("topic") or before.word in _SUBJECTS
    )


def _sentences(items: Sequence[Item], atoms: Sequence[Atom], text: str) -> list[int]:
    """Return the number of the sentence that each item stands in."""
    found: list[int] = []
    sentence = 0
    for index, item in enumerate(items):
        found.append(sentence)
        end = atoms[item.end - 1].end
        after = items[index + 1] if index + 1 < len(items) else None
        broken = after is not None and "\n" in text[end : atoms[after.start].start]
        if item.word in _ENDS or broken:
            sentence += 1
    return found


def _asked(items: Sequence[Item], sentences: Sequence[int]) -> int | None:
    """Return the one sentence that asks for something of the field, if one alone does."""
    in_field: set[int] = set()
    marked: set[int] = set()
    worded: set[int] = set()
    for item, sentence in zip(items, sentences, strict=True):
        if item.has("ask") or item.has("topic") or item.slots:
            in_field.add(sentence)
        if item.word in _ASKING:
            marked.add(sentence)
        if _asks(item):
            worded.add(sentence)
    for found in (marked & in_field, worded):
        if found:
            return found.pop() if len(found) == 1 else None
    return None


def _asks(item: Item) -> bool:
    if item.has("ask", "count") or item.has("ask", "time") or item.has("ask", "max"):
        return True
    if item.has("ask", "fit"):
        return any(part in item.word for part in _JUDGED)
    return item.word in _AMOUNT


def _mentions(items: Sequence[Item]) -> list[_Mention]:
    groups = [
        ["nodes"] if "nodes" in item.slots else sorted(groups_of([item], NO_VALUES - {"mode"}))
        for item in items
    ]
    counted = {g for item, own in zip(items, groups, strict=True) if item.quantity for g in own}
    found: list[_Mention] = []
    for place, item in enumerate(items):
        for group in groups[place]:
            if item.quantity is None and group in counted and group not in _NAMED:
                continue  # ``batch`` before its number
            last = next((m for m in reversed(found) if m.group == group), None)
            if last is not None and place - last.places[-1] == 1:
                last.places.append(place)
                last.text += item.word
            else:
                found.append(_Mention(group, [place], item.word))
    return found


def _rank(
    items: Sequence[Item],
    mentions: Sequence[_Mention],
    sentences: Sequence[int],
    asked: int | None,
) -> None:
    for mention in mentions:
        first = mention.places[0]
        state, mention.marker = _state(items, mention, sentences)
        if asked is not None:
            mention.rank = _ASKED if sentences[first] == asked else _CHATTER
        if _denied(items, mention, mentions):
            mention.rank = _DENIED
        elif state == "former":
            mention.rank = _FORMER
        elif state in ("to", "left"):
            mention.rank = _CHANGED
        mention.planned, mention.present = state == "planned", state == "present"


def _state(
    items: Sequence[Item], mention: _Mention, sentences: Sequence[int]
) -> tuple[str | None, int]:
    """Return what the clause says of a value (over, planned, left, what it becomes), and where."""
    first = mention.places[0]
    passed = 0
    for place in range(first - 1, -1, -1):
        item = items[place]
        if sentences[place] != sentences[first]:
            return None, -1
        state = item.get("change")
        if state == "to":
            between = [i for i in items[place + 1 : first] if i.word not in _ASIDE and not i.slots]
            if len(between) < _NEAR and not passed:
                return state, place
        elif state is not None and not passed:
            return state, place
        if item.word in _CLAUSE_ENDS:
            aside = items[place - 1].word in _ASIDE or items[place - 1].has("change")
            passed += not (place and aside)
    return None, -1


def _denied(items: Sequence[Item], mention: _Mention, mentions: Sequence[_Mention]) -> bool:
    """``不是 7B, 是 13B``, ``not 7B but 13B``: one value of a thing in the place of another."""
    first, last = mention.places[0], mention.places[-1]
    before = first - 1
    if before > 0 and items[before].word in _COPULA:
        before -= 1
    if before < 0 or items[before].word not in _NO:
        return False
    if before and items[before - 1].word in ("是", "要", "能", "why"):
        return False
    after = last + 1
    while after < len(items) and items[after].word in _BUT:
        after += 1
    if after == last + 1:
        return False
    instead = next((m for m in mentions if m.group == mention.group and after in m.places), None)
    if instead is None:
        return _alike(items, last, after)
    return instead.text != mention.text


def _alike(items: Sequence[Item], denied: int, after: int) -> bool:
    """``不是 40G 的, 是 80G 的``: the second is of the first's kind, and nothing has taken it."""
    old, new = items[denied].quantity, items[after].quantity if after < len(items) else None
    if old is None or new is None or items[after].used:
        return False
    return old.kind == new.kind and old.value != new.value


def _denial_of(items: Sequence[Item], mention: _Mention) -> Iterator[int]:
    """Yield the places of the words that put another value in the place of a denied one."""
    if mention.rank != _DENIED:
        return
    for place, step in ((mention.places[0] - 1, -1), (mention.places[-1] + 1, 1)):
        while 0 <= place < len(items) and items[place].word in _DENYING:
            yield place
            place += step


def _machines_of(
    dropped: Sequence[_Mention], mentions: Sequence[_Mention], items: Sequence[Item]
) -> Iterator[_Mention]:
    """Yield the machines of cards that are counted anew in all: ``3 台 8 卡, 剩 16 张``."""
    if not any(mention.group == "gpu_count" for mention in dropped):
        return
    kept = [m for m in mentions if m.group == "gpu_count" and m not in dropped]
    each = any(m.places[0] and items[m.places[0] - 1].has("per", "node") for m in kept)
    if kept and not each and kept[0].rank == _CHANGED:
        yield from (m for m in mentions if m.group == "nodes" and m not in dropped)


def _chatter(items: Sequence[Item], sentences: Sequence[int], asked: int) -> set[int]:
    """Return the places of sentences that say nothing of a model, a card or a run."""
    telling = {asked}
    for item, sentence in zip(items, sentences, strict=True):
        if item.slots - _OF_NO_RUN or any(tag[0] in _TELLING for tag in item.tags):
            telling.add(sentence)
    return {place for place, sentence in enumerate(sentences) if sentence not in telling}


def _by_group(mentions: Sequence[_Mention]) -> Iterator[list[_Mention]]:
    for group in dict.fromkeys(mention.group for mention in mentions):
        found = [mention for mention in mentions if mention.group == group]
        if len({mention.text.removesuffix("s") for mention in found}) > 1:
            yield found


def _outdone(mentions: Sequence[_Mention]) -> Iterator[_Mention]:
    """Yield the mentions of one thing that another one of them replaces."""
    best = max(mention.rank for mention in mentions)
    kept = [mention for mention in mentions if mention.rank == best]
    if best == _CHANGED and len(kept) > 1:
        # ``改成 4 张, 后来又改成 8 张``
        kept = [mention for mention in kept if mention.marker == kept[-1].marker]
    if mentions[0].group == "mode" and best < _CHANGED:
        yield from (mention for mention in mentions if mention.rank == _DENIED)
        return
    planned = [mention for mention in kept if mention.planned]
    if planned and len(planned) < len(kept) and all(m.planned or m.present for m in kept):
        kept = planned
    yield from (mention for mention in mentions if mention not in kept)


def _counts_of(
    dropped: Sequence[_Mention],
    mentions: Sequence[_Mention],
    sentences: Sequence[int],
    asked: int | None,
) -> Iterator[_Mention]:
    """Yield the numbers of the cards that are dropped: they count no others."""
    for mention in dropped:
        if mention.group != "gpu":
            continue
        for other in mentions:
            beside = abs(other.places[-1] - mention.places[0]) <= 2
            background = sentences[other.places[0]] != asked
            if other.group == "gpu_count" and beside and background and other not in dropped:
                yield other
