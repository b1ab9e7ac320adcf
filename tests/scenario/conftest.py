"""A running Slack service in front of the strict fake Slack, over either transport."""

from __future__ import annotations

import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from bot.answer import Answer, Choice
from bot.fakeslack import FakeSlack
from bot.question import Question
from bot.settings import Settings
from bot.slack.service import Service
from knowledge.history import PastAnswer
from knowledge.store import Store, open_store

# The helpers beside the tests.
sys.path.insert(0, str(Path(__file__).parent))


@dataclass
class Scripted:
    """An answerer whose answers a test knows beforehand; real records, nothing calculated.

    A text with ``slow`` takes a while, one with ``broken`` raises, one with ``?`` asks back.
    """

    slow_s: float = 0.3
    asked: list[Question] = field(default_factory=list)

    def answer(self, question: Question) -> Answer:
        if question.place.workspace != "warm-up":
            self.asked.append(question)
        if "slow" in question.text:
            time.sleep(self.slow_s)
        if "broken" in question.text:
            raise RuntimeError("a fault in the answer")
        choices = (Choice("7B", "7b fp16"), Choice("13B", "13b fp16"))
        return Answer(
            query=question.text,
            language="zh" if "显存" in question.text else "en",
            kind="help" if question.text in ("", "help") else "clarify",
            score=1.0,
            id=question.id,
            message=f"You said: {question.text}",
            choices=choices if question.text.endswith("?") else (),
        )

    def again(self, past: PastAnswer, question: Question) -> Answer:
        return self.answer(question)

    def changed_since(self, past: PastAnswer) -> bool:
        return False


@dataclass
class Lab:
    """A fake Slack and the service that serves it; ``restart`` is a new process on its store."""

    slack: FakeSlack
    transport: str
    home: Path
    start: Callable[..., Awaitable[Service]]
    service: Service
    answerer: Any
    store: Store
    """The same file on a connection of the test's own: the service's never waits for a writer."""

    async def restart(self, **settings: Any) -> None:
        await self.service.stop()
        self.service = await self.start(**settings)


Start = Callable[..., Awaitable[Lab]]


@pytest.fixture
def scripted() -> Scripted:
    """Give an answerer whose answers are known beforehand."""
    return Scripted()


@pytest.fixture(params=["socket", "http"])
def transport(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
async def start_lab(transport: str, tmp_path: Path) -> AsyncIterator[Start]:
    """Give a function that starts a fake Slack (its options) and the service (its settings)."""
    async with AsyncExitStack() as stack:

        async def start(
            answerer: Any = None,
            settings: dict[str, Any] | None = None,
            real: bool = False,
            **options: Any,
        ) -> Lab:
            slack = await stack.enter_async_context(FakeSlack(**options))
            # ``real``: the service makes its own answerer, as it does outside of tests.
            chosen = None if real else answerer or Scripted()

            async def serve(**changes: Any) -> Service:
                environment = slack.environment()
                if transport == "http":
                    environment.pop("SLACK_APP_TOKEN", None)
                given = {
                    "VRAMBOT_HOME": tmp_path,
                    "VRAMBOT_PORT": 0,
                    # Processes take a second to start; their own tests set them.
                    "VRAMBOT_PROCESSES": 0,
                    # A busy machine may need longer than the standard budget.
                    "VRAMBOT_ACK_BUDGET_MS": 1_500,
                    # Tests ask more in a minute than people do.
                    "VRAMBOT_USER_PER_MINUTE": 0,
                    "VRAMBOT_CHANNEL_PER_MINUTE": 0,
                    **(settings or {}),
                    **changes,
                }
                service = Service(Settings(**environment, **given), chosen)
                stack.push_async_callback(service.stop)
                await service.start()
                if transport == "http":
                    assert service.http is not None
                    slack.request_url = f"http://127.0.0.1:{service.http.port}/slack/events"
                else:
                    await slack.dispatcher.hub.wait_connected()
                return service

            service = await serve()
            store = open_store(service.settings.database_path)
            stack.callback(store.close)
            return Lab(slack, transport, tmp_path, serve, service, chosen, store)

        yield start


def pytest_configure(config: pytest.Config) -> None:
    """Name the marks that change what a fixture gives."""
    config.addinivalue_line("markers", "curator: the service's own answers, asked by an admin")


@pytest.fixture
async def lab(start_lab: Start, request: pytest.FixtureRequest) -> Lab:
    """A service with the standard settings and scripted answers.

    Marked ``curator``, its own answers, and a person who may write entries.
    """
    curator = request.node.get_closest_marker("curator") is not None
    lab = await start_lab(real=curator)
    lab.slack.user.is_admin = curator
    return lab
