"""What lists of démarches and boutons are made of, on every engine."""

from __future__ import annotations

import pytest

from collector.store.admin import AdminStore
from collector.store.contract import Store
from collector.store.listing import MonthAnswers
from tests.store.test_contract import a_state
from tests.world import AILLEURS, CACHEE, CARTE, COURRIEL, FIN, LONGUE, NOON

pytestmark = pytest.mark.anyio

DAY = 86_400_000
ALL = [CARTE.id, LONGUE.id, CACHEE.id]


@pytest.fixture
def admin(store: Store) -> AdminStore:
    assert isinstance(store, AdminStore)
    return store


async def test_answers_are_added_up_by_month(store: Store, admin: AdminStore) -> None:
    await store.record(
        [
            a_state(1, notes={"satisfaction": 3, "effort": 5}),
            a_state(2, COURRIEL, notes={"satisfaction": 3}),
            a_state(3, ms=NOON - 30 * DAY, notes={"satisfaction": 1}),
            a_state(4, AILLEURS, questionnaire="demarche-longue-1", notes={"satisfaction": 2}),
            a_state(5, notes={"satisfaction": 1}, ecarte="piege"),
        ]
    )
    found = await admin.answers_by_month(ALL, "2026-10", "2026-11", ["satisfaction"])
    assert sorted(found) == [
        MonthAnswers(CARTE.id, "2026-10", "standard-1", "satisfaction", 1, 1),
        MonthAnswers(CARTE.id, "2026-11", "standard-1", "satisfaction", 3, 2),
        MonthAnswers(LONGUE.id, "2026-11", "demarche-longue-1", "satisfaction", 2, 1),
    ]
    november = await admin.answers_by_month([CARTE.id], "2026-11", "2026-12", ["satisfaction"])
    assert november == [MonthAnswers(CARTE.id, "2026-11", "standard-1", "satisfaction", 3, 2)]
    assert await admin.answers_by_month([], "2026-10", "2026-11", ["satisfaction"]) == []
    assert await admin.answers_by_month(ALL, "2026-10", "2026-11", []) == []


async def test_the_last_avis_of_each_demarche_is_known(store: Store, admin: AdminStore) -> None:
    first, last = a_state(1), a_state(2, COURRIEL, ms=NOON + 60_000)
    aside = a_state(3, ms=NOON + 120_000, ecarte="piege")
    await store.record([last, first, aside])
    assert await admin.last_avis(ALL) == {CARTE.id: last.recu_le}
    assert await admin.last_avis([LONGUE.id]) == {}
    assert await admin.last_avis([]) == {}


async def test_the_last_day_of_each_bouton_is_known(store: Store, admin: AdminStore) -> None:
    await store.record(
        [a_state(1), a_state(2, ms=NOON - DAY), a_state(3, COURRIEL, ms=NOON - 2 * DAY)]
    )
    await store.set_aside(CARTE.id, a_state(1).cle, "spam")
    codes = [FIN.code, COURRIEL.code, AILLEURS.code]
    assert await admin.last_jours(CARTE.id, codes) == {
        FIN.code: "2026-11-21",
        COURRIEL.code: "2026-11-20",
    }
    assert await admin.last_jours(LONGUE.id, codes) == {}
    assert await admin.last_jours(CARTE.id, []) == {}


async def test_the_last_answer_of_a_bouton_is_known(store: Store, admin: AdminStore) -> None:
    midnight = NOON - 11 * 3_600_000 + 1  # in Paris, and still the day before in UTC
    last = a_state(1, COURRIEL, ms=midnight)
    await store.record([last, a_state(2, COURRIEL, ms=NOON - 3 * DAY), a_state(3)])
    assert await admin.last_answer(CARTE.id, COURRIEL.code) == last.recu_le
    assert await admin.last_answer(LONGUE.id, AILLEURS.code) is None


async def test_a_page_of_four_hundred_is_one_question(store: Store, admin: AdminStore) -> None:
    await store.record([a_state(1)])
    assert list(await admin.last_avis(list(range(1, 401)))) == [CARTE.id]
    assert list(await admin.last_jours(CARTE.id, [FIN.code, *map(str, range(399))])) == [FIN.code]
