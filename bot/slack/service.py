"""The running service: started in order, ready when all is loaded, stopped without loss."""

from __future__ import annotations

import asyncio
import fcntl
from collections.abc import Callable
from contextlib import AsyncExitStack
from functools import partial

import aiohttp
import structlog
from aiohttp import web
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from bot.answering import Answerer
from bot.errors import BadSetting
from bot.settings import Settings, Transport
from bot.slack.app import build_app
from bot.slack.conversations import Conversations
from bot.slack.desk import Desk
from bot.slack.gate import Gate
from bot.slack.hearing import Hearing
from bot.slack.identity import Identity
from bot.slack.install.installed import InstalledWorkspaces
from bot.slack.install.oauth import Installer
from bot.slack.install.routes import install_routes
from bot.slack.install.setup import check_install, credentials_of, vault_of
from bot.slack.kit import Answers
from bot.slack.places import REFRESH_S
from bot.slack.poster import Poster
from bot.slack.processes.cores import cores
from bot.slack.processes.crew import ANSWER_S, TRIES, Crew
from bot.slack.processes.hand import HandLost
from bot.slack.processes.wire import Begin
from bot.slack.pump import Pump
from bot.slack.scopes import granted_scopes
from bot.slack.transports.http import HttpServer
from bot.slack.transports.socket import SocketConnection
from bot.slack.warming import warm_up
from bot.slack.workers import Worker
from bot.slack.workspaces import NotInstalled, OneWorkspace
from knowledge.store import Item, Post, Store, open_store
from knowledge.store.errors import StoreError
from knowledge.team import TeamKnowledge

POSTERS = 8
IN_HAND = 4
"""Items in hand for each thread or process: what is in hand as it comes needs no claim."""
PRUNE_S = 3_600.0
TIDY_S = 3.0
CALL_S = 20
MOST_BY_ITSELF = 4
"""Processes that are started where the setting is left open: each takes memory of its own."""
log = structlog.get_logger(__name__)


