"""What every store promises, whatever the engine: see `collector.store.contract.Store`."""

from __future__ import annotations

import asyncio
import json
import shutil
from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from collector.clock import instant
from collector.domain import (
    OUVERTURE,
    PIEGE,
    TROP_RAPIDE,
    Avis,
    Bouton,
    Cell,
    Demarche,
    Outcome,
    Structure,
    new_cle,
)
from collector.integrity import Difference, verify
from collector.store.contract import (
    Answers,
    BatchError,
    Count,
    Duplicate,
    SchemaError,
    Store,
    StoreError,
)
from tests.store.engines import Engine
from tests.world import AILLEURS, CARTE, COURRIEL, FIN, LONGUE, NOON

pytestmark = pytest.mark.anyio

STORED, UPDATED, UNCHANGED = Outcome.STORED, Outcome.UPDATED, Outcome.UNCHANGED
MINUTE = 60_000
FIRST_MONTH, LAST_MONTH = "2000-01", "2099-12"


def a_state(n: int = 1, bouton: Bouton = FIN, /, ms: int = NOON, **changes: Any) -> Avis:
    """A state of the n-th avis, received at `ms`."""
    at = instant(ms)
    return Avis(
        demarche_id=bouton.demarche_id,
        cle=new_cle(NOON, n),
        bouton=bouton.code,
        questionnaire="standard-1",
        etape=1,
        recu_le=at.recu_le,
        jour=at.jour_iso,
        notes={"satisfaction": 3},
    )._replace(**changes)


def an_opening(bouton: Bouton = FIN, jour: str = "2026-11-22") -> Cell:
    return Cell(bouton.demarche_id, bouton.code, jour, "standard-1", OUVERTURE, 1)


async def histogram(store: Store, bouton: Bouton = FIN) -> dict[str, dict[int, int]]:
    """The counters of a bouton that are not zero, by dimension."""
    found: dict[str, dict[int, int]] = {}
    for count in await store.counts_by_month(
        bouton.demarche_id, FIRST_MONTH, LAST_MONTH, bouton.code
    ):
        if count.n:
            found.setdefault(count.dimension, {})[count.note] = count.n
    return found


async def assert_counters_equal_a_recount(store: Store) -> None:
    for demarche_id in (1, 2, 3):
        stored, recounted = await store.audit(demarche_id)
        assert stored == recounted


# Recording


async def test_a_new_avis_is_stored_and_counted(store: Store) -> None:
    assert await store.record([a_state(notes={"satisfaction": 3, "effort": 5})]) == [STORED]
    assert await histogram(store) == {"avis": {1: 1}, "satisfaction": {3: 1}, "effort": {5: 1}}
    assert await store.total() == 1


async def test_the_step_that_is_stored_can_be_asked_for(store: Store) -> None:
    assert await store.stored_etape(1, a_state().cle) is None
    await store.record([a_state(etape=4), a_state(2)])
    assert await store.stored_etape(1, a_state().cle) == 4
    assert await store.stored_etape(1, a_state(2).cle) == 1
    assert await store.stored_etape(2, a_state().cle) is None


async def test_a_replay_changes_nothing(store: Store) -> None:
    await store.record([a_state()])
    assert await store.record([a_state(notes={"satisfaction": 1})]) == [UNCHANGED]
    assert await histogram(store) == {"avis": {1: 1}, "satisfaction": {3: 1}}
    assert await store.total() == 1


async def test_a_replay_in_a_batch_costs_the_new_ones_nothing(store: Store) -> None:
    await store.record([a_state(1)])
    batch = [a_state(2), a_state(1), a_state(3), a_state(2)]
    assert await store.record(batch, {an_opening(): 2}) == [STORED, UNCHANGED, STORED, UNCHANGED]
    assert await histogram(store) == {
        "avis": {1: 3},
        "satisfaction": {3: 3},
        "ouverture": {1: 2},
    }
    await assert_counters_equal_a_recount(store)


