"""Questions while entries change: every answer is one of the versions, and the last one stays."""

import threading
from datetime import date

from bot.answering import Answerer
from bot.question import Question
from knowledge import team
from knowledge.entries import Bilingual, Entry, EntrySource, Ways
from knowledge.store import open_store
from knowledge.team import TeamKnowledge
from knowledge.visibility import Place

QUESTION = "how do I book a node on the zephyr cluster"
ROUNDS = 25


def entry(body: str) -> Entry:
    return Entry(
        id="zephyr-booking",
        title=Bilingual(en="How do I book a node on zephyr?", zh="怎么预订 zephyr 节点？"),
        ask=Ways(en=(QUESTION, "zephyr booking"), zh=("预订 zephyr 节点",)),
        sources=(EntrySource(title="the platform team"),),
        reviewed=date(2026, 3, 1),
        body=Bilingual(en=body, zh="在 #zephyr 里问。"),
    )


def test_asking_while_entries_are_published_and_withdrawn(tmp_path):
    store = open_store(tmp_path / "vrambot.sqlite")
    answerer = Answerer(knowledge=TeamKnowledge(store))
    place = Place("T1", "C1", "public")
    seen: set[str | None] = set()
    faults: list[BaseException] = []
    stop = threading.Event()

    def asking() -> None:
        try:
            while not stop.is_set():
                answer = answerer.answer(Question(QUESTION, place=place))
                assert answer.kind in ("faq", "unknown")
                seen.add(answer.entry.body.en if answer.entry else None)
        except BaseException as fault:
            faults.append(fault)

    threads = [threading.Thread(target=asking) for _ in range(3)]
    for thread in threads:
        thread.start()
    number = 0
    for turn in range(ROUNDS):
        number = store.add_version("T1", entry(f"text {turn}"), number, "U1").number
        if turn % 5 == 2:
            number = store.withdraw_entry("T1", "zephyr-booking", "U1").number
    stop.set()
    for thread in threads:
        thread.join()
    assert faults == []
    assert seen <= {None, *(f"text {turn}" for turn in range(ROUNDS))}
    last = answerer.answer(Question(QUESTION, place=place))
    assert last.entry == entry(f"text {ROUNDS - 1}")
    store.close()


def test_the_workspace_that_asked_least_recently_is_built_anew(tmp_path, monkeypatch):
    monkeypatch.setattr(team, "MOST_RANKERS", 2)
    store = open_store(tmp_path / "vrambot.sqlite")
    for workspace in ("T1", "T2", "T3"):
        store.add_version(workspace, entry(workspace), 0, "U1")
    knowledge = TeamKnowledge(store)
    first, second = knowledge.of("T1"), knowledge.of("T2")
    assert knowledge.of("T1") is first
    knowledge.of("T3")
    assert knowledge.of("T1") is first
    assert knowledge.of("T2") is not second
    assert knowledge.of("T2").find_entry("zephyr-booking") == entry("T2")
    store.close()