class Service:
    """Everything that runs while the bot serves Slack.

    ``start`` opens things in order and ``stop`` closes, in the reverse order, what was opened:
    intake first, then what was accepted is finished, then the store.
    """

    def __init__(self, settings: Settings, answerer: Answers | None = None) -> None:
        self.settings = settings
        self.http: HttpServer | None = None
        self.store: Store
        self.crew: Crew | None = None
        self._given_answerer = answerer
        self._opened = AsyncExitStack()
        self._stopping = asyncio.Event()
        self._fatal: BadSetting | None = None
        self._ready = False
        self._checks: dict[str, Callable[[], bool]] = {}

    async def start(self) -> None:
        """Start everything; raises ``BadSetting`` or ``StoreError`` with one line to act on."""
        settings = self.settings
        transport = settings.transport
        check_install(settings) if settings.installs else settings.bot_token
        store = open_store(settings.database_path, max_waiting=settings.max_waiting)
        self.store = store
        self._opened.callback(store.close)
        self._take_over(store)
        session = aiohttp.ClientSession(
            timeout=aiohttp.ClientTimeout(total=CALL_S), cookie_jar=aiohttp.DummyCookieJar()
        )
        self._opened.push_async_callback(session.close)
        workspaces = await self._workspaces(store, session)
        conversations = Conversations(store)
        knowledge = TeamKnowledge(store)
        answerer = self._given_answerer or Answerer(
            threads=conversations, history=store, knowledge=knowledge
        )
        desk = Desk(settings, store, conversations, answerer, workspaces)
        self._opened.callback(desk.close)
        single = workspaces.identity.team_id if isinstance(workspaces, OneWorkspace) else None
        if single is not None:
            await desk.places.learn_all(single)
        answering = await self._start_answering(desk)
        if not answering:
            await asyncio.to_thread(knowledge.warm_up)
            await desk.thought(warm_up, answerer)
        self._start_work(desk, session, single, max(answering, settings.workers))
        await self._listen(transport, desk, session)
        self._ready = True
        log.info("ready", transport=transport, **workspaces.described())

    async def run_until_stopped(self) -> None:
        """Serve until ``stop_soon``; raises ``BadSetting`` when Slack refuses the token."""
        await self._stopping.wait()
        if self._fatal is not None:
            raise self._fatal

    def stop_soon(self) -> None:
        """Ask the service to stop; safe as a signal handler."""
        self._stopping.set()

    def readiness(self) -> dict[str, bool]:
        """Return what has to be true for the service to be ready."""
        checks = {name: check() for name, check in self._checks.items()}
        return {**checks, "accepting": bool(checks) and not self._stopping.is_set()}

    async def stop(self) -> None:
        """Stop intake, go on with what was accepted for a while, close everything."""
        self._stopping.set()
        await self._opened.aclose()
        if self._ready:
            log.info("stopped")

    async def _start_answering(self, desk: Desk) -> int:
        """Start the processes that answer; return how many, 0 where threads of this one do."""
        settings, chosen = self.settings, self.settings.processes
        if chosen is None:
            found = cores()
            chosen = min(found, MOST_BY_ITSELF) if found > 1 else 0
        if not chosen or self._given_answerer is not None:
            return 0
        begin = Begin(settings.database_path, settings.log_level, settings.log_format)
        crew = Crew(begin, chosen, min(ANSWER_S, settings.lease_s / (2 * TRIES)))
        try:
            await crew.start()
        except (HandLost, OSError) as error:
            log.error("answering_in_threads", reason=str(error))
            return 0
        self._opened.push_async_callback(crew.stop)
        self._checks["answering"] = lambda: crew.alive
        self.crew = desk.composer = crew
        return chosen

    async def _workspaces(
        self, store: Store, session: aiohttp.ClientSession
    ) -> OneWorkspace | InstalledWorkspaces:
        """Return the workspace of the token in the environment, or those that installed the bot."""
        if self.settings.installs:
            installed = InstalledWorkspaces(
                store, vault_of(self.settings), partial(self._client, session)
            )
            if resealed := installed.reseal():
                log.info("tokens_resealed", installations=resealed)
            return installed
        client = self._client(session, self.settings.bot_token.get_secret_value())
        return OneWorkspace(await identify(client), client, self._token_refused)

    def _client(self, session: aiohttp.ClientSession, token: str | None = None) -> AsyncWebClient:
        """Return a client without retries: only the outbox knows whether a post may be repeated."""
        return AsyncWebClient(
            token=token,
            base_url=self.settings.slack_api_url,
            session=session,
            timeout=CALL_S,
            retry_handlers=[],
        )

    def _start_work(
        self, desk: Desk, session: aiohttp.ClientSession, single: str | None, at_once: int
    ) -> None:
        worker, poster = Worker(desk), Poster(desk, session)
        inbox: Pump[Item] = Pump("inbox", worker.take, worker.handle, at_once * IN_HAND)
        outbox: Pump[Post] = Pump("outbox", poster.take, poster.handle, POSTERS)
        desk.inbox, desk.outbox = inbox, outbox
        self._checks["workers"] = lambda: inbox.alive and outbox.alive
        inbox.start()
        outbox.start()
        chores = _keep_up(desk), _refresh(desk, single), _tidy(desk)
        upkeep = [asyncio.create_task(work) for work in chores]

        async def drain() -> None:
            for task in upkeep:
                task.cancel()
            try:
                async with asyncio.timeout(self.settings.drain_s):
                    await desk.finish()
                    await inbox.drained()
                    await outbox.drained()
            except TimeoutError:
                log.warning("not_drained")
            await inbox.stop()
            await outbox.stop()

        self._opened.push_async_callback(drain)

    async def _listen(
        self,
        transport: Transport,
        desk: Desk,
        session: aiohttp.ClientSession,
    ) -> None:
        """Open the health and install routes, and Slack's way in: on the same port, or a socket."""
        settings, app, gate = self.settings, build_app(desk, session), None
        hearing = Hearing(desk)
        if transport == "http":
            assert settings.slack_signing_secret is not None
            gate = Gate(hearing, app, settings.slack_signing_secret.get_secret_value())
        try:
            routes = self._install_routes(desk, session)
            http = HttpServer(settings.host, settings.port, self.readiness, gate, routes)
        except BadSetting as error:
            if gate is not None or settings.installs:
                raise
            # In Socket Mode the port is for health checks alone.
            log.warning("no_health_port", **error.values)
        else:
            await http.start()
            self._opened.push_async_callback(http.stop)
            self._checks["listening"] = lambda: http.connected
            self.http = http
        if transport == "socket":
            assert settings.slack_app_token is not None
            app_token = settings.slack_app_token.get_secret_value()
            connection = SocketConnection(app, app_token, self._client(session), hearing)
            self._opened.push_async_callback(connection.stop)
            await connection.start()
            self._checks["connected"] = lambda: connection.connected

    def _install_routes(self, desk: Desk, session: aiohttp.ClientSession) -> list[web.RouteDef]:
        if not isinstance(desk.workspaces, InstalledWorkspaces):
            return []
        credentials, vault = credentials_of(self.settings), vault_of(self.settings)
        client = self._client(session)
        return install_routes(Installer(credentials, desk, desk.workspaces, vault, client))

    def _take_over(self, store: Store) -> None:
        """Free what a crashed process had taken, if no other process serves this store."""
        lock = (self.settings.home / "serve.lock").open("w")
        self._opened.callback(lock.close)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            log.warning("another_process_serves", home=str(self.settings.home))
            return
        freed = store.release_leases()
        if freed:
            log.info("taken_up", rows=freed)

    def _token_refused(self, reason: str) -> None:
        self._fatal = BadSetting("token_refused", name="SLACK_BOT_TOKEN", reason=reason)
        self._stopping.set()


