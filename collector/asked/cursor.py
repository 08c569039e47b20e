"""Where a list was left: signed, and good only for the filter and the reader it was made for."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Sequence
from hmac import compare_digest
from typing import NamedTuple

import orjson

from collector.asked.selection import Selection
from collector.domain import Texte
from collector.errors import BadFilter, Faute

_LONGEST = 500
_WANTED: Texte = {
    "fr": "le curseur de la page précédente, avec le même filtre et le même jeton",
    "en": "the cursor of the page before, with the same filter and the same token",
}


class Left(NamedTuple):
    """The last avis that was given, and the instant after which nothing is listed."""

    demarche_id: int
    recu_le: str
    cle: str
    until: str


class Cursors:
    """Writes and reads « {place}.{MAC of it, of the selection and of who asks} »."""

    def __init__(self, secret: str, before: Sequence[str] = ()) -> None:
        """`before`: secrets that sign nothing any more, and are still believed."""
        self._keys = [
            hashlib.sha256(b"curseur:" + each.encode()).digest() for each in (secret, *before)
        ]

    def write(self, left: Left, selection: Selection, qui: str) -> str:
        place = base64.urlsafe_b64encode(orjson.dumps(left, default=tuple)).decode().rstrip("=")
        return f"{place}.{_mac(self._keys[0], place, selection, qui)}"

    def read(self, curseur: str, selection: Selection, qui: str) -> Left:
        """Raises BadFilter when it is forged, or was made for something else."""
        place, _, mac = curseur[:_LONGEST].partition(".")
        wanted = [_mac(key, place, selection, qui).encode() for key in self._keys]
        if not any(compare_digest(mac.encode(), each) for each in wanted):
            raise BadFilter(Faute("curseur", curseur, _WANTED))
        return Left(*orjson.loads(base64.urlsafe_b64decode(place + "=" * (-len(place) % 4))))


def _mac(key: bytes, place: str, selection: Selection, qui: str) -> str:
    # The order of a set is not the same in another process.
    notes = [(code, sorted(levels)) for code, levels in selection.notes]
    message = repr((place, qui, notes, *(getattr(selection, name) for name in _NAMES)))
    return hashlib.blake2b(message.encode(), key=key, digest_size=16).hexdigest()


_NAMES = tuple(name for name in Selection.__dataclass_fields__ if name != "notes")