async def test_a_later_step_moves_the_counters_by_the_difference(store: Store) -> None:
    await store.record([a_state(notes={"satisfaction": 1, "effort": 2})])
    later = a_state(etape=2, notes={"satisfaction": 3, "clarte": 5})
    assert await store.record([later]) == [UPDATED]
    assert await histogram(store) == {"avis": {1: 1}, "satisfaction": {3: 1}, "clarte": {5: 1}}
    await assert_counters_equal_a_recount(store)


async def test_a_later_step_replaces_the_whole_state_but_not_when_it_came_in(
    store: Store, engine: Engine
) -> None:
    midnight = 1_795_388_400_000  # 2026-11-22 23:00:00 UTC, 00:00 in Paris
    await store.record([a_state(ms=midnight - MINUTE, verbatim="Long.")])
    later = a_state(
        ms=midnight + MINUTE, etape=2, langue="en", affichage="page", widget="1.2.3", verbatim=None
    )
    assert await store.record([later]) == [UPDATED]
    columns = "etape, verbatim, langue, affichage, widget, recu_le, jour"
    assert engine.rows(f"select {columns} from avis") == [
        (2, None, "en", "page", "1.2.3", "2026-11-22T22:59:00.000Z", "2026-11-22")
    ]


async def test_an_older_step_changes_nothing(store: Store) -> None:
    await store.record([a_state(etape=5)])
    assert await store.record([a_state(etape=4, notes={"satisfaction": 1})]) == [UNCHANGED]
    assert await histogram(store) == {"avis": {1: 1}, "satisfaction": {3: 1}}


async def test_an_avis_changes_for_sixty_minutes_and_not_one_millisecond_more(
    store: Store,
) -> None:
    hour = 60 * MINUTE
    await store.record([a_state(1), a_state(2)])
    in_time = a_state(1, etape=2, ms=NOON + hour, notes={"satisfaction": 1})
    late = a_state(2, etape=2, ms=NOON + hour + 1, notes={"satisfaction": 1})
    assert await store.record([in_time, late]) == [UPDATED, Outcome.TOO_LATE]
    assert await histogram(store) == {"avis": {1: 2}, "satisfaction": {1: 1, 3: 1}}


async def test_the_hour_runs_from_the_first_state_whatever_was_changed_since(store: Store) -> None:
    await store.record([a_state()])
    await store.record([a_state(etape=2, ms=NOON + 50 * MINUTE)])
    late = a_state(etape=3, ms=NOON + 70 * MINUTE)
    assert await store.record([late]) == [Outcome.TOO_LATE]


async def test_after_the_hour_a_replay_is_still_no_fault(store: Store) -> None:
    await store.record([a_state()])
    assert await store.record([a_state(ms=NOON + 90 * MINUTE)]) == [UNCHANGED]


async def test_a_cle_of_another_bouton_of_the_demarche_is_refused(store: Store) -> None:
    await store.record([a_state(1)])
    stolen = a_state(1, COURRIEL, etape=2, notes={"satisfaction": 1})
    assert await store.record([stolen]) == [Outcome.OTHER_BOUTON]
    assert await histogram(store) == {"avis": {1: 1}, "satisfaction": {3: 1}}
    assert await histogram(store, COURRIEL) == {}


async def test_one_cle_in_two_demarches_is_two_avis(store: Store) -> None:
    assert await store.record([a_state(1), a_state(1, AILLEURS)]) == [STORED, STORED]
    assert await histogram(store) == await histogram(store, AILLEURS)
    assert await store.total() == 2


# Batches


async def test_the_states_of_one_avis_in_one_batch_count_once(store: Store) -> None:
    batch = [
        a_state(notes={"satisfaction": 1}),
        a_state(notes={"satisfaction": 1}),
        a_state(etape=3, notes={"satisfaction": 2, "effort": 4}),
        a_state(etape=2, notes={"satisfaction": 3}),
        a_state(1, COURRIEL, etape=9),
    ]
    expected = [STORED, UNCHANGED, UPDATED, UNCHANGED, Outcome.OTHER_BOUTON]
    assert await store.record(batch) == expected
    assert await histogram(store) == {"avis": {1: 1}, "satisfaction": {2: 1}, "effort": {4: 1}}
    assert await store.total() == 1


