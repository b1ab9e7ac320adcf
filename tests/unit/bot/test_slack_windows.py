"""The minute of a limit and the minutes of people's talk, with a clock in hand."""

from __future__ import annotations

from dataclasses import dataclass

from bot.slack.limits import MOST_KEYS, Limits
from bot.slack.talk import MOST_THREADS, RECENT_S, Talk

THREAD = ("T1", "C1", "1.0")


@dataclass
class Clock:
    now_s: float = 1_000.0

    def __call__(self) -> float:
        return self.now_s


class TestLimits:
    def test_the_window_slides(self) -> None:
        clock = Clock()
        limits = Limits(2, 0, clock)
        assert limits.admit("T1", "U1", "C1") == "admitted"
        clock.now_s += 30
        assert limits.admit("T1", "U1", "C1") == "admitted"
        assert limits.admit("T1", "U1", "C1") == "refused_first"
        clock.now_s += 30
        # The first is a minute old, the second is not.
        assert limits.admit("T1", "U1", "C1") == "admitted"
        assert limits.admit("T1", "U1", "C1") == "refused"

    def test_who_is_refused_is_told_once_a_minute(self) -> None:
        clock = Clock()
        limits = Limits(1, 0, clock)
        limits.admit("T1", "U1", "C1")
        said = []
        for _ in range(5):
            said.append(limits.admit("T1", "U1", "C1"))
            clock.now_s += 10
        assert said == ["refused_first", *["refused"] * 4]

    def test_what_is_refused_does_not_count(self) -> None:
        clock = Clock()
        limits = Limits(1, 0, clock)
        limits.admit("T1", "U1", "C1")
        for _ in range(100):
            limits.admit("T1", "U1", "C1")
        clock.now_s += 60
        assert limits.admit("T1", "U1", "C1") == "admitted"

    def test_workspaces_people_and_channels_are_apart(self) -> None:
        limits = Limits(1, 2, Clock())
        assert limits.admit("T1", "U1", "C1") == "admitted"
        assert limits.admit("T2", "U1", "C1") == "admitted"
        assert limits.admit("T1", "U2", "C1") == "admitted"
        # The channel has had its two; nobody's own limit is touched by that.
        assert limits.admit("T1", "U3", "C1") == "refused_first"
        assert limits.admit("T1", "U3", "C2") == "admitted"

    def test_nought_is_no_limit(self) -> None:
        limits = Limits(0, 0, Clock())
        assert {limits.admit("T1", "U1", "C1") for _ in range(500)} == {"admitted"}

    def test_it_does_not_grow_without_end(self) -> None:
        limits = Limits(1, 1, Clock())
        for number in range(2 * MOST_KEYS):
            limits.admit("T1", f"U{number}", "C1")
        assert len(limits._asked) <= MOST_KEYS
        assert len(limits._told) <= MOST_KEYS


class TestTalk:
    def test_somebody_elses_talk_goes_on_for_some_minutes(self) -> None:
        clock = Clock()
        talk = Talk(clock)
        assert not talk.goes_on(THREAD, "U1")
        talk.heard(THREAD, "U2")
        assert talk.goes_on(THREAD, "U1")
        assert not talk.goes_on(THREAD, "U2")
        clock.now_s += RECENT_S + 1
        assert not talk.goes_on(THREAD, "U1")

    def test_it_is_over_when_the_thread_turns_to_the_bot(self) -> None:
        talk = Talk(Clock())
        talk.heard(THREAD, "U2")
        talk.over(THREAD)
        assert not talk.goes_on(THREAD, "U1")

    def test_it_does_not_grow_without_end(self) -> None:
        talk = Talk(Clock())
        for number in range(2 * MOST_THREADS):
            talk.heard(("T1", "C1", f"{number}.0"), "U1")
        assert len(talk._last) <= MOST_THREADS
