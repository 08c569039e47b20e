"""Who asks: the bearer of an API token, and what they may see. One function for every route."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from starlette.requests import Request

from collector.acces import Droit, empreinte
from collector.clock import Instant, instant
from collector.domain import Catalogue, Demarche
from collector.errors import (
    DroitMissing,
    JetonApiExpired,
    JetonApiRefused,
    JetonApiUnknown,
)
from collector.parts import Parts, parts_of

SEEN_MS = 60_000  # a use is noted once a minute: reading is not to write each time
_LONGEST = 200  # characters of a token: what is longer is none


@dataclass(frozen=True, slots=True)
class Acces:
    """Somebody who was let in. `demarches` are those they may see, by id."""

    qui: str
    nom: str
    droits: frozenset[Droit]
    demarches: Mapping[int, Demarche]
    catalogue: Catalogue

    def check(self, droit: Droit) -> None:
        """Return when they have the right; else raise DroitMissing."""
        if droit not in self.droits:
            raise DroitMissing(droit=droit, nom=self.nom)


async def acces_of(request: Request) -> Acces:
    """Raises JetonApiRefused, one of those below it, or StoreError."""
    parts = parts_of(request)
    return await _acces(parts, bearer(request.headers.get("authorization")), parts.clock.now())


def bearer(authorization: str | None) -> str:
    """The token of an Authorization header. Raises JetonApiRefused when it has none."""
    scheme, _, jeton = (authorization or "").partition(" ")
    if scheme.lower() != "bearer" or not jeton.strip():
        raise JetonApiRefused
    return jeton.strip()


async def _acces(parts: Parts, jeton: str, now: Instant) -> Acces:
    found = await parts.store.jeton(empreinte(jeton)) if len(jeton) <= _LONGEST else None
    if found is None:
        raise JetonApiUnknown
    over = found.revoque_le or found.expire_le
    if over <= now.recu_le:
        raise JetonApiExpired(nom=found.nom, le=over[:10])
    if found.vu_le is None or found.vu_le <= instant(now.ms - SEEN_MS).recu_le:
        await parts.store.see_jeton(found.id, now.recu_le)
    catalogue = await parts.catalogue.get()
    within = found.portee.within(catalogue)
    demarches = {id: d for id, d in catalogue.demarches.items() if id in within}
    return Acces(f"jeton {found.id}", found.nom, found.droits, demarches, catalogue)
