"""Asking the log over HTTP, without trusting it: every answer is bounded in size and in time.

Neither redirects nor the environment's proxies are followed: the witness speaks with the host it was given, or says
that it could not.
"""

from __future__ import annotations

import http.client
import socket
import ssl
import threading
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Protocol
from urllib.parse import urlencode, urlsplit

from .errors import Unreachable, WitnessError

SOCKET_SECONDS = 10.0
"""How long one wait for the other side may last."""
ANSWER_SECONDS = 30.0
"""How long a whole answer may take, however steadily it drips."""

CHECK_NETWORK = "核对 --log 地址和网络，稍后自动重试 (check the address of --log and the network; it is tried again)"
FOLLOW_YOURSELF = "把 --log 改成跳转后的地址 (give --log the address it leads to)"
TRUST_ISSUER = (
    "核对网址；单位自建的证书请设 SSL_CERT_FILE 指向其根证书 "
    "(check the address; for a private authority set SSL_CERT_FILE to its root certificate)"
)


@dataclass(frozen=True)
class Answer:
    """What the log answered: the HTTP status and the body; `cut` when the body was longer than asked for."""

    status: int
    body: bytes
    cut: bool = False


class Fetch(Protocol):
    """How a witness asks: a path of the log, the most bytes it wants back, and a form to post if any.

    Raises Unreachable when there is no whole answer.
    """

    def __call__(self, path: str, limit: int, form: Mapping[str, str] | None = None) -> Answer: ...


class _Deadline:
    """Ends an exchange that takes too long: whoever reads from the socket finds it closed."""

    def __init__(self, sock: socket.socket, seconds: float) -> None:
        self.passed = False
        self._sock = sock
        self._timer = threading.Timer(seconds, self._hang_up)
        self._timer.daemon = True
        self._timer.start()

    def _hang_up(self) -> None:
        self.passed = True
        with suppress(OSError):
            # The plain socket's own method, under TLS too: the reader's TLS state is not ours to touch.
            socket.socket.shutdown(self._sock, socket.SHUT_RDWR)

    def cancel(self) -> None:
        self._timer.cancel()


class Http:
    """Asks the log at a base address such as `http://10.1.2.3:8000` or `https://host/qd`."""

    def __init__(
        self, base: str, socket_seconds: float = SOCKET_SECONDS, answer_seconds: float = ANSWER_SECONDS
    ) -> None:
        """`base` is http or https, without name, query or fragment. Raises WitnessError for anything else."""
        try:
            parts = urlsplit(base)
            host, port = parts.hostname, parts.port
        except ValueError:
            raise _bad_address(base) from None
        if parts.scheme not in {"http", "https"} or not host or parts.username or parts.query or parts.fragment:
            raise _bad_address(base)
        if not base.isascii() or not base.isprintable() or " " in base:
            raise _bad_address(base)
        self.base = base.rstrip("/")
        self._secure, self._host, self._port = parts.scheme == "https", host, port
        self._prefix = parts.path.rstrip("/")
        self._socket_seconds, self._answer_seconds = socket_seconds, answer_seconds

    def __call__(self, path: str, limit: int, form: Mapping[str, str] | None = None) -> Answer:
        """Ask for `path`, posting `form` if given; at most `limit` bytes of the body are read.

        Raises Unreachable for a network failure, a redirect, an answer that ends early or takes too long.
        """
        place = self.base + path
        connection = self._connection()
        deadline = None
        try:
            connection.connect()
            # Taken now: the connection lets go of its socket as soon as the answer's head is read.
            deadline = _Deadline(connection.sock, self._answer_seconds)
            answer = self._exchange(connection, self._prefix + path, limit, form)
            if deadline.passed:
                raise TimeoutError
        except ssl.SSLCertVerificationError as error:
            reason = f"证书不可信 (the certificate is not trusted): {error.verify_message}"
            raise Unreachable(place, reason, TRUST_ISSUER) from None
        except (OSError, http.client.HTTPException, ValueError) as error:
            reason = f"没有完整的回答 (no whole answer): {error or type(error).__name__}"
            if deadline and deadline.passed:
                reason = (
                    f"超过 {self._answer_seconds:g} 秒没有答完 (it took more than {self._answer_seconds:g} seconds)"
                )
            raise Unreachable(place, reason, CHECK_NETWORK) from None
        finally:
            if deadline:
                deadline.cancel()
            connection.close()
        if 300 <= answer.status < 400:
            raise Unreachable(
                place, f"对方要求跳转，未跟随 (a redirect, not followed): {answer.status}", FOLLOW_YOURSELF
            )
        return answer

    def _connection(self) -> http.client.HTTPConnection:
        if not self._secure:
            return http.client.HTTPConnection(self._host, self._port, timeout=self._socket_seconds)
        context = ssl.create_default_context()
        return http.client.HTTPSConnection(self._host, self._port, timeout=self._socket_seconds, context=context)

    @staticmethod
    def _exchange(
        connection: http.client.HTTPConnection, path: str, limit: int, form: Mapping[str, str] | None
    ) -> Answer:
        headers = {"User-Agent": "qingdan-witness", "Cache-Control": "no-cache", "Connection": "close"}
        if form is None:
            connection.request("GET", path, headers=headers)
        else:
            headers["Content-Type"] = "application/x-www-form-urlencoded"
            connection.request("POST", path, urlencode(form), headers)
        response = connection.getresponse()
        body = response.read(limit + 1)
        # A body that ends before its announced length is a broken line; `read` with a size does not say so itself.
        if len(body) <= limit and response.length:
            raise http.client.IncompleteRead(body, response.length)
        return Answer(response.status, body[:limit], cut=len(body) > limit)


def _bad_address(base: str) -> WitnessError:
    return WitnessError(
        f"--log {base}", "不是可用的网址 (not a usable address)", "例如 (such as) --log https://qd.example.gov.cn"
    )
