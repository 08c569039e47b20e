"""Identities at providers, on every engine."""

from __future__ import annotations

import pytest

from collector.comptes import Compte, Ouverture, Rattachement
from collector.store.admin import AdminStore

pytestmark = pytest.mark.anyio

MADE, LATER, END = (f"2026-11-{day}T10:00:00.000Z" for day in (22, 23, 24))
ISSUER, OTHER = "https://auth.exemple.fr", "https://autre.exemple.fr"


async def a_compte(store: AdminStore, courriel: str) -> int:
    return await store.add_compte(Compte(0, courriel, "Zoé", MADE))


async def test_an_identity_opens_one_account_and_an_account_has_one_at_a_provider(
    store: AdminStore,
) -> None:
    zoe, ali = await a_compte(store, "zoe@ville.fr"), await a_compte(store, "ali@ville.fr")
    first = Rattachement(ISSUER, "agent-12", zoe, MADE, MADE)
    assert await store.add_identite(first)
    assert not await store.add_identite(first)
    assert not await store.add_identite(Rattachement(ISSUER, "agent-12", ali, LATER, LATER))
    assert not await store.add_identite(Rattachement(ISSUER, "agent-13", zoe, LATER, LATER))
    assert await store.identite(ISSUER, "agent-12") == first
    assert await store.identite(ISSUER, "agent-13") is None
    assert await store.identite(OTHER, "agent-12") is None
    elsewhere = Rattachement(OTHER, "agent-12", zoe, LATER, LATER)
    assert await store.add_identite(elsewhere)
    assert await store.identites(zoe) == [first, elsewhere]
    assert await store.identites(ali) == []


async def test_an_identity_is_seen_and_dropped(store: AdminStore) -> None:
    zoe = await a_compte(store, "zoe@ville.fr")
    await store.add_identite(Rattachement(ISSUER, "agent-12", zoe, MADE, MADE))
    await store.see_identite(ISSUER, "agent-12", LATER)
    assert await store.identites(zoe) == [Rattachement(ISSUER, "agent-12", zoe, MADE, LATER)]
    assert not await store.drop_identite(zoe + 1, ISSUER)
    assert not await store.drop_identite(zoe, OTHER)
    assert await store.drop_identite(zoe, ISSUER)
    assert await store.identites(zoe) == []


async def test_the_token_of_a_session_goes_with_it(store: AdminStore) -> None:
    zoe = await a_compte(store, "zoe@ville.fr")
    for empreinte in ("a", "b", "c"):
        await store.open_session(Ouverture(empreinte, zoe, "oidc", MADE, MADE, END))
        await store.keep_id_token(empreinte, f"jeton-{empreinte}")
    assert await store.id_token("a") == "jeton-a"
    await store.end_session(zoe, "a")
    assert [await store.id_token(each) for each in "abc"] == [None, "jeton-b", "jeton-c"]
    await store.end_sessions(zoe, but="b")
    assert [await store.id_token(each) for each in "bc"] == ["jeton-b", None]
    await store.drop_over(END + "0", MADE)
    assert await store.id_token("b") is None
