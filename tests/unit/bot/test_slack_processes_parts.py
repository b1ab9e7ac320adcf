"""The parts of answering in processes: what travels, what is known, how many there are."""

import hashlib
import hmac
import json
import os
import pickle
import socket
import subprocess
import sys
import time

import pytest

from bot.answering import Answerer, MemoryThreads
from bot.slack.asked import Asked
from bot.slack.composing import compose
from bot.slack.conversations import Conversations
from bot.slack.gate import Gate
from bot.slack.identity import Identity
from bot.slack.kit import Job, Kit
from bot.slack.outgoing import body_of, written
from bot.slack.processes.cores import cores
from bot.slack.processes.hand import Hand, environment
from bot.slack.processes.wire import Frames, frame, receive
from bot.slack.replies import variants
from bot.slack.web import _object
from knowledge.store import Post, open_store
from knowledge.store.encoded import Encoded

IDENTITY = Identity("T1", "U0", "B0", "https://t1.slack.com/", frozenset({"chat:write"}))
SECRET = "a secret"


def asked(text="7b fp16 adamw", **changes):
    fields = {"id": "a1", "workspace": "T1", "user": "U1", "channel": "C1", "text": text}
    return Asked(**{**fields, "thread": "1.0", "kind": "public", "ts": "1.0", **changes})


@pytest.fixture
def kit(tmp_path):
    open_store(tmp_path / "store.sqlite").close()
    store = open_store(tmp_path / "store.sqlite", read_only=True)
    yield Kit(store, Conversations(store), Answerer(threads=MemoryThreads(), history=store))
    store.close()


class TestWhatTravels:
    def test_a_job_and_its_answer_are_the_same_on_the_other_side(self, kit):
        job = Job(asked(numbers={"language": "en", "inputs": {}}), "public", IDENTITY)
        assert pickle.loads(pickle.dumps(job)) == job
        answer = compose(kit, Job(asked(), "public", IDENTITY))
        assert pickle.loads(pickle.dumps(answer)) == answer
        assert answer.prepared.kept

    def test_a_store_that_is_only_read_is_enough_to_compose(self, kit):
        for text in ("7b fp16 adamw", "help", "find adamw", "what is zorb", "谢谢", "13b?"):
            assert compose(kit, Job(asked(text), "public", IDENTITY)).payload["text"]

    def test_frames_come_in_any_pieces(self):
        sent = [{"n": 1}, "x" * 70_000, None]
        stream = b"".join(map(frame, sent))
        for size in (1, 7, 65_536, len(stream)):
            frames = Frames()
            pieces = (stream[i : i + size] for i in range(0, len(stream), size))
            assert [one for piece in pieces for one in frames.feed(piece)] == sent

    def test_a_closed_socket_is_an_end_in_the_midst_of_a_message_too(self):
        for begun in (b"", b"\x00\x00", frame("whole")[:-1]):
            ours, theirs = socket.socketpair()
            with ours, theirs:
                theirs.sendall(begun)
                theirs.shutdown(socket.SHUT_WR)
                with pytest.raises(EOFError):
                    receive(ours)

    def test_an_encoded_payload_is_the_mapping_that_it_was(self):
        payload = {"text": "显存", "blocks": [{"type": "divider"}], "answer_id": "a1"}
        encoded = Encoded.of(payload)
        assert encoded == payload
        assert pickle.loads(pickle.dumps(encoded)) == payload
        assert Encoded.of(encoded) is encoded


class TestWhatIsWritten:
    @pytest.mark.parametrize("blocks", [1, 30, 60])
    @pytest.mark.parametrize("characters", [1, 300, 3_000])
    def test_the_first_body_is_the_first_variant(self, blocks, characters):
        text = {"type": "mrkdwn", "text": "显" * characters}
        payload = {
            "answer_id": "a1",
            "text": "x" * characters * 2,
            "blocks": [{"type": "section", "text": text}] * blocks,
            "after": "1.0",
        }
        post = Post("T1", "a1", "C1", payload, "1.0")
        kept, body = written(post)
        assert kept == payload
        first = next(variants(payload))
        assert json.loads(body) == json.loads(body_of(post, first, metadata=True))

    def test_slacks_answer_to_a_message_is_read_by_its_beginning_or_whole(self):
        message = {"text": '{"ok": false, "ts": "9.9"}', "ts": "8.8"}
        answer = {"ok": True, "channel": "C1", "ts": "7.7", "message": message}
        for separators in ((",", ":"), (", ", ": ")):
            read = _object(json.dumps(answer, separators=separators).encode())
            assert (read["ok"], read["channel"], read["ts"]) == (True, "C1", "7.7")
        turned = {"message": message, **answer}
        assert _object(json.dumps(turned).encode())["ts"] == "7.7"
        assert _object(b'{"ok":false,"error":"channel_not_found"}')["error"] == "channel_not_found"
        for nothing in (b"", b"<html>", b"[]", b'"ok"', b"\xff"):
            assert _object(nothing) == {}


