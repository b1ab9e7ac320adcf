"""What the Home tab of one person holds, and when it is shown anew."""

from __future__ import annotations

from bot.finding import related_of
from bot.messages import say
from bot.question import Defaults, Language
from bot.rendering.home import ROWS, SAVED_ROWS, HomeContent, Kept
from bot.slack.asked import answer_id
from bot.slack.desk import Desk
from bot.slack.tastes import chosen_language, tastes_of
from knowledge.history import PastAnswer
from knowledge.store import Item
from knowledge.store.errors import StoreError
from knowledge.store.personal import owner_of
from knowledge.visibility import Place, Viewer, is_own, may_see

HOME = "home"


def viewer_at_home(workspace: str, user: str) -> Viewer:
    """Return a person who looks from their Home tab: public answers, and from no conversation."""
    return Viewer(user, Place(workspace, "", "dm"))


def may_show(viewer: Viewer, past: PastAnswer) -> bool:
    """Return whether a past answer may stand on somebody's Home tab, which nobody else sees."""
    if is_own(viewer, past.place, past.asker):
        return True
    return may_see(viewer, past.place, past.asker, private=past.private)


def home_content(
    desk: Desk, workspace: str, user: str, *, with_health: bool = False
) -> HomeContent:
    """Gather a person's Home tab; runs in a thread."""
    store, viewer = desk.store, viewer_at_home(workspace, user)
    chosen = store.preferences(workspace, owner_of("user", user))
    team = store.preferences(workspace, owner_of("workspace"))
    recent = store.own(viewer, ROWS)
    language = chosen_language(chosen) or spoken_in(recent)
    return HomeContent(
        language=language,
        chosen_language=chosen_language(chosen),
        defaults=Defaults.read(chosen),
        team=Defaults.read(team),
        recent=[related_of(past, changed=desk.answerer.changed_since(past)) for past in recent],
        saved=[_kept(desk, viewer, past) for past in store.saved(workspace, user, SAVED_ROWS)],
        health=_health(desk, workspace, language or "en") if with_health else None,
    )


def spoken_in(recent: list[PastAnswer]) -> Language | None:
    """Return the language of the last question, None before the first."""
    if not recent:
        return None
    return "zh" if recent[0].language == "zh" else "en"


def person_language(desk: Desk, workspace: str, user: str, otherwise: Language = "en") -> Language:
    """Return the language to speak to somebody: chosen, else that of their last question."""
    chosen = chosen_language(tastes_of(desk.store, workspace, user))
    if chosen is not None:
        return chosen
    try:
        return spoken_in(desk.store.own(viewer_at_home(workspace, user), 1)) or otherwise
    except StoreError:
        return otherwise


async def refresh_home(
    desk: Desk, workspace: str, user: str, key: str, view_hash: str | None = None
) -> None:
    """Have a Home tab shown anew after its owner changed something on it."""
    payload = {"task": HOME, "user": user, "hash": view_hash}
    item = Item(workspace, answer_id(workspace, HOME, key), payload)
    await desk.accept(item, [f"{HOME}:{key}"])


def _kept(desk: Desk, viewer: Viewer, past: PastAnswer) -> Kept:
    if not may_show(viewer, past):
        return Kept(past.id, None, past.permalink)
    return Kept(past.id, related_of(past, changed=desk.answerer.changed_since(past)))


def _health(desk: Desk, workspace: str, language: Language) -> list[str]:
    """Return how the service is doing, in lines; nothing of what anybody asked."""
    # The tab itself is one of those that are being worked on.
    inbox, outbox = max(0, desk.store.waiting("inbox") - 1), desk.store.waiting("outbox")
    open_ = len(desk.store.unanswered(workspace, 100))
    return [
        say("health_workers", language, state=_state(desk.inbox.alive, language)),
        say("health_posts", language, state=_state(desk.outbox.alive, language)),
        say("health_waiting", language, inbox=inbox, outbox=outbox),
        say("health_unanswered", language, count=open_),
    ]


def _state(good: bool, language: Language) -> str:
    return say("health_good" if good else "health_bad", language)
