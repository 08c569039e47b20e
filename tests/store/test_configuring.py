"""Changes to what is configured, on every engine."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest

from collector.domain import Bouton, Demarche, Structure
from collector.store.admin import AdminStore
from collector.store.contract import Duplicate, Store
from tests.store.engines import Engine
from tests.world import CARTE, COURRIEL, FIN, LONGUE, VILLE

pytestmark = pytest.mark.anyio


@pytest.fixture
def admin(store: Store) -> AdminStore:
    """The same store, as the administration knows it."""
    assert isinstance(store, AdminStore)
    return store


async def demarche(store: Store) -> Demarche:
    return (await store.load_catalogue()).demarches[CARTE.id]


async def bouton(store: Store) -> Bouton:
    return (await store.load_catalogue()).boutons[FIN.code]


async def test_a_demarche_has_the_words_it_was_given(store: Store, admin: AdminStore) -> None:
    wanted = replace(
        CARTE,
        titre="Obtenir une carte",
        url="https://www.exemple.fr/carte",
        langue="en",
        publique=False,
        externes=("1234", "4321"),
    )
    before = await store.catalogue_version()
    assert await admin.change_demarche(wanted)
    assert await demarche(store) == wanted
    assert await store.catalogue_version() == before + 1


async def test_words_of_a_demarche_leave_all_else_as_it_is(store: Store, admin: AdminStore) -> None:
    """Somebody has the page open while another one archives the démarche and gives it away."""
    autre = await store.add_structure(Structure(0, "Département"))
    await admin.set_demarche_archivee(CARTE.id, True)
    await admin.move_demarche(CARTE.id, autre)
    await admin.change_demarche(replace(CARTE, titre="Obtenir une carte", slug="autre"))
    assert await demarche(store) == replace(
        CARTE, titre="Obtenir une carte", archivee=True, structure_id=autre
    )


async def test_a_demarche_is_archived_and_taken_out_again(store: Store, admin: AdminStore) -> None:
    assert await admin.set_demarche_archivee(CARTE.id, True)
    assert await demarche(store) == replace(CARTE, archivee=True)
    assert await admin.set_demarche_archivee(CARTE.id, False)
    assert await demarche(store) == CARTE


async def test_a_demarche_goes_to_no_structure_that_is_not(store: Store, admin: AdminStore) -> None:
    assert not await admin.move_demarche(CARTE.id, 999)
    assert await demarche(store) == CARTE


async def test_a_bouton_has_the_words_it_was_given(store: Store, admin: AdminStore) -> None:
    wanted = replace(
        FIN,
        libelle="Accusé de réception",
        affichage="flottant",
        origines=("https://a.exemple.fr", "https://b.exemple.fr"),
        territoire="2A004",
    )
    await store.set_bouton_ouvert(FIN.code, False)
    before = await store.catalogue_version()
    assert await admin.change_bouton(replace(wanted, demarche_id=2))
    assert await bouton(store) == replace(wanted, ouvert=False)
    assert await store.catalogue_version() == before + 1


async def test_what_is_not_there_is_not_changed(store: Store, admin: AdminStore) -> None:
    before = await store.catalogue_version()
    assert not await admin.change_demarche(replace(CARTE, id=99))
    assert not await admin.set_demarche_archivee(99, True)
    assert not await admin.move_demarche(99, VILLE.id)
    assert not await admin.change_bouton(replace(FIN, code="zzzzzz"))
    assert not await admin.change_structure(replace(VILLE, id=99))
    assert await store.catalogue_version() == before


async def test_a_structure_has_the_words_it_was_given(store: Store, admin: AdminStore) -> None:
    parent = await store.add_structure(Structure(0, "Département"))
    wanted = Structure(VILLE.id, "Ville de Montbrun", "21350238800019", parent, "35238")
    assert await admin.change_structure(wanted)
    assert (await store.load_catalogue()).structures[VILLE.id] == wanted
    assert await admin.change_structure(replace(wanted, parent=None))
    assert (await store.load_catalogue()).structures[VILLE.id].parent is None


async def test_two_structures_never_have_one_name(store: Store, admin: AdminStore) -> None:
    autre = await store.add_structure(Structure(0, "Département"))
    with pytest.raises(Duplicate):
        await admin.change_structure(Structure(autre, VILLE.nom))


async def test_no_structure_is_put_under_itself(store: Store, admin: AdminStore) -> None:
    a = await store.add_structure(Structure(0, "A", None, VILLE.id))
    b = await store.add_structure(Structure(0, "B", None, a))
    before = await store.load_catalogue()
    assert not await admin.change_structure(replace(VILLE, parent=VILLE.id))
    assert not await admin.change_structure(replace(VILLE, parent=b))
    assert await store.load_catalogue() == before
    assert await admin.change_structure(Structure(b, "B", None, VILLE.id))


async def test_two_structures_put_under_each_other_at_once_make_no_ring(
    engine: Engine, store: Store, admin: AdminStore
) -> None:
    """By two servers, or a server and the command line beside it."""
    a = await store.add_structure(Structure(0, "A"))
    b = await store.add_structure(Structure(0, "B"))
    beside = engine.connect()
    await beside.open()
    assert isinstance(beside, AdminStore)
    try:
        for _ in range(10):
            done = await asyncio.gather(
                admin.change_structure(Structure(a, "A", None, b)),
                beside.change_structure(Structure(b, "B", None, a)),
            )
            assert sorted(done) == [False, True]
            await admin.change_structure(Structure(a, "A"))
            await admin.change_structure(Structure(b, "B"))
    finally:
        await beside.close()


async def test_a_number_from_elsewhere_is_one_demarches(store: Store, admin: AdminStore) -> None:
    own = ("1234", "avis-456")
    assert await admin.change_demarche(replace(CARTE, externes=own))
    autre = replace(CARTE, slug="autre", externes=("99", "1234"))
    before = await store.catalogue_version()
    with pytest.raises(Duplicate):
        await store.add_demarche(autre)
    with pytest.raises(Duplicate):
        await admin.change_demarche(replace(LONGUE, externes=own[1:]))
    assert await store.catalogue_version() == before
    assert await store.add_demarche(replace(autre, externes=("99", "123", "12345")))
    assert await admin.change_demarche(replace(CARTE, titre="Autre", externes=own))


async def test_a_number_from_elsewhere_is_given_to_one_of_two_who_ask_at_once(
    engine: Engine, store: Store
) -> None:
    beside = engine.connect()
    await beside.open()
    asked = [replace(CARTE, slug=slug, externes=("99",)) for slug in ("une", "deux")]
    try:
        found = await asyncio.gather(
            store.add_demarche(asked[0]), beside.add_demarche(asked[1]), return_exceptions=True
        )
    finally:
        await beside.close()
    assert sorted(isinstance(each, Duplicate) for each in found) == [False, True]


async def test_a_number_from_elsewhere_is_one_bouton_of_its_demarche(
    store: Store, admin: AdminStore
) -> None:
    fin = replace(FIN, externe="5678")
    assert await admin.change_bouton(fin)
    with pytest.raises(Duplicate):
        await store.add_bouton(replace(fin, code="autre2"))
    with pytest.raises(Duplicate):
        await admin.change_bouton(replace(COURRIEL, externe="5678"))
    await store.add_bouton(replace(fin, code="autre3", demarche_id=LONGUE.id))
    await store.add_bouton(replace(fin, code="autre4", externe=None))
    assert (await store.load_catalogue()).boutons["autre3"].externe == "5678"
