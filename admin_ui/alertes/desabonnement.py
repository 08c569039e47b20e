"""The address that ends one alert of one person, from a message: signed, and for ever.

Whoever has the message may stop it, signed in or not, and can do nothing else with it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from hmac import compare_digest
from typing import NamedTuple
from urllib.parse import urlencode

from collector.alertes import GENRES


class Arret(NamedTuple):
    """What is to be stopped, for whom."""

    demarche_id: int
    genre: str
    compte_id: int


def address_of(base_url: str, secret: str, arret: Arret) -> str:
    return f"{base_url}/admin/alertes/arreter?{urlencode({'a': _signed(secret, arret)})}"


def read(ring: Sequence[str], given: str) -> Arret | None:
    """What an address says is to be stopped; None when no secret of ours has signed it."""
    demarche_id, _, rest = given.partition(".")
    genre, _, rest = rest.partition(".")
    compte_id, _, _ = rest.partition(".")
    numbers = demarche_id, compte_id
    if genre not in GENRES or not all(
        n.isascii() and n.isdecimal() and len(n) < 19 for n in numbers
    ):
        return None
    arret = Arret(int(demarche_id), genre, int(compte_id))
    # As bytes: compare_digest takes text only when it is ASCII.
    ours = any(compare_digest(_signed(each, arret).encode(), given.encode()) for each in ring)
    return arret if ours else None


def _signed(secret: str, arret: Arret) -> str:
    said = ".".join(map(str, arret))
    key = hashlib.sha256(b"desabonnement:" + secret.encode()).digest()
    return f"{said}.{hashlib.blake2b(said.encode(), key=key, digest_size=16).hexdigest()}"