async def test_a_batch_of_many_demarches_counts_each_in_its_own(store: Store) -> None:
    boutons = [FIN, COURRIEL, AILLEURS]
    batch = [a_state(n, boutons[n % 3], notes={"satisfaction": n % 3 + 1}) for n in range(300)]
    assert await store.record(batch) == [STORED] * 300
    assert [await histogram(store, bouton) for bouton in boutons] == [
        {"avis": {1: 100}, "satisfaction": {1: 100}},
        {"avis": {1: 100}, "satisfaction": {2: 100}},
        {"avis": {1: 100}, "satisfaction": {3: 100}},
    ]
    await assert_counters_equal_a_recount(store)


async def test_an_empty_batch_is_no_fault(store: Store) -> None:
    assert await store.record([]) == []
    assert await store.total() == 0


async def test_openings_are_counted_with_a_batch_and_without_one(store: Store) -> None:
    await store.record([a_state()], {an_opening(): 3, an_opening(AILLEURS): 1})
    await store.record([], {an_opening(): 2})
    assert (await histogram(store))[OUVERTURE] == {1: 5}
    assert (await histogram(store, AILLEURS))[OUVERTURE] == {1: 1}


async def test_a_batch_with_an_avis_at_fault_leaves_nothing(store: Store, engine: Engine) -> None:
    await store.record([a_state(1)])
    nowhere = a_state(3)._replace(demarche_id=404)
    batch = [a_state(1, etape=2, notes={"satisfaction": 1}), a_state(2), nowhere]
    with pytest.raises(BatchError):
        await store.record(batch, {an_opening(): 1})
    assert await store.total() == (1 if engine.whole else 2)
    await assert_counters_equal_a_recount(store)
    # The negative twin: what was at fault is that one avis, and the store goes on.
    again = [UPDATED, STORED] if engine.whole else [UNCHANGED, UNCHANGED]
    assert await store.record(batch[:2], {an_opening(): 1}) == again
    await assert_counters_equal_a_recount(store)


async def test_when_the_counters_cannot_move_their_avis_is_not_stored_either(
    store: Store,
) -> None:
    more_than_a_column_holds = 2**63
    with pytest.raises(StoreError):
        await store.record([a_state()], {an_opening(): more_than_a_column_holds})
    assert await store.total() == 0
    assert await histogram(store) == {}
    assert await store.record([a_state()]) == [STORED]


async def test_another_program_sees_what_is_committed(store: Store, engine: Engine) -> None:
    await store.record([a_state()], {an_opening(): 1})
    other = engine.connect()
    await other.open()
    try:
        assert await other.pending() == []
        assert await histogram(other) == await histogram(store)
        assert await other.record([a_state()]) == [UNCHANGED]
    finally:
        await other.close()


# Set aside, and back


async def test_an_avis_set_aside_leaves_the_counters_and_comes_back(store: Store) -> None:
    await store.record([a_state(1, notes={"satisfaction": 1, "effort": 2}), a_state(2)])
    before = await histogram(store)
    assert await store.set_aside(1, a_state(1).cle, "injures")
    assert await histogram(store) == {"avis": {1: 1}, "satisfaction": {3: 1}}
    assert await store.total() == 2
    await assert_counters_equal_a_recount(store)
    assert await store.set_aside(1, a_state(1).cle, None)
    assert await histogram(store) == before


async def test_setting_aside_twice_moves_the_counters_once(store: Store) -> None:
    await store.record([a_state(1), a_state(2)])
    for reason in ("injures", "hors sujet", None, None):
        assert await store.set_aside(1, a_state(1).cle, reason)
        await assert_counters_equal_a_recount(store)
    assert await histogram(store) == {"avis": {1: 2}, "satisfaction": {3: 2}}


