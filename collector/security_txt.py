"""Whom to tell of a hole (RFC 9116). Without JDMA_SECURITY_CONTACT there is nobody, and a 404."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from collector.errors import NotFound
from collector.parts import parts_of

PATH = "/.well-known/security.txt"
GOOD_DAYS = 180  # the RFC asks for less than a year: a server that nobody runs says so in the end
_HEADERS = {"cache-control": "public, max-age=86400", "x-content-type-options": "nosniff"}


async def get_security_txt(request: Request) -> Response:
    parts = parts_of(request)
    if not parts.settings.security_contact:
        raise NotFound
    text = written(
        parts.settings.security_contact.split(), parts.settings.base_url, parts.clock.now().jour
    )
    return PlainTextResponse(text, headers=_HEADERS)


def written(contacts: list[str], base_url: str, today: date) -> str:
    """The file, the same for a whole day."""
    expires = datetime.combine(today + timedelta(days=GOOD_DAYS), time(), UTC)
    lines = [
        *(f"Contact: {each}" for each in contacts),
        f"Expires: {expires:%Y-%m-%dT%H:%M:%SZ}",
        "Preferred-Languages: fr, en",
        f"Canonical: {base_url}{PATH}",
    ]
    return "".join(f"{line}\n" for line in lines)