async def _keep_up(desk: Desk) -> None:
    """Look the store over once, beside the work, and prune it every hour."""
    try:
        await asyncio.to_thread(desk.store.check)
    except StoreError as error:
        log.error("store_not_sound", reason=str(error))
    while True:
        try:
            keep_answers_s = desk.settings.keep_answers_s
            await asyncio.to_thread(desk.store.prune, keep_answers_s=keep_answers_s)
        except StoreError as error:
            log.error("not_pruned", reason=str(error))
        await asyncio.sleep(PRUNE_S)


async def _tidy(desk: Desk) -> None:
    """Do every few seconds what the commits of the loop put off."""
    while True:
        await asyncio.sleep(TIDY_S)
        try:
            await desk.aside(desk.store.tidy)
        except StoreError as error:
            log.info("not_tidied", reason=str(error))


async def _refresh(desk: Desk, single: str | None) -> None:
    """Have the channels of the workspaces listed before what is known of them lapses."""
    while True:
        await asyncio.sleep(REFRESH_S)
        for workspace in {*desk.places.active(), *([single] if single else ())}:
            try:
                await desk.places.learn_all(workspace)
            except NotInstalled:
                log.info("channels_not_listed", workspace=workspace, reason="not_installed")


async def identify(client: AsyncWebClient) -> Identity:
    """Ask Slack who the bot is; raises ``BadSetting`` when the token is refused."""
    try:
        answer = await client.auth_test()
    except SlackApiError as error:
        reason = error.response.get("error", "") or f"http {error.response.status_code}"
        raise BadSetting("token_refused", name="SLACK_BOT_TOKEN", reason=reason) from None
    except (aiohttp.ClientError, TimeoutError, OSError) as error:
        reason = type(error).__name__
        raise BadSetting("slack_unreachable", url=client.base_url, reason=reason) from None
    return Identity(
        team_id=str(answer["team_id"]),
        bot_user_id=str(answer["user_id"]),
        bot_id=str(answer.get("bot_id") or ""),
        url=str(answer.get("url") or ""),
        scopes=granted_scopes(answer.headers),
    )