async def test_setting_aside_an_avis_that_is_not_there_says_so(store: Store) -> None:
    await store.record([a_state(1)])
    assert not await store.set_aside(1, a_state(2).cle, "injures")
    assert not await store.set_aside(2, a_state(1).cle, "injures")
    assert await histogram(store) == {"avis": {1: 1}, "satisfaction": {3: 1}}


@pytest.mark.parametrize("reason", [PIEGE, TROP_RAPIDE])
async def test_an_automatic_reason_is_lifted_by_a_later_step_without_it(
    store: Store, reason: str
) -> None:
    await store.record([a_state(ecarte=reason)])
    assert await histogram(store) == {}
    assert await store.total() == 1
    await store.record([a_state(etape=2)])
    assert await histogram(store) == {"avis": {1: 1}, "satisfaction": {3: 1}}


async def test_a_later_step_with_an_automatic_reason_takes_the_avis_out(store: Store) -> None:
    await store.record([a_state()])
    assert await store.record([a_state(etape=2, ecarte=PIEGE)]) == [UPDATED]
    assert await histogram(store) == {}
    await assert_counters_equal_a_recount(store)


async def test_a_moderators_reason_survives_later_steps(store: Store, engine: Engine) -> None:
    await store.record([a_state()])
    await store.set_aside(1, a_state().cle, "injures")
    assert await store.record([a_state(etape=2, verbatim="Encore.")]) == [UPDATED]
    assert await histogram(store) == {}
    assert engine.rows("select etape, verbatim, ecarte from avis") == [(2, "Encore.", "injures")]


# Proof and repair


async def test_a_sound_store_is_found_sound(store: Store, engine: Engine) -> None:
    await store.record([a_state(n) for n in range(10)])
    assert await store.check() is (engine.suffix == ".sqlite.sql")  # PostgreSQL has its own tools


async def test_audit_is_equal_and_says_what_was_counted(store: Store) -> None:
    await store.record([a_state(1), a_state(2, AILLEURS)], {an_opening(): 4})
    expected = Counter(
        Cell(1, FIN.code, when, "standard-1", dimension, note)
        for when in ("2026-11-22", "2026-11")
        for dimension, note in (("avis", 1), ("satisfaction", 3))
    )
    assert await store.audit(1) == (expected, expected)
    assert await store.audit(3) == (Counter(), Counter())


async def test_damage_done_by_hand_is_found_and_rebuilt_and_openings_stay(
    store: Store, engine: Engine
) -> None:
    await store.record(
        [a_state(1, notes={"satisfaction": 3, "effort": 1}), a_state(2, AILLEURS)],
        {an_opening(): 7},
    )
    good = await histogram(store)
    damage = (
        "update agregat set n = n + 5 where dimension = 'satisfaction' and demarche_id = 1",
        "delete from agregat where dimension = 'effort'",
        "insert into agregat (demarche_id, bouton, jour, questionnaire, dimension, note, n) "
        "values (1, 'k7f3q2', '2026-01-01', 'standard-1', 'inventee', 2, 9)",
    )
    for sql in damage:
        engine.execute(sql)
    where = (1, FIN.code, "2026-11-22", "standard-1")
    assert await verify(store, CARTE) == [
        Difference(Cell(1, FIN.code, "2026-01-01", "standard-1", "inventee", 2), 9, 0),
        Difference(Cell(*where, "effort", 1), 0, 1),
        Difference(Cell(*where, "satisfaction", 3), 6, 1),
    ]
    assert await histogram(store) == good  # figures are of months, and only days were damaged
    await store.rebuild(1)
    assert await verify(store, CARTE) == []
    assert await histogram(store) == good
    assert good[OUVERTURE] == {1: 7}


