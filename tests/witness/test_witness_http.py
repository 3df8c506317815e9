"""`qd witness` over real connections, honest and hostile, and killed for real."""

from __future__ import annotations

import http.server
import os
import queue
import re
import signal
import socket
import ssl
import stat
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from ipaddress import IPv4Address
from pathlib import Path
from urllib.parse import parse_qsl

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from simulated_log import SimulatedLog, history

from qingdan import cli
from qingdan.evidence.notes import Checkpoint, Key, Note, verify_line
from qingdan.witness import Answer, Http, Unreachable, WitnessError, commands
from qingdan.witness.folder import Folder


@contextmanager
def served(log: SimulatedLog, on_post: Callable[[], None] = lambda: None) -> Iterator[str]:
    """Serve the log on this machine; gives its address."""

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.give(log(self.path, 10**9))

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"])).decode()
            on_post()
            self.give(log(self.path, 10**9, dict(parse_qsl(body))))

        def give(self, answer: Answer) -> None:
            self.send_response(answer.status)
            self.send_header("Content-Length", str(len(answer.body)))
            self.end_headers()
            self.wfile.write(answer.body)

        def log_message(self, format: str, *args: object) -> None:
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()


@contextmanager
def answering(*parts: bytes, ends: bool = True, tls: ssl.SSLContext | None = None) -> Iterator[str]:
    """A server that gives every caller these bytes, then hangs up or falls silent."""
    released = threading.Event()

    def serve(caller: socket.socket) -> None:
        try:
            with tls.wrap_socket(caller, server_side=True) if tls else caller as peer:
                peer.recv(65536)
                for part in parts:
                    peer.sendall(part)
                if not ends:
                    released.wait(60)
        except OSError:
            pass  # the witness had enough

    def accept(listening: socket.socket) -> None:
        while True:
            try:
                caller, _ = listening.accept()
            except OSError:
                return
            threading.Thread(target=serve, args=(caller,), daemon=True).start()

    with socket.create_server(("127.0.0.1", 0)) as listening:
        threading.Thread(target=accept, args=(listening,), daemon=True).start()
        try:
            yield f"{'https' if tls else 'http'}://127.0.0.1:{listening.getsockname()[1]}"
        finally:
            released.set()
            listening.shutdown(socket.SHUT_RDWR)


def qd(*words: str | Path) -> int:
    return cli.main(["witness", *map(str, words)])


@pytest.fixture
def made(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> tuple[Path, Key]:
    """A witness's folder made by the command, and the public key that it printed."""
    assert qd("init", "--name", "jiwei-test", "--data", tmp_path / "w") == 0
    said = capsys.readouterr().out
    key = Key.parse(next(line for line in said.splitlines() if line.startswith("jiwei-test+")))
    assert key.fingerprint in said and key.kind == "cosignature"
    return tmp_path / "w", key


def test_the_commands_from_init_to_export(
    made: tuple[Path, Key], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder, key = made
    log = SimulatedLog(history(5), [key])
    with served(log) as url:
        run = ["run", "--data", folder, "--log", url, "--once"]
        assert qd(*run) == 0
        assert log.signer.key.fingerprint in capsys.readouterr().out
        log.leaves = history(12)
        assert qd(*run, "--log-key", log.signer.key.vkey) == 0
        assert [size for size, _ in log.taken] == [5, 12]
        assert qd("status", "--data", folder) == 0
        said = capsys.readouterr().out
        assert "12 条" in said and key.vkey in said and "taken by the log" in said

        log.leaves = history(12, 3)
        capsys.readouterr()
        assert qd(*run) == 1
        said = capsys.readouterr().out
        assert "!!!!" in said and "why.txt" in said and "fork" in said
        assert qd(*run) == 1  # and says so in one line
        said = capsys.readouterr().out
        assert said.count("\n") == 1 and "fork" in said
        assert qd("status", "--data", folder) == 1
        assert re.search(r"\d{8}T\d{6}Z-fork", capsys.readouterr().out)

    assert qd("export", "--data", folder, tmp_path / "checkpoint.txt") == 0
    note = Note.parse((tmp_path / "checkpoint.txt").read_bytes())
    assert Checkpoint.parse(note.body).size == 12
    assert verify_line(note, log.signer.key) and verify_line(note, key)


def test_it_looks_again_and_again_and_keeps_refusing(
    made: tuple[Path, Key], capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    folder, key = made
    log = SimulatedLog(history(5), [key])
    # What the log serves when the witness looks for the second time, and so on.
    later = [history(9, 3), history(9, 3), history(3), history(9)]
    slept: list[float] = []

    def sleep(seconds: float) -> None:
        slept.append(seconds)
        if not later:
            raise KeyboardInterrupt
        log.leaves = later.pop(0)

    monkeypatch.setattr(commands.time, "sleep", sleep)
    with served(log) as url:
        assert qd("run", "--data", folder, "--log", url, "--every", "30") == 130
    said = capsys.readouterr().out
    assert slept == [30.0] * 5 and said.count("refused) fork") == 2 and said.count("refused) rollback") == 1
    assert [size for size, _ in log.taken] == [5, 9] and len(Folder(folder).refusals()) == 2


def test_the_private_key_is_its_owners_alone_and_never_replaced(
    made: tuple[Path, Key], capsys: pytest.CaptureFixture[str]
) -> None:
    folder, _ = made
    file = folder / "witness.key"
    before = file.read_bytes()
    assert stat.S_IMODE(file.stat().st_mode) == 0o600 and stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert qd("init", "--name", "jiwei-test", "--data", folder) == 1
    assert file.read_bytes() == before and "witness.key" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["run", "--once", "--log", "ftp://example.cn"], "--log ftp://example.cn"),
        (["run", "--once", "--log", "file:///etc/passwd"], "file:///etc/passwd"),
        (["run", "--once", "--log", "http://"], "--log http://"),
        (["run", "--once", "--log", "http://someone:secret@example.cn"], "--log"),
        (["run", "--once", "--log", "http://example.cn:99999"], "--log"),
        (["run", "--once", "--log", "http://example.cn", "--log-key", "nonsense"], "--log-key"),
        (["run", "--log", "http://example.cn", "--every", "0"], "--every 0"),
        (["run", "--log", "http://example.cn", "--every", "nan"], "--every nan"),
        (["export", "none.txt"], "qd witness run --once"),
    ],
)
def test_what_cannot_be_done_is_told_with_place_reason_and_remedy(
    made: tuple[Path, Key], capsys: pytest.CaptureFixture[str], words: list[str], told: str
) -> None:
    assert qd(words[0], "--data", made[0], *words[1:]) == 1
    said = capsys.readouterr().err
    assert told in said and "原因 (reason)" in said and "处理 (remedy)" in said


