"""Tokens and the journal, on every engine."""

from __future__ import annotations

import pytest

from collector.acces import Entree, JetonApi, Portee, empreinte, new_jeton_api
from collector.store.contract import Store
from tests.world import CARTE, VILLE

pytestmark = pytest.mark.anyio

MADE = "2026-11-22T10:00:00.000Z"
LATER = "2026-11-23T10:00:00.000Z"
END = "2027-11-22T10:00:00.000Z"
PORTEE = Portee(False, (VILLE.id,), (CARTE.id,))
JETON = JetonApi(0, "Tableau de bord", PORTEE, frozenset({"lire", "verbatims"}), MADE, END)


async def test_a_token_is_found_by_what_is_kept_of_it(store: Store) -> None:
    text = new_jeton_api()
    id = await store.add_jeton(JETON, empreinte(text))
    found = await store.jeton(empreinte(text))
    assert found is not None
    assert (found.id, found.nom, found.portee, found.droits) == (
        id,
        JETON.nom,
        PORTEE,
        JETON.droits,
    )
    assert (found.cree_le, found.expire_le, found.vu_le, found.revoque_le) == (
        MADE,
        END,
        None,
        None,
    )
    assert await store.jetons() == [found]
    assert await store.jeton(empreinte(text + "x")) is None


async def test_its_use_and_its_end_are_noted(store: Store) -> None:
    id = await store.add_jeton(JETON, "e")
    await store.see_jeton(id, LATER)
    assert await store.revoke_jeton(id, LATER)
    assert not await store.revoke_jeton(id, END)
    assert not await store.revoke_jeton(id + 1, LATER)
    [found] = await store.jetons()
    assert (found.vu_le, found.revoque_le) == (LATER, LATER)


async def test_tokens_change_nothing_that_is_configured(store: Store) -> None:
    before = await store.catalogue_version()
    id = await store.add_jeton(JETON, "e")
    await store.see_jeton(id, LATER)
    assert await store.catalogue_version() == before


async def test_the_journal_is_read_from_its_newest_line(store: Store) -> None:
    lines = [Entree(f"2026-11-22T10:00:0{i}.000Z", "moi", "essai", {"no": i}) for i in range(4)]
    ids = [await store.add_entree(line) for line in lines]
    assert await store.journal(3) == lines[:0:-1]
    await store.finish_entree(ids[0], {"no": 0, "lignes": 12})
    assert (await store.journal(9))[-1].sur == {"no": 0, "lignes": 12}
