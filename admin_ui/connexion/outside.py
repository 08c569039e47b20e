"""Questions to another server: over https, or to this machine; not for long, and not for much.

No redirect is followed: an address is one that somebody gave us, not one that an answer names.
"""

from __future__ import annotations

import contextlib
import http.client
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from collector.config import is_safe_address
from collector.open_data.sdg_sending import cut_after

TIMEOUT_SECONDS = 5.0
MOST_READ = 256 * 1024  # bytes of an answer


class Unreachable(Exception):
    """No whole answer came in time."""


@dataclass(frozen=True, slots=True)
class Question:
    """`body`: of a POST; without one, it is a GET. Its headers may hold a secret."""

    url: str
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    body: bytes | None = field(default=None, repr=False)
    timeout: float = TIMEOUT_SECONDS


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    kind: str
    """Its media type, in small letters, without parameters."""
    body: bytes = field(repr=False)


def ask(question: Question) -> Answer:
    """Blocks for about `timeout` seconds at most. Raises Unreachable."""
    if not is_safe_address(question.url):
        raise Unreachable
    try:
        return _ask(question)
    except (OSError, http.client.HTTPException, ValueError) as error:
        raise Unreachable from error


def _ask(question: Question) -> Answer:
    parts = urlsplit(question.url)
    kind = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
    path = f"{parts.path or '/'}{f'?{parts.query}' if parts.query else ''}"
    connection = kind(parts.hostname or "", parts.port, timeout=question.timeout)
    with contextlib.closing(connection):
        connection.connect()
        with cut_after(question.timeout, connection.sock):
            method = "GET" if question.body is None else "POST"
            connection.request(method, path, question.body, dict(question.headers))
            answer = connection.getresponse()
            body = answer.read(MOST_READ + 1)
            if len(body) > MOST_READ or answer.length:  # too long, or cut
                raise Unreachable
            media = answer.headers.get_content_type()
            return Answer(answer.status, media, body)
