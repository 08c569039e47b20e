"""Somebody who is signed in to the administration, with a role, in the world of tests."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx2 as httpx
from starlette.testclient import TestClient
from starlette.types import Receive, Scope, Send

from admin_ui.annexe import Admin
from admin_ui.connexion.passwords import _HASHER
from collector.app import create_app
from collector.clock import Clock, instant
from collector.comptes import Compte, Droit, Role
from collector.serve import prepare
from collector.store import make_store
from collector.store.admin import AdminStore
from tests.world import MovedClock, World, address_of, fill, new_database, settings

PASSWORD = "une phrase pour les essais"
HASH = _HASHER.hash(PASSWORD)
FORM = {"content-type": "application/x-www-form-urlencoded"}


@dataclass
class Visit:
    """A browser of somebody: its cookies, and what browsers say of where a form comes from."""

    client: TestClient
    compte: Compte

    def get(self, path: str, **params: Any) -> httpx.Response:
        return self.client.get(f"/admin{path}", params=params or None)

    def post(
        self, path: str, data: Mapping[str, Any] | None = None, **headers: str
    ) -> httpx.Response:
        sent = {**FORM, "sec-fetch-site": "same-origin", **headers}
        return self.client.post(f"/admin{path}", data=dict(data or {}), headers=sent)


@contextlib.contextmanager
def an_admin_world(folder: Path, where: str | None = None, **given: str) -> Iterator[World]:
    """`tests.world.a_world` with the administration; `where` is another engine's empty database. A
    database that is there goes on."""
    path = folder / "avis.db"
    if not (where or path.exists()):
        new_database(folder)
    clock = MovedClock()
    known = settings(**{"totp": "personne", "database": where or address_of(path), **given})
    store = make_store(known)
    collector = create_app(known, store, Clock(clock), [Admin(known)])

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        """The store lives in the loop that serves, as it does in a server."""
        if scope["type"] != "lifespan":
            await collector(scope, receive, send)
            return
        await store.open()
        try:
            await (fill(store) if where else prepare(store))
            await collector(scope, receive, send)
        finally:
            await store.close()

    with TestClient(app, raise_server_exceptions=False, follow_redirects=False) as client:
        yield World(client, clock, path, store)  # type: ignore[arg-type] # another engine's too


def a_visit(
    world: World,
    role: Role | None,
    structure_id: int | None = None,
    demarche_id: int | None = None,
    verbatims: bool = False,
    courriel: str = "",
) -> Visit:
    """Somebody with one right (None: with none), signed in."""
    compte = a_compte(world, role, structure_id, demarche_id, verbatims, courriel)
    visit = Visit(browser(world), compte)
    answer = visit.post("/connexion", {"courriel": compte.courriel, "mot_de_passe": PASSWORD})
    assert answer.status_code == 303, answer.text
    return visit


def browser(world: World, address: str = "testclient") -> TestClient:
    """Another browser at the same collector, without a cookie; the address it comes from."""
    other = TestClient(
        world.client.app,
        raise_server_exceptions=False,
        follow_redirects=False,
        client=(address, 50_000),
    )
    other.app_state.update(world.client.app_state)
    other.portal = world.client.portal
    return other


def a_compte(
    world: World,
    role: Role | None,
    structure_id: int | None = None,
    demarche_id: int | None = None,
    verbatims: bool = False,
    courriel: str = "",
) -> Compte:
    store = world.store
    assert isinstance(store, AdminStore)
    le = instant(world.clock.ms).recu_le
    courriel = courriel or f"{role}@exemple.fr"

    async def make() -> Compte:
        known = await store.compte_of(courriel)
        if known is None:
            await store.add_compte(Compte(0, courriel, str(role or "personne").title(), le, HASH))
        known = await store.compte_of(courriel)
        assert known is not None
        if role is not None:
            right = Droit(0, known.id, role, structure_id, demarche_id, verbatims, le, "essai")
            await store.add_droit(right)
        return known

    made: Compte = run(world, make)
    return made


def run(world: World, work: Any) -> Any:
    """Run a coroutine function in the loop of the collector under test."""
    assert world.client.portal is not None
    return world.client.portal.call(work)
