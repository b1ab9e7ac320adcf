"""Steps that fill a form which was opened empty: a new entry, an edit, a draft, a thread."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, date, datetime

from bot.slack.asked import Asked
from bot.slack.curation.fields import MOST, entry_form, too_long
from bot.slack.curation.jobs import Job
from bot.slack.curation.metadata import Carried
from bot.slack.curation.showing import versions_view
from bot.slack.curation.threads import entry_from, gather, names_of, said_in
from bot.slack.replies import permalink
from knowledge.entries import Bilingual, Entry, Ways
from knowledge.faq_document import slug
from knowledge.loader import find_entry
from knowledge.store.entries import Draft

TITLE_CHARACTERS = 150


async def new_entry(job: Job) -> None:
    """Show the empty form."""
    await _fill(job, Carried(job.item.id, job.language), _blank())


async def edit_entry(job: Job) -> None:
    """Show the form with an entry as it is live; a built-in one is replaced by what is written."""
    versions = await job.desk.stored(job.desk.store.entry_versions, job.workspace, job.value)
    live = versions[0].entry if versions else None
    based_on = versions[0].number if versions else 0
    carried = Carried(job.item.id, job.language, job.value, based_on)
    if live is not None:
        await _fill(job, replace(carried, related=live.related), live)
        return
    built_in = find_entry(job.value)
    if built_in is None:
        await job.notify(job.say("entry_gone"))
        return
    notes = [job.say("entry_replacing", entry=built_in.id)]
    shown = built_in.model_copy(update={"ask": _first_ways(built_in.ask)})
    if shown != built_in:
        notes.append(job.say("entry_ways_cut"))
    carried = replace(carried, related=built_in.related, replaces=True)
    await _fill(job, carried, shown, notes)


async def review_draft(job: Job) -> None:
    """Show the form with a draft, to be gone on with as a draft of one's own."""
    draft = await _waiting_draft(job)
    if draft is not None:
        await _fill(
            job, await _going_on(job, draft, draft.based_on), draft.entry, _missing(job, draft)
        )


async def rebase_draft(job: Job) -> None:
    """Show the form with a draft again, now on top of what was published meanwhile."""
    draft = await _waiting_draft(job)
    if draft is not None:
        versions = await job.desk.stored(
            job.desk.store.entry_versions, job.workspace, draft.entry.id
        )
        based_on = versions[0].number if versions else 0
        carried = await _going_on(job, draft, based_on)
        note = job.say("entry_rebased", version=based_on)
        carried = replace(carried, entry_id=draft.entry.id, deep=True)
        await _fill(job, carried, draft.entry, [note])


async def answer_question(job: Job) -> None:
    """Show the form with an open question as its title and way of asking."""
    past = await job.desk.stored(job.desk.store.get, job.value, await job.viewer())
    if past is None:
        await job.notify(job.say("answer_gone"))
        return
    query = " ".join(past.query.split())[:TITLE_CHARACTERS]
    chinese = past.language == "zh"
    entry = _blank().model_copy(
        update={
            "id": slug(query),
            "title": Bilingual(en="" if chinese else query, zh=query if chinese else ""),
            "ask": Ways(en=() if chinese else (query,), zh=(query,) if chinese else ()),
        }
    )
    await _fill(job, Carried(job.item.id, job.language, answers=(past.id,)), entry)


async def save_thread(job: Job) -> None:
    """Show the form with what was said in a thread; anybody may propose it."""
    channel, message = str(job.values["channel"]), job.values["message"]
    gathered = await gather(job.client, channel, message)
    names = await names_of(job.client, gathered.messages)
    url = job.desk.identity_of(job.workspace).url
    said = said_in(gathered.messages, names, url)
    root = str(message.get("thread_ts") or message["ts"])
    asked = Asked("", job.workspace, job.user, channel, "", ts=root)
    authors = ", ".join(dict.fromkeys(names.values()))
    source = job.say("thread_source_by", authors=authors) if authors else job.say("thread_source")
    first = gathered.messages[0]
    entry = entry_from(said, [first], permalink(url, asked) or "", source, _today())
    notes = [job.say(gathered.obstacle)] if gathered.obstacle else []
    if said.taken < said.of:
        notes.append(job.say("thread_cut", taken=said.taken, of=said.of))
    if await job.desk.kind(job.workspace, channel, None) != "public":
        notes.append(job.say("thread_private"))
    notes.append(job.say("thread_review"))
    await _fill(job, Carried(job.item.id, job.language), entry, notes)


async def show_versions(job: Job, note: str = "") -> None:
    """Show the versions of an entry."""
    entry_id = job.value.partition(":")[0]
    versions = await job.desk.stored(job.desk.store.entry_versions, job.workspace, entry_id)
    if not versions:
        await job.notify(job.say("entry_gone"))
    elif not await job.show(versions_view(versions, job.language, note)) and note:
        await job.tell(note)


async def _fill(job: Job, carried: Carried, entry: Entry, notes: Iterable[str] = ()) -> None:
    form = entry_form(carried, entry, notes)
    if form is None:
        most = f"{too_long(entry) or MOST:,}"
        await job.notify(job.say("entry_too_long", most=most, entry=entry.id[:TITLE_CHARACTERS]))
    else:
        await job.show(form)


async def _waiting_draft(job: Job) -> Draft | None:
    draft = await job.desk.stored(job.desk.store.draft, job.workspace, job.value)
    if draft is None or draft.state in ("published", "dropped"):
        await job.notify(job.say("draft_gone"))
        return None
    return draft


async def _going_on(job: Job, draft: Draft, based_on: int) -> Carried:
    """Return what a form carries that goes on from a draft; the id of a new entry stays open."""
    versions = await job.desk.stored(job.desk.store.entry_versions, job.workspace, draft.entry.id)
    fixed = bool(versions) or draft.replaces
    return Carried(
        draft=job.item.id,
        language=job.language,
        entry_id=draft.entry.id if fixed else "",
        based_on=based_on,
        answers=draft.answers,
        related=draft.entry.related,
        replaces=draft.replaces,
        origin=draft.id,
    )


def _missing(job: Job, draft: Draft) -> list[str]:
    """Say which language is still to be written."""
    texts = {"en": draft.entry.body.en, "zh": draft.entry.body.zh}
    return [job.say(f"draft_lacks_{name}") for name, text in texts.items() if not text]


def _first_ways(ask: Ways) -> Ways:
    """Return as many ways of asking as an input holds."""
    return Ways(en=_fitting(ask.en), zh=_fitting(ask.zh))


def _fitting(ways: tuple[str, ...]) -> tuple[str, ...]:
    left = MOST
    for count, way in enumerate(ways):
        left -= len(way) + 1
        if left < 0:
            return ways[:count]
    return ways


def _blank() -> Entry:
    nothing = Bilingual(en="", zh="")
    return Entry(
        id="", title=nothing, ask=Ways(en=(), zh=()), sources=(), reviewed=_today(), body=nothing
    )


def _today() -> date:
    return datetime.now(UTC).date()