@pytest.mark.parametrize("n", [3, 1, -2])
async def test_damage_to_months_is_found_and_rebuilt_even_below_zero(
    store: Store, engine: Engine, n: int
) -> None:
    await store.record([a_state()], {an_opening(): 7})
    engine.execute(
        "insert into agregat_mois (demarche_id, mois, bouton, questionnaire, dimension, note, n) "
        f"values (1, '2026-11', 'k7f3q2', 'standard-1', 'satisfaction', 1, {n})"
    )
    wrong = Cell(1, FIN.code, "2026-11", "standard-1", "satisfaction", 1)
    assert await verify(store, CARTE) == [Difference(wrong, n, 0)]
    await store.rebuild(1)
    assert await verify(store, CARTE) == []
    assert await histogram(store) == {"avis": {1: 1}, "satisfaction": {3: 1}, OUVERTURE: {1: 7}}


async def test_rebuilding_one_demarche_leaves_the_others_alone(
    store: Store, engine: Engine
) -> None:
    await store.record([a_state(1), a_state(2, AILLEURS)])
    engine.execute("update agregat set n = n + 1 where dimension = 'satisfaction'")
    await store.rebuild(1)
    assert await verify(store, CARTE) == []
    assert [d.stored for d in await verify(store, LONGUE)] == [2]


async def test_what_comes_in_during_a_rebuild_is_neither_stopped_nor_counted_twice(
    store: Store, engine: Engine
) -> None:
    await store.record([a_state(n) for n in range(50)])
    engine.execute("update agregat set n = n + 7")
    engine.execute("update agregat_mois set n = n - 7")
    stored, *_ = await asyncio.gather(
        store.record([a_state(100), a_state(1, etape=2, notes={"satisfaction": 1})]),
        store.rebuild(1),
        store.record([a_state(101)]),
        store.rebuild(2),
    )
    assert stored == [STORED, UPDATED]
    assert await verify(store, CARTE) == []
    assert await histogram(store) == {"avis": {1: 52}, "satisfaction": {1: 1, 3: 51}}


async def test_two_rebuilds_at_once_mend_once(store: Store, engine: Engine) -> None:
    await store.record([a_state(n) for n in range(50)])
    engine.execute("update agregat_mois set n = n + 7")
    other = engine.connect()
    await other.open()
    try:
        await asyncio.gather(*(each.rebuild(1) for each in (store, other, store, other)))
    finally:
        await other.close()
    assert await verify(store, CARTE) == []


async def test_rebuilding_leaves_out_what_is_set_aside(store: Store) -> None:
    await store.record([a_state(1), a_state(2, ecarte=PIEGE)])
    await store.rebuild(1)
    assert await histogram(store) == {"avis": {1: 1}, "satisfaction": {3: 1}}


# Figures


async def test_counts_are_summed_by_month_both_months_included(store: Store) -> None:
    days = [
        "2026-09-30", "2026-10-01", "2026-10-15", "2026-10-15", "2026-10-31", "2026-11-01",
        "2026-12-01",
    ]  # fmt: skip
    await store.record([a_state(n, jour=day) for n, day in enumerate(days)])
    found = await store.counts_by_month(1, "2026-10", "2026-11")
    assert found == [
        Count("2026-10", "standard-1", "avis", 1, 4),
        Count("2026-10", "standard-1", "satisfaction", 3, 4),
        Count("2026-11", "standard-1", "avis", 1, 1),
        Count("2026-11", "standard-1", "satisfaction", 3, 1),
    ]


async def test_counts_keep_questionnaires_and_levels_apart(store: Store) -> None:
    await store.record(
        [
            a_state(1, notes={"satisfaction": 1}),
            a_state(2, notes={"satisfaction": 3}),
            a_state(3, notes={"satisfaction": 3}, questionnaire="satisfaction-seule-1"),
        ]
    )
    found = [count[1:] for count in await store.counts_by_month(1, FIRST_MONTH, LAST_MONTH)]
    assert found == [
        ("satisfaction-seule-1", "avis", 1, 1),
        ("satisfaction-seule-1", "satisfaction", 3, 1),
        ("standard-1", "avis", 1, 2),
        ("standard-1", "satisfaction", 1, 1),
        ("standard-1", "satisfaction", 3, 1),
    ]


