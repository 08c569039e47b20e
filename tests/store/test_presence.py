"""What was seen of boutons, on every engine."""

from __future__ import annotations

import asyncio

import pytest

from collector.domain import Bouton, Vu
from collector.store.admin import AdminStore
from collector.store.contract import Store
from collector.store.presence import AUTRES, MOST, Seen
from tests.store.engines import Engine
from tests.world import AILLEURS, CARTE, COURRIEL, FIN, LONGUE

pytestmark = pytest.mark.anyio

DAY = "2026-11-22"
ALWAYS = ("2000-01-01", "2100-12-31")


@pytest.fixture
def admin(store: Store) -> AdminStore:
    assert isinstance(store, AdminStore)
    return store


def vu(valeur: str, bouton: Bouton = FIN, jour: str = DAY, genre: str = "avis") -> Vu:
    return Vu(bouton.demarche_id, bouton.code, jour, genre, valeur)


async def test_what_is_seen_again_is_counted_on(store: Store, admin: AdminStore) -> None:
    await store.add_presence({vu("www.exemple.fr"): 2, vu("autre.fr"): 1})
    await store.add_presence({vu("www.exemple.fr"): 3, vu("www.exemple.fr", COURRIEL): 7})
    assert await admin.presence(CARTE.id, *ALWAYS) == [
        Seen(FIN.code, "avis", "www.exemple.fr", 5, DAY),
        Seen(FIN.code, "avis", "autre.fr", 1, DAY),
        Seen(COURRIEL.code, "avis", "www.exemple.fr", 7, DAY),
    ]


async def test_days_are_added_up_between_their_ends(store: Store, admin: AdminStore) -> None:
    days = ("2026-11-20", "2026-11-21", "2026-11-22", "2026-11-23")
    await store.add_presence({vu("a.fr", jour=jour): 1 for jour in days})
    [found] = await admin.presence(CARTE.id, "2026-11-21", "2026-11-22", FIN.code)
    assert (found.n, found.dernier) == (2, "2026-11-22")
    assert await admin.presence(CARTE.id, *ALWAYS, COURRIEL.code) == []
    assert await admin.presence(LONGUE.id, *ALWAYS) == []


async def test_of_one_kind_a_bouton_has_so_many_values_a_day(
    store: Store, admin: AdminStore
) -> None:
    for start in range(0, 3 * MOST, 7):
        await store.add_presence({vu(f"s{start + i:03}.fr"): 1 for i in range(7)})
    await store.add_presence({vu("s000.fr"): 1})
    found = {each.valeur: each.n for each in await admin.presence(CARTE.id, *ALWAYS)}
    assert len(found) == MOST + 1
    assert found["s000.fr"] == 2
    assert sum(found.values()) == 3 * MOST + (-3 * MOST) % 7 + 1
    assert found[AUTRES] == sum(found.values()) - MOST - 1


async def test_one_kind_bouton_or_day_takes_no_room_of_another(
    store: Store, admin: AdminStore
) -> None:
    await store.add_presence({vu(f"s{i}.fr"): 1 for i in range(MOST + 5)})
    others = [
        vu("x", genre="version"),
        vu("x", jour="2026-11-23"),
        vu("x", COURRIEL),
        vu("x", AILLEURS),
    ]
    await store.add_presence(dict.fromkeys(others, 1))
    seen = await admin.presence(CARTE.id, *ALWAYS) + await admin.presence(LONGUE.id, *ALWAYS)
    assert sum(each.valeur == "x" for each in seen) == len(others)


async def test_several_servers_count_at_once(engine: Engine, store: Store) -> None:
    seen = {vu(f"s{i}.fr"): 1 for i in range(MOST)}
    await asyncio.gather(*(store.add_presence(seen) for _ in range(10)))
    assert engine.rows("select count(*), sum(n) from presence") == [(MOST, 10 * MOST)]


async def test_old_days_are_forgotten(store: Store, admin: AdminStore) -> None:
    await store.add_presence({vu("a.fr", jour=f"2026-11-{day}"): 1 for day in (20, 21, 22)})
    await store.forget_presence("2026-11-21")
    [found] = await admin.presence(CARTE.id, *ALWAYS)
    assert found.n == 2


async def test_what_is_seen_changes_nothing_that_is_configured(store: Store) -> None:
    before = await store.catalogue_version()
    await store.add_presence({vu("a.fr"): 1})
    assert await store.catalogue_version() == before
