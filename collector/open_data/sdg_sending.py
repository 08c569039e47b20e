"""Hand messages to the European feedback repository, and know which it has taken.

Nothing is written twice by sending twice: identifiers make a message replace itself. So whatever
may have been lost on the way is sent again, and what was refused is not.
"""

from __future__ import annotations

import contextlib
import http.client
import json
import socket
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from urllib.parse import urlsplit

ATTEMPTS = 5
TIMEOUT_SECONDS = 60.0
FIRST_WAIT = 1.0  # seconds, doubled each time
LONGEST_WAIT = 120.0
_MOST_READ = 100_000  # bytes of an answer
_AGAIN = frozenset({429, 500, 502, 503, 504})


class SendingError(Exception):
    """A message was not taken, for all we know: one sentence, without the key."""


@dataclass(frozen=True, slots=True)
class Recipient:
    """Where messages go. `timeout` is for a whole attempt, `pause` waits between two; seconds."""

    url: str
    key: str
    timeout: float = TIMEOUT_SECONDS
    pause: Callable[[float], None] = time.sleep

    def __repr__(self) -> str:
        return f"Recipient({self.url!r})"


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    retry_after: str | None
    body: bytes

    @property
    def accepts(self) -> bool:
        """Whether it says so: 2xx, and nothing or JSON. A page would be another server's."""
        if not 200 <= self.status < 300:
            return False
        with contextlib.suppress(ValueError):
            return not self.body.strip() or json.loads(self.body) is not None
        return False


def send(recipient: Recipient, message: bytes) -> int:
    """Send a message until it is taken, at most ATTEMPTS times. The status that says it is.

    A refusal (3xx, 4xx but 429) is not repeated. Raises SendingError.
    """
    wait, reason = FIRST_WAIT, ""
    for attempt in range(ATTEMPTS):
        if attempt:
            recipient.pause(wait)
        try:
            answer = _post(recipient, message)
        except (OSError, http.client.HTTPException) as error:
            reason, wait = _lost(error), FIRST_WAIT * (1 << attempt)
            continue
        if answer.accepts:
            return answer.status
        reason, wait = _refused(answer), _wait(answer, attempt)
        if answer.status not in _AGAIN or wait > LONGEST_WAIT:
            raise SendingError(reason)
    raise SendingError(f"après {ATTEMPTS} essais, {reason}")


def _post(recipient: Recipient, message: bytes) -> Answer:
    parts = urlsplit(recipient.url)
    kind = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
    path = f"{parts.path or '/'}{f'?{parts.query}' if parts.query else ''}"
    headers = {"content-type": "application/json", "x-api-key": recipient.key}
    connection = kind(parts.hostname or "", parts.port, timeout=recipient.timeout)
    with contextlib.closing(connection):
        connection.connect()
        with cut_after(recipient.timeout, connection.sock):
            connection.request("POST", path, message, headers)
            answer = connection.getresponse()
            body = answer.read(_MOST_READ)
            if answer.length:  # it was cut, or is no acknowledgement of a few words
                raise http.client.IncompleteRead(body, answer.length)
            return Answer(answer.status, answer.headers["retry-after"], body)


@contextlib.contextmanager
def cut_after(seconds: float, sock: socket.socket) -> Iterator[None]:
    """End a connection in any case: the timeout of a socket begins anew with every byte."""

    def cut() -> None:
        with contextlib.suppress(OSError):  # it has ended by itself
            sock.shutdown(socket.SHUT_RDWR)

    timer = threading.Timer(seconds, cut)
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()


def _lost(error: Exception) -> str:
    if isinstance(error, TimeoutError):
        return "le dépôt ne répond pas à temps"
    if isinstance(error, http.client.HTTPException):
        return "le dépôt ne répond pas en HTTP, ou pas à temps"
    said = error.strerror if isinstance(error, OSError) else ""
    return f"le dépôt est injoignable ({said or type(error).__name__})"


def _refused(answer: Answer) -> str:
    if 200 <= answer.status < 300:
        return f"le dépôt a répondu {answer.status} sans dire en JSON ce qu’il a reçu"
    if 300 <= answer.status < 400:
        return f"le dépôt renvoie ailleurs ({answer.status}), ce qui n’est pas suivi"
    return f"le dépôt a répondu {answer.status}"


def _wait(answer: Answer, attempt: int) -> float:
    """Seconds until the next attempt: as told, else twice as long as the time before."""
    told = answer.retry_after or ""
    if told.isascii() and told.isdigit():
        return float(told[:9])
    with contextlib.suppress(ValueError):
        left: timedelta = parsedate_to_datetime(told).astimezone(UTC) - datetime.now(UTC)
        return max(0.0, left.total_seconds())
    return FIRST_WAIT * (1 << attempt)