async def test_counts_are_of_one_demarche_and_of_one_bouton_when_asked(store: Store) -> None:
    await store.record(
        [a_state(1), a_state(2, COURRIEL), a_state(3, COURRIEL), a_state(4, AILLEURS)]
    )
    asked = [(1, None), (1, FIN.code), (1, COURRIEL.code), (1, AILLEURS.code), (2, None)]
    received = [
        sum(
            count.n
            for count in await store.counts_by_month(id, FIRST_MONTH, LAST_MONTH, code)
            if count.dimension == "avis"
        )
        for id, code in asked
    ]
    assert received == [3, 1, 2, 0, 1]


async def test_answers_of_every_demarche_come_at_once_in_the_months_asked_for(store: Store) -> None:
    days = ["2026-09-30", "2026-10-01", "2026-11-30", "2026-12-01"]
    notes = {"satisfaction": 3, "effort": 1}
    await store.record(
        [
            *(a_state(n, jour=day, notes=notes) for n, day in enumerate(days)),
            a_state(10, COURRIEL, notes={"satisfaction": 3}),
            a_state(11, notes={"satisfaction": 1}, questionnaire="satisfaction-seule-1"),
            a_state(12, AILLEURS, notes={"relation": 2}),
            a_state(13, ecarte=PIEGE),
        ],
        {an_opening(): 5},
    )
    asked = ("2026-10", "2026-11")
    assert sorted(await store.answers_by_demarche(*asked, ["satisfaction", "relation"])) == [
        Answers(1, "satisfaction-seule-1", "satisfaction", 1, 1),
        Answers(1, "standard-1", "satisfaction", 3, 3),
        Answers(2, a_state(12, AILLEURS).questionnaire, "relation", 2, 1),
    ]
    assert await store.answers_by_demarche(*asked, ["effort"]) == [
        Answers(1, "standard-1", "effort", 1, 2)
    ]
    assert await store.answers_by_demarche("2026-01", "2026-08", ["satisfaction"]) == []
    assert await store.answers_by_demarche(*asked, []) == []


# What is configured


async def test_what_is_configured_comes_back_as_it_was_given(store: Store) -> None:
    child = await store.add_structure(Structure(0, "État civil", "21750001600019", 1, "01053"))
    demarche = Demarche(
        0, "acte", "Demander un acte", child, "standard-1", "https://www.exemple.fr/acte",
        "en", True, True, ("jdma:12", "ds:34"),
    )  # fmt: skip
    id = await store.add_demarche(demarche)
    bouton = Bouton("zzz999", id, "Page", "cadre", ("https://a.fr", "https://b.fr"), "2A004", False)
    await store.add_bouton(bouton)
    catalogue = await store.load_catalogue()
    assert catalogue.structures[child] == Structure(
        child, "État civil", "21750001600019", 1, "01053"
    )
    assert catalogue.demarches[id] == replace(demarche, id=id)
    assert catalogue.boutons["zzz999"] == bouton
    assert set(catalogue.questionnaires) >= {"standard-1", "satisfaction-seule-1"}


async def test_a_name_that_is_taken_is_refused_and_changes_nothing(store: Store) -> None:
    before = await store.load_catalogue()
    with pytest.raises(Duplicate):
        await store.add_structure(Structure(0, "Ville de Montclair"))
    with pytest.raises(Duplicate):
        await store.add_demarche(replace(CARTE, titre="Une autre"))
    with pytest.raises(Duplicate):
        await store.add_bouton(replace(COURRIEL, code=FIN.code))
    assert await store.load_catalogue() == before


async def test_a_questionnaire_never_changes(store: Store) -> None:
    before = await store.load_catalogue()
    other = json.dumps({"id": "standard-1", "titre": {"fr": "Autre"}, "dimensions": []})
    assert not await store.add_questionnaire("standard-1", other)
    assert await store.load_catalogue() == before


