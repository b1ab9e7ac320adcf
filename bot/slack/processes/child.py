"""A process that answers: ``python -m bot.slack.processes.child FD PARENT``.

It ends when its end of the socket is closed, however the service ended; on Linux the system ends it
too when the service is killed while it is at work. Signals to stop are the service's to heed.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import signal
import socket
import sys

import structlog

from bot.answering import Answerer
from bot.garbage import spare_the_collector
from bot.settings import Settings
from bot.slack.composing import Composed, compose
from bot.slack.conversations import Conversations
from bot.slack.kit import Job, Kit
from bot.slack.logs import configure_logs
from bot.slack.processes.wire import READY, Begin, Failed, frame, receive
from bot.slack.warming import rehearse
from knowledge.store import open_store
from knowledge.team import TeamKnowledge

PR_SET_PDEATHSIG = 1
log = structlog.get_logger(__name__)


def main() -> None:
    """Answer what comes over the socket until it is closed."""
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_IGN)
    _end_with(parent=int(sys.argv[2]))
    with socket.socket(fileno=int(sys.argv[1])) as connection, contextlib.suppress(OSError):
        try:
            _serve(connection)
        except EOFError:
            return


def _serve(connection: socket.socket) -> None:
    begin: Begin = receive(connection)
    configure_logs(Settings(log_level=begin.log_level, log_format=begin.log_format))
    kit = _kit(begin)
    rehearse(kit.answerer)
    spare_the_collector()
    connection.sendall(frame(READY))
    while True:
        job: Job = receive(connection)
        connection.sendall(frame(_done(kit, job)))


def _kit(begin: Begin) -> Kit:
    store = open_store(begin.database, read_only=True)
    conversations = Conversations(store)
    knowledge = TeamKnowledge(store)
    knowledge.warm_up()
    answerer = Answerer(threads=conversations, history=store, knowledge=knowledge)
    return Kit(store, conversations, answerer)


def _done(kit: Kit, job: Job) -> Composed | Failed:
    try:
        return compose(kit, job)
    except Exception as error:
        log.exception("composing_failed", workspace=job.asked.workspace, id=job.asked.id)
        return Failed(type(error).__name__)
    finally:
        kit.conversations.over(job.question.place)


def _end_with(parent: int) -> None:
    """Have the system kill this process with its parent, which may be gone already."""
    with contextlib.suppress(OSError, AttributeError):
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:
        sys.exit()


if __name__ == "__main__":
    main()
