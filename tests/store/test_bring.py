"""Avis that come from a file, on every engine: all of them with their counters, or none."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

import pytest

from collector.domain import OUVERTURE, Avis, Cell, new_cle
from collector.store.contract import Differs, Store
from tests.world import AILLEURS, CARTE, FIN, NOON

pytestmark = pytest.mark.anyio

OPENING = Cell(CARTE.id, FIN.code, "2026-11-22", "standard-1", OUVERTURE, 1)


def avis(n: int, **changes: object) -> Avis:
    """The n-th of some avis of two démarches; one in five is set aside."""
    bouton = AILLEURS if n % 3 == 0 else FIN
    return Avis(
        demarche_id=bouton.demarche_id,
        cle=new_cle(NOON, n),
        bouton=bouton.code,
        questionnaire="standard-1",
        etape=2,
        recu_le="2026-11-22T10:00:00.000Z",
        jour="2026-11-22",
        notes={"satisfaction": n % 3 + 1},
        verbatim=None if n % 2 else f"Commentaire {n}",
        ecarte="spam" if n % 5 == 0 else None,
    )._replace(**changes)  # type: ignore[arg-type]


async def right(store: Store) -> bool:
    """Whether the counters are those of a recount."""
    audits = [await store.audit(id) for id in (1, 2, 3)]
    return all(not any(each.values()) for audit in audits for each in audit.differences())


async def test_pages_are_added_with_their_counters(store: Store) -> None:
    pages = [[avis(n) for n in range(10)], [avis(n) for n in range(10, 15)], []]
    assert await store.bring(pages, Counter({OPENING: 4})) == (15, 0, 0)
    assert await store.total() == 15
    assert await right(store)
    assert await store.openings(CARTE.id) == {OPENING: 4}


async def test_bringing_the_same_twice_changes_nothing(store: Store) -> None:
    page = [avis(n) for n in range(6)]
    await store.bring([page], Counter({OPENING: 4}))
    before = [await store.counters(id) for id in (1, 2)]
    assert await store.bring([page[:2], page[2:], page], Counter({OPENING: 4})) == (0, 12, 0)
    assert [await store.counters(id) for id in (1, 2)] == before
    assert await store.total() == 6


async def test_another_avis_under_a_key_is_refused_and_nothing_is_added(store: Store) -> None:
    await store.record([avis(1)])
    for other in (avis(1, verbatim="Autre"), avis(1, notes={"satisfaction": 1}), avis(1, etape=3)):
        with pytest.raises(Differs) as refused:
            await store.bring([[avis(2)], [avis(4), other]], Counter({OPENING: 4}))
        assert refused.value.cle == avis(1).cle
    assert await store.total() == 1
    assert await right(store)
    assert await store.openings(CARTE.id) == {}


async def test_an_avis_of_before_comments_were_masked_is_still_known(store: Store) -> None:
    await store.record([avis(2, verbatim="Au 06 39 98 12 34.")])
    masked = avis(2, verbatim="Au [numéro de téléphone masqué].")
    assert await store.bring([[masked]], Counter()) == (0, 1, 0)
    with pytest.raises(Differs):
        await store.bring([[avis(2, verbatim="Au [IBAN masqué].")]], Counter())


async def test_two_avis_under_one_key_in_one_file_are_refused(store: Store) -> None:
    for pages in ([[avis(1), avis(1, etape=3)]], [[avis(1)], [avis(1, etape=3)]]):
        with pytest.raises(Differs):
            await store.bring(pages, Counter())
    assert await store.total() == 0


async def test_what_goes_wrong_in_the_file_takes_everything_back(store: Store) -> None:
    def pages() -> Iterator[list[Avis]]:
        yield [avis(1)]
        raise ValueError("ligne 2")

    with pytest.raises(ValueError, match="ligne 2"):
        await store.bring(pages(), Counter())
    assert await store.total() == 0
    assert (await store.record([avis(1)])) == ["stored"]