async def test_the_catalogue_version_grows_with_each_change(store: Store) -> None:
    versions = [await store.catalogue_version()]

    async def note() -> None:
        versions.append(await store.catalogue_version())

    titre = {"fr": "Nouveau"}
    await store.add_questionnaire(
        "nouveau-1", json.dumps({"id": "nouveau-1", "titre": titre, "dimensions": []})
    )
    await note()
    await store.add_structure(Structure(0, "Préfecture"))
    await note()
    await store.add_demarche(replace(CARTE, slug="autre"))
    await note()
    await store.add_bouton(replace(FIN, code="zzz999"))
    await note()
    assert await store.set_bouton_ouvert("zzz999", False)
    await note()
    assert versions == sorted(set(versions))
    assert (await store.load_catalogue()).version == versions[-1]


async def test_avis_do_not_make_the_catalogue_new(store: Store) -> None:
    before = await store.catalogue_version()
    await store.record([a_state()], {an_opening(): 1})
    await store.set_aside(1, a_state().cle, "injures")
    await store.probe()
    assert await store.catalogue_version() == before


async def test_a_bouton_closes_and_opens_and_one_that_is_not_there_does_neither(
    store: Store,
) -> None:
    assert await store.set_bouton_ouvert(FIN.code, False)
    assert not (await store.load_catalogue()).boutons[FIN.code].ouvert
    assert await store.set_bouton_ouvert(FIN.code, True)
    assert (await store.load_catalogue()).boutons[FIN.code].ouvert
    assert not await store.set_bouton_ouvert("absent", False)


# Text

TEXTS = {
    "emoji": "Très bien 👍🏽 👩‍👩‍👧‍👦 🇫🇷",
    "quotes": """L'« avis » d’"hier" \\ \\' `'; drop table avis; --""",
    "long": "é" * 10_000,
    "percent": "100 % sûr, %s %(x)s {x} $1 ?1 :a @a",
    "lines": "Une ligne,\nune autre,\n\n\tet une tabulation.",
    "object": '{"satisfaction": 1, "x": [null, true]}',
    "array": "[1, 2, 3]",
    "json string": '"entre guillemets"',
    "number": "42",
    "null": "null",
    "no latin": "Ευχαριστώ Спасибо شكرا 谢谢 ᠮᠣᠩᠭᠣᠯ",
    "beyond the basic plane": "𝔄𝔳𝔦𝔰 𒀀",
    "escapes": r"\n \u0041 \x41 &amp; %41",
}


@pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS)
async def test_text_comes_back_as_it_was_given(store: Store, engine: Engine, text: str) -> None:
    await store.record([a_state(1, verbatim=text, ecarte=text)])
    await store.set_aside(1, a_state(1).cle, None)
    await store.record([a_state(1, etape=2, verbatim=text), a_state(2, verbatim=text)])
    await store.set_aside(1, a_state(2).cle, text)
    assert engine.rows("select verbatim, ecarte from avis order by etape") == [
        (text, text),
        (text, None),
    ]
    await store.add_bouton(replace(FIN, code="zzz999", libelle=text, origines=(text, text)))
    bouton = (await store.load_catalogue()).boutons["zzz999"]
    assert (bouton.libelle, bouton.origines) == (text, (text, text))


# Migrations


def real_migrations(engine: Engine) -> list[str]:
    return sorted(path.name for path in engine.migrations.glob(f"*{engine.suffix}"))


def add_migrations(
    engine: Engine, folder: Path, monkeypatch: pytest.MonkeyPatch, *scripts: str
) -> list[str]:
    """Have the program know these scripts after the real ones; their names."""
    known = folder / "migrations"
    shutil.copytree(engine.migrations, known)
    first = len(real_migrations(engine)) + 1
    names = [f"{first + i:04}_essai{engine.suffix}" for i in range(len(scripts))]
    for name, sql in zip(names, scripts, strict=True):
        (known / name).write_text(sql, encoding="utf-8")
    engine.use_migrations(known, monkeypatch)
    return names