@pytest.mark.parametrize("part", [["run", "--log", "http://127.0.0.1:9", "--once"], ["status"], ["export", "none.txt"]])
def test_a_folder_without_a_witness_is_told(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], part: list[str]
) -> None:
    assert qd(part[0], "--data", tmp_path / "none", *part[1:]) == 1
    assert "qd witness init" in capsys.readouterr().err and not (tmp_path / "none").exists()


def test_a_name_that_no_key_can_have_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert qd("init", "--name", "纪委 监委", "--data", tmp_path / "w") == 1
    assert "--name" in capsys.readouterr().err and not (tmp_path / "w").exists()


# ------------------------------------------------------------------ hostile answers
HEAD = b"HTTP/1.1 200 OK\r\n"


def test_a_log_that_is_not_there_is_told_and_tried_again(
    made: tuple[Path, Key], capsys: pytest.CaptureFixture[str]
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as gone:
        url = f"http://127.0.0.1:{gone.getsockname()[1]}"
    assert qd("run", "--data", made[0], "--log", url, "--once") == commands.NOT_DONE
    assert "--log" in capsys.readouterr().out and not Folder(made[0]).refusals()


@pytest.mark.parametrize(
    "parts",
    [
        [HEAD + b"Content-Length: 500\r\n\r\nlog.example.cn\n5\n"],
        [HEAD + b"Content-Length: 500\r\n\r\n"],
        [HEAD + b"Transfer-Encoding: chunked\r\n\r\n100\r\nabc"],
        [HEAD + b"Transfer-Encoding: chunked\r\n\r\nzz\r\nabc"],
        [HEAD + b"X: " + b"x" * 100_000],
        [HEAD + b"X: x\r\n" * 500],
        [b"SSH-2.0-OpenSSH_9.2\r\n"],
        [b"HTTP/1.1 999999999999 \x1b[2J\r\n\r\n"],
        [],
    ],
    ids=["cut", "no body", "cut chunk", "bad chunk", "long header", "headers", "not HTTP", "bad status", "nothing"],
)
def test_a_broken_answer_is_a_failure_and_no_evidence(parts: list[bytes]) -> None:
    with answering(*parts) as url, pytest.raises(Unreachable) as told:
        Http(url)("/log/checkpoint", 1000)
    assert told.value.place == f"{url}/log/checkpoint" and str(told.value).isprintable()


@pytest.mark.parametrize(
    "parts",
    [
        [HEAD],
        [HEAD + b"Content-Length: 500\r\n\r\nlog"],
        [HEAD + b"\r\nlog"],
        [HEAD + b"Transfer-Encoding: chunked\r\n\r\n"],
    ],
    ids=["head", "body", "body without length", "chunks"],
)
@pytest.mark.parametrize("waits", [{"socket_seconds": 0.2}, {"answer_seconds": 0.2}], ids=["wait", "whole"])
def test_an_answer_that_never_ends_is_given_up(parts: list[bytes], waits: dict[str, float]) -> None:
    with answering(*parts, ends=False) as url, pytest.raises(Unreachable):
        Http(url, **waits)("/log/checkpoint", 1000)


def test_an_answer_that_drips_is_cut_off() -> None:
    """Every byte comes in time, the whole never does."""
    sent, hung_up = [], threading.Event()

    def drip(listening: socket.socket) -> None:
        caller, _ = listening.accept()
        with caller:
            caller.sendall(HEAD + b"Content-Length: 900\r\n\r\n")
            while len(sent) < 900 and not hung_up.wait(0.05):
                try:
                    caller.sendall(b"x")
                except OSError:
                    hung_up.set()
                sent.append(b"x")

    with socket.create_server(("127.0.0.1", 0)) as listening:
        dripping = threading.Thread(target=drip, args=(listening,))
        dripping.start()
        with pytest.raises(Unreachable, match="seconds"):
            Http(f"http://127.0.0.1:{listening.getsockname()[1]}", answer_seconds=0.3)("/log/checkpoint", 1000)
        dripping.join()
    assert len(sent) < 900


@pytest.mark.parametrize("announced", [b"Content-Length: 3000000000\r\n", b""], ids=["announced", "not announced"])
def test_no_more_is_read_than_asked_for(announced: bytes) -> None:
    with answering(HEAD + announced + b"\r\n", b"x" * 1_000_000, ends=False) as url:
        answer = Http(url)("/log/checkpoint", 1000)
    assert answer == Answer(200, b"x" * 1000, cut=True)


def test_a_redirect_is_not_followed() -> None:
    followed = SimulatedLog(history(3))
    with served(followed) as other:
        redirect = f"HTTP/1.1 302 Found\r\nLocation: {other}/log/checkpoint\r\nContent-Length: 0\r\n\r\n".encode()
        with answering(redirect) as url, pytest.raises(Unreachable, match="redirect"):
            Http(url)("/log/checkpoint", 1000)
    assert not followed.asked


def test_an_address_may_have_a_folder() -> None:
    log = SimulatedLog(history(3))
    log.lies["/qd/log/checkpoint"] = lambda path: Answer(200, b"here")
    with served(log) as url:
        assert Http(f"{url}/qd/")("/log/checkpoint", 100).body == b"here"


@pytest.mark.parametrize(
    "url", ["", "example.cn", "http://a b", "http://exa\nmple", "http://h?x=1", "http://h#x", "http://["]
)
def test_an_address_that_cannot_be_is_refused(url: str) -> None:
    with pytest.raises(WitnessError):
        Http(url)


# ------------------------------------------------------------------ TLS
@pytest.fixture
def tls(tmp_path: Path) -> tuple[ssl.SSLContext, Path]:
    """A server's TLS with a certificate of its own making for 127.0.0.1, and that certificate's file."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    made = (
        x509.CertificateBuilder(name, name, key.public_key(), 1, datetime(2017, 1, 1), datetime(2117, 1, 1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(IPv4Address("127.0.0.1"))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    pem = serialization.Encoding.PEM
    (tmp_path / "certificate.pem").write_bytes(made.public_bytes(pem))
    (tmp_path / "key.pem").write_bytes(
        key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(tmp_path / "certificate.pem", tmp_path / "key.pem")
    return context, tmp_path / "certificate.pem"


def test_a_certificate_that_nobody_vouches_for_is_told(tls: tuple[ssl.SSLContext, Path]) -> None:
    with answering(HEAD + b"\r\nlog", tls=tls[0]) as url, pytest.raises(Unreachable, match="SSL_CERT_FILE"):
        Http(url)("/log/checkpoint", 1000)


def test_over_tls_answers_are_read_and_bounded_too(
    tls: tuple[ssl.SSLContext, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(tls[1]))
    with answering(HEAD + b"Content-Length: 3\r\n\r\nlog", tls=tls[0]) as url:
        assert Http(url)("/log/checkpoint", 1000).body == b"log"
    with answering(HEAD + b"\r\nlog", ends=False, tls=tls[0]) as url, pytest.raises(Unreachable, match="seconds"):
        Http(url, answer_seconds=0.2)("/log/checkpoint", 1000)


# ------------------------------------------------------------------ killed for real
def test_killed_while_it_hands_over_its_cosignature_it_hands_over_the_same_again(made: tuple[Path, Key]) -> None:
    folder, key = made
    log = SimulatedLog(history(5), [key])
    running: queue.Queue[subprocess.Popen[bytes]] = queue.Queue()
    killed = threading.Event()

    def kill() -> None:
        if not killed.is_set():
            killed.set()
            os.kill(running.get(timeout=60).pid, signal.SIGKILL)

    with served(log, on_post=kill) as url:
        command = [sys.executable, "-m", "qingdan.cli", "witness", "run", "--data", str(folder), "--log", url, "--once"]
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        running.put(process)
        assert process.wait(120) == -signal.SIGKILL
        log.leaves = history(5, 2)
        assert qd(*command[4:]) == 1  # it remembers what it signed
        log.leaves = history(5)
        assert qd(*command[4:]) == 0
    assert len(set(log.taken)) == 1 and "taken" in (folder / "state.json").read_text("utf-8")