class TestWhatIsKnown:
    def test_no_setting_goes_to_a_process(self, monkeypatch):
        for name in ("SLACK_BOT_TOKEN", "VRAMBOT_ENCRYPTION_KEY", "DATABASE_URL", "PGPASSWORD",
                     "AWS_SECRET_ACCESS_KEY", "HTTPS_PROXY"):  # fmt: skip
            monkeypatch.setenv(name, "secret")
        monkeypatch.setenv("LANG", "C.UTF-8")
        told = environment()
        assert "secret" not in told.values()
        assert told["LANG"] == "C.UTF-8"

    def test_no_package_of_the_folder_that_it_is_started_in_is_taken(self, tmp_path):
        """A folder's own ``bot`` package is not the program's."""
        (tmp_path / "bot").mkdir()
        (tmp_path / "bot" / "__init__.py").write_text("raise SystemExit('foreign')")
        command = [sys.executable, *Hand.OPTIONS, "-c", "import bot.slack.kit"]
        run = subprocess.run(command, cwd=tmp_path, env=environment(), check=False)
        assert run.returncode == 0


class TestHowMany:
    def test_a_containers_share_counts(self, tmp_path):
        quota, whole = tmp_path / "cpu.max", len(os.sched_getaffinity(0))
        assert cores(tmp_path / "none") == whole
        # https://docs.kernel.org/admin-guide/cgroup-v2.html, cpu.max: "$MAX $PERIOD"
        for text, found in (("max 100000", whole), ("50000 100000", 1), ("150000 100000", 1)):
            quota.write_text(text + "\n")
            assert cores(quota) == found
        quota.write_text("6400000 100000\n")
        assert cores(quota) == whole


class TestSignatures:
    """As https://docs.slack.dev/authentication/verifying-requests-from-slack describes them."""

    class Taken:
        async def take(self, body):
            return True

    async def status(self, body=b"{}", at=None, signature=None, **changes):
        moment = str(int(time.time()) if at is None else at).encode()
        digest = hmac.new(SECRET.encode(), b"v0:" + moment + b":" + body, hashlib.sha256)
        signed = f"v0={digest.hexdigest()}".encode() if signature is None else signature
        headers = {b"x-slack-request-timestamp": moment, b"x-slack-signature": signed, **changes}
        gate = Gate(self.Taken(), None, SECRET)
        return await gate.status([(name, value) for name, value in headers.items() if value], body)

    async def test_what_slack_signed_is_taken(self):
        assert await self.status() == 200
        assert await self.status('{"text": "显存"}'.encode()) == 200

    async def test_the_example_of_slacks_documentation(self, monkeypatch):
        key, moment = "8f742231b10e8888abcd99yyyzzz85a5", b"1531420618"
        body = (
            b"token=xyzz0WbapA4vBCDEFasx0q6G&team_id=T1DC2JH3J&team_domain=testteamnow&"
            b"channel_id=G8PSS9T3V&channel_name=foobar&user_id=U2CERLKJA&user_name=roadrunner&"
            b"command=%2Fwebhook-collect&text=&response_url=https%3A%2F%2Fhooks.slack.com%2F"
            b"commands%2FT1DC2JH3J%2F397700885554%2F96rGlfmibIGlgcZRskXaIFfN&"
            b"trigger_id=398738663015.47445629121.803a0bc887a14d10d2c447fce8b6703c"
        )
        signature = b"v0=a2114d57b48eac39b9ad189dd8316235a7b4a8d21a10bd27519666489c69b503"
        gate = Gate(self.Taken(), None, key)
        monkeypatch.setattr("bot.slack.gate.time.time", lambda: float(moment))
        assert gate._signed(moment, signature, body)
        assert not gate._signed(moment, signature, body + b" ")

    @pytest.mark.parametrize("late_s", [-301, 301])
    async def test_what_is_not_of_now_is_refused(self, late_s):
        assert await self.status(at=int(time.time()) + late_s) == 401

    async def test_what_others_signed_is_refused(self):
        for signature in (b"v0=" + b"0" * 64, b"v0=", b"v1=x", b"none"):
            assert await self.status(signature=signature) == 401
        assert await self.status(**{"x": b""}) == 200
        assert await self.status(signature=b"") == 401

    async def test_what_cannot_be_looked_at_is_refused(self):
        assert await self.status(signature="显".encode()) == 401
        assert await self.status(at="1e9") == 401
        assert await self.status(at="-1") == 401