async def test_migrations_are_numbered_from_one_without_a_gap(engine: Engine) -> None:
    numbers = [int(name.split("_")[0]) for name in real_migrations(engine)]
    assert numbers == list(range(1, len(numbers) + 1))


async def test_an_empty_database_waits_for_every_migration(engine: Engine, fresh: Store) -> None:
    names = real_migrations(engine)
    assert await fresh.pending() == names
    assert await fresh.migrate() == names
    assert await fresh.pending() == []
    assert await fresh.migrate() == []


async def test_a_dry_run_on_an_empty_database_leaves_everything_to_be_done(fresh: Store) -> None:
    waiting = await fresh.pending()
    assert await fresh.migrate(dry_run=True) == waiting
    assert await fresh.pending() == waiting
    assert await fresh.migrate() == waiting


async def test_a_dry_run_changes_nothing(
    engine: Engine, store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    await store.record([a_state()])
    before = engine.schema(), engine.rows("select * from migration")
    names = add_migrations(
        engine,
        tmp_path,
        monkeypatch,
        "create table un (n integer); update avis set etape = 50;",
        "create table deux (n integer); insert into un values (1);",
    )
    assert await store.migrate(dry_run=True) == names
    assert (engine.schema(), engine.rows("select * from migration")) == before
    assert await store.pending() == names
    assert engine.rows("select etape from avis") == [(1,)]
    # The negative twin: the real run does what the dry one tried.
    assert await store.migrate() == names
    assert engine.rows("select n from un") == [(1,)]


@pytest.mark.parametrize("dry_run", [False, True])
async def test_a_broken_migration_leaves_the_database_as_it_was(
    engine: Engine, store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, dry_run: bool
) -> None:
    await store.record([a_state()])
    before = engine.schema(), engine.rows("select * from migration")
    broken = (
        "create table un (n integer);\n"
        "update avis set etape = 50;\n"
        "insert into absente values (1);\n"
        "create table deux (n integer);\n"
    )
    add_migrations(engine, tmp_path, monkeypatch, broken)
    with pytest.raises(StoreError):
        await store.migrate(dry_run)
    assert (engine.schema(), engine.rows("select * from migration")) == before
    assert engine.rows("select etape from avis") == [(1,)]
    assert await store.record([a_state(2)]) == [STORED]


async def test_a_broken_migration_keeps_those_that_were_done_before_it(
    engine: Engine, store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    scripts = ("create table un (n integer);", "insert into absente x;")
    _, broken = add_migrations(engine, tmp_path, monkeypatch, *scripts)
    with pytest.raises(StoreError):
        await store.migrate()
    assert await store.pending() == [broken]
    assert engine.rows("select * from un") == []


async def test_a_migration_keeps_what_is_stored(
    engine: Engine, store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    await store.record([a_state()], {an_opening(): 2})
    before = await histogram(store)
    add_migrations(engine, tmp_path, monkeypatch, "alter table avis add column plus text;")
    await store.migrate()
    assert await store.record([a_state()]) == [UNCHANGED]
    assert await histogram(store) == before
    await assert_counters_equal_a_recount(store)


async def test_a_database_newer_than_the_program_is_refused(engine: Engine, store: Store) -> None:
    done = engine.rows("select max(numero) from migration")[0][0]
    engine.execute(
        "insert into migration (numero, nom, faite_le) "
        f"values ({done + 1}, 'de_demain', '2030-01-01T00:00:00Z')"
    )
    with pytest.raises(SchemaError, match="plus récente"):
        await store.pending()
    with pytest.raises(SchemaError, match="plus récente"):
        await store.migrate()


async def test_a_probe_is_a_commit_that_leaves_no_avis(store: Store) -> None:
    await store.probe()
    assert await store.total() == 0
    await assert_counters_equal_a_recount(store)
