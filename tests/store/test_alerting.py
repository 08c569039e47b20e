"""Subscriptions, events on their way and leases on work, on every engine."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest

from collector.alertes import Crochet, Envoi, Evenement, Veille
from collector.store.admin import AdminStore
from collector.store.contract import Store
from collector.store.keeping import KEPT
from tests.store.engines import Engine
from tests.store.test_contract import a_state
from tests.world import CARTE, LONGUE, NOON

pytestmark = pytest.mark.anyio

MADE = "2026-11-22T10:00:00.000Z"
LATER = "2026-11-22T11:00:00.000Z"
END = "2026-11-22T12:00:00.000Z"
CAMILLE, SACHA = 1, 2
COMMENTS = Veille(CARTE.id, "commentaires", LATER, {"vu": MADE})
SILENCE = Veille(CARTE.id, "silence", END, {})
EVENT = Evenement("e1", "commentaires", CARTE.id, LATER, {"commentaires": 3, "d": "é"})
HOOK = Crochet(0, CARTE.id, "https://exemple.fr/avis", "g1", MADE, "compte 1")


@pytest.fixture
def alerts(store: Store) -> AdminStore:
    assert isinstance(store, AdminStore)
    return store


async def told(store: AdminStore, le: str = END) -> list[tuple[str, int, int]]:
    """What is on its way: event, account, webhook."""
    found = await store.envois_due(le, 100)
    return [(each.evenement.id, each.compte_id, each.crochet_id) for each in found]


async def kinds(store: AdminStore, compte_id: int) -> list[str]:
    return [each.genre for each in await store.abonnements_of(compte_id)]


# Who is told what


async def test_one_is_told_of_what_one_asked_for_and_of_nothing_else(alerts: AdminStore) -> None:
    await alerts.subscribe(CARTE.id, CAMILLE, 0, [COMMENTS, SILENCE], MADE)
    other = COMMENTS._replace(demarche_id=LONGUE.id)
    await alerts.subscribe(LONGUE.id, CAMILLE, 0, [other], MADE)
    await alerts.subscribe(CARTE.id, SACHA, 0, [SILENCE], MADE)
    assert await kinds(alerts, CAMILLE) == ["commentaires", "silence", "commentaires"]
    await alerts.subscribe(CARTE.id, CAMILLE, 0, [SILENCE], LATER)
    assert await kinds(alerts, CAMILLE) == ["silence", "commentaires"]
    await alerts.subscribe(CARTE.id, CAMILLE, 0, [], LATER)
    assert await kinds(alerts, CAMILLE) == ["commentaires"]
    [left] = await alerts.abonnements(CARTE.id)
    assert left == (CARTE.id, "silence", SACHA, 0, MADE)


async def test_what_is_watched_already_goes_on_from_where_it_is(alerts: AdminStore) -> None:
    await alerts.subscribe(CARTE.id, CAMILLE, 0, [COMMENTS], MADE)
    await alerts.subscribe(
        CARTE.id, SACHA, 0, [COMMENTS._replace(prochain_le=END, etat={"vu": END})], LATER
    )
    [(veille, ecoutee)] = await alerts.due(END, 10)
    assert (veille, ecoutee) == (COMMENTS, True)


async def test_one_may_stop_once(alerts: AdminStore) -> None:
    await alerts.subscribe(CARTE.id, CAMILLE, 0, [COMMENTS, SILENCE], MADE)
    assert await alerts.unsubscribe(CARTE.id, "silence", CAMILLE)
    assert not await alerts.unsubscribe(CARTE.id, "silence", CAMILLE)
    assert not await alerts.unsubscribe(CARTE.id, "commentaires", SACHA)
    assert await kinds(alerts, CAMILLE) == ["commentaires"]


# What is due


async def test_what_is_due_comes_in_time_and_says_whether_anybody_listens(
    alerts: AdminStore,
) -> None:
    await alerts.subscribe(CARTE.id, CAMILLE, 0, [COMMENTS, SILENCE], MADE)
    assert await alerts.due(MADE, 10) == []
    assert [due.veille for due in await alerts.due(LATER, 10)] == [COMMENTS]
    assert [due.veille for due in await alerts.due(END, 10)] == [COMMENTS, SILENCE]
    assert [due.veille for due in await alerts.due(END, 1)] == [COMMENTS]
    await alerts.unsubscribe(CARTE.id, "silence", CAMILLE)
    assert [due.ecoutee for due in await alerts.due(END, 10)] == [True, False]
    await alerts.drop_veille(SILENCE)
    assert [due.veille for due in await alerts.due(END, 10)] == [COMMENTS]


async def test_an_event_goes_to_all_who_asked_for_it_with_the_state_it_leaves(
    alerts: AdminStore,
) -> None:
    id = await alerts.add_crochet(HOOK)
    await alerts.subscribe(CARTE.id, CAMILLE, 0, [COMMENTS], MADE)
    await alerts.subscribe(CARTE.id, SACHA, 0, [SILENCE], MADE)
    await alerts.subscribe(CARTE.id, 0, id, [COMMENTS], MADE)
    after = COMMENTS._replace(prochain_le=END, etat={"vu": LATER})
    await alerts.advance(COMMENTS, after, EVENT)
    assert await told(alerts) == [("e1", CAMILLE, 0), ("e1", 0, id)]
    assert (await alerts.envois_due(END, 1))[0].evenement == EVENT
    assert await told(alerts, MADE) == []
    assert [due.veille for due in await alerts.due(LATER, 10)] == []
    assert after in [due.veille for due in await alerts.due(END, 10)]


async def test_the_same_event_twice_is_on_its_way_once(alerts: AdminStore) -> None:
    """As when a server dies after it: what it leaves behind is decided once more."""
    await alerts.subscribe(CARTE.id, CAMILLE, 0, [COMMENTS], MADE)
    after = COMMENTS._replace(prochain_le=END)
    for _ in range(2):
        await alerts.advance(COMMENTS, after, EVENT)
    assert await told(alerts) == [("e1", CAMILLE, 0)]
    await alerts.advance(after, after, EVENT._replace(id="e2"))
    assert len(await told(alerts)) == 2


async def test_who_is_late_does_not_turn_the_state_back(alerts: AdminStore) -> None:
    await alerts.subscribe(CARTE.id, CAMILLE, 0, [COMMENTS], MADE)
    after = COMMENTS._replace(prochain_le=END, etat={"vu": END})
    await alerts.advance(COMMENTS, after)
    await alerts.advance(COMMENTS, COMMENTS._replace(prochain_le=MADE))
    assert [due.veille for due in await alerts.due(END, 10)] == [after]


# What is on its way


async def sent(store: AdminStore) -> Envoi:
    """One thing on its way to a webhook."""
    id = await store.add_crochet(HOOK)
    await store.send_to_crochet(EVENT, id)
    [envoi] = await store.envois_due(END, 10)
    return envoi


async def test_what_became_of_a_try_is_kept(alerts: AdminStore) -> None:
    envoi = await sent(alerts)
    assert (envoi.essais, envoi.statut, envoi.prochain_le) == (0, "attente", LATER)
    tried = replace(envoi, essais=1, raison="la réponse est 500", prochain_le=END)
    await alerts.leave_envoi(tried)
    assert await alerts.envois_due(LATER, 10) == []
    assert await alerts.envois_due(END, 10) == [tried]
    done = replace(tried, essais=2, statut="pris", raison="", prochain_le=None, fini_le=END)
    await alerts.leave_envoi(done)
    assert await alerts.envois_due(END, 10) == []
    assert await alerts.envois_of(envoi.crochet_id, 10) == [done]


async def test_what_waits_or_was_given_up_can_be_tried_again(alerts: AdminStore) -> None:
    envoi = await sent(alerts)
    given_up = replace(envoi, essais=7, statut="abandonne", prochain_le=None, fini_le=LATER)
    await alerts.leave_envoi(given_up)
    assert not await alerts.retry_envoi(envoi.crochet_id + 1, envoi.id, END)
    assert await alerts.retry_envoi(envoi.crochet_id, envoi.id, END)
    assert [each.statut for each in await alerts.envois_due(END, 10)] == ["attente"]
    await alerts.leave_envoi(replace(given_up, statut="pris"))
    assert not await alerts.retry_envoi(envoi.crochet_id, envoi.id, END)


async def test_the_log_of_a_webhook_begins_with_the_newest(alerts: AdminStore) -> None:
    id = (await sent(alerts)).crochet_id
    for n in range(2, 6):
        await alerts.send_to_crochet(EVENT._replace(id=f"e{n}"), id)
    found = await alerts.envois_of(id, 3)
    assert [each.evenement.id for each in found] == ["e5", "e4", "e3"]


async def test_people_are_told_before_programs(alerts: AdminStore) -> None:
    envoi = await sent(alerts)
    await alerts.subscribe(CARTE.id, CAMILLE, 0, [COMMENTS], MADE)
    await alerts.advance(COMMENTS, COMMENTS, EVENT._replace(id="e2"))
    assert await told(alerts) == [("e2", CAMILLE, 0), ("e1", 0, envoi.crochet_id)]


async def test_what_ended_long_ago_is_forgotten(alerts: AdminStore) -> None:
    envoi = await sent(alerts)
    await alerts.forget_envois(END)  # it waits
    assert len(await told(alerts)) == 1
    await alerts.leave_envoi(replace(envoi, statut="pris", prochain_le=None, fini_le=LATER))
    await alerts.forget_envois(LATER)
    assert len(await alerts.envois_of(envoi.crochet_id, 10)) == 1
    await alerts.forget_envois(END)
    assert await alerts.envois_of(envoi.crochet_id, 10) == []


async def test_a_webhook_is_renewed_and_deleted_with_all_it_was_told(alerts: AdminStore) -> None:
    id = (await sent(alerts)).crochet_id
    await alerts.subscribe(CARTE.id, 0, id, [COMMENTS], MADE)
    await alerts.subscribe(CARTE.id, CAMILLE, 0, [COMMENTS], MADE)
    assert not await alerts.renew_crochet(LONGUE.id, id, "g2")
    assert await alerts.renew_crochet(CARTE.id, id, "g2")
    assert await alerts.crochets(CARTE.id) == [replace(HOOK, id=id, graine="g2")]
    await alerts.drop_crochet(LONGUE.id, id)
    assert await alerts.crochet(id) is not None
    await alerts.drop_crochet(CARTE.id, id)
    assert await alerts.crochet(id) is None
    assert await told(alerts) == []
    assert [each.compte_id for each in await alerts.abonnements(CARTE.id)] == [CAMILLE]


# What there is to tell


async def test_comments_are_counted_between_two_instants(alerts: AdminStore, store: Store) -> None:
    minute = 60_000
    await store.record(
        [
            a_state(1, verbatim="un"),
            a_state(2, ms=NOON + minute, verbatim="deux"),
            a_state(3, ms=NOON + minute),
            a_state(4, ms=NOON + minute, verbatim="quatre", ecarte="piege"),
            a_state(5, ms=NOON + 2 * minute, verbatim="cinq"),
        ]
    )
    noon, second = "2026-11-22T10:00:00.000Z", "2026-11-22T10:02:00.000Z"
    assert await alerts.count_comments(CARTE.id, "", "~") == 3
    assert await alerts.count_comments(CARTE.id, noon, second) == 2
    assert await alerts.count_comments(CARTE.id, second, "~") == 1
    assert await alerts.count_comments(LONGUE.id, "", "~") == 0


async def test_days_that_have_avis_are_told_with_how_many(alerts: AdminStore, store: Store) -> None:
    await store.record([a_state(1), a_state(2), a_state(3, ms=NOON + 86_400_000)])
    assert await alerts.avis_by_day(CARTE.id, "2026-11-01", "2026-11-30") == {
        "2026-11-22": 2,
        "2026-11-23": 1,
    }
    assert await alerts.avis_by_day(CARTE.id, "2026-11-23", "2026-11-23") == {"2026-11-23": 1}
    await store.set_aside(CARTE.id, a_state(3).cle, "pourriel")
    assert list(await alerts.avis_by_day(CARTE.id, "2026-11-01", "2026-11-30")) == ["2026-11-22"]


# Whose work it is


async def test_a_piece_of_work_is_of_whoever_took_it_until_it_is_done(alerts: AdminStore) -> None:
    assert await alerts.take_tache("ronde", MADE, "", "~")
    assert not await alerts.take_tache("ronde", LATER, "", "~")
    assert await alerts.take_tache("autre", LATER, "", "~")
    await alerts.finish_tache("ronde", "jamais pris", LATER)
    assert not await alerts.take_tache("ronde", LATER, "", "~")
    await alerts.finish_tache("ronde", MADE, LATER)
    assert await alerts.take_tache("ronde", END, "", "~")


async def test_whoever_died_with_it_or_has_a_wrong_clock_loses_it(alerts: AdminStore) -> None:
    assert await alerts.take_tache("ronde", LATER, "", "~")
    assert not await alerts.take_tache("ronde", END, LATER, "~")
    assert await alerts.take_tache("ronde", END, END, "~")  # they died
    assert not await alerts.keep_tache("ronde", LATER, END)
    assert await alerts.keep_tache("ronde", END, END)
    assert await alerts.take_tache("ronde", MADE, "", LATER)  # they took it in the future


async def test_of_many_who_want_it_at_once_one_gets_it(alerts: AdminStore) -> None:
    got = await asyncio.gather(
        *(alerts.take_tache("ronde", f"2026-11-22T10:00:00.{n:03}Z", "", "~") for n in range(20))
    )
    assert sum(got) == 1


# A store that moves


async def test_all_of_it_moves_with_a_copy_but_the_leases(
    alerts: AdminStore, store: Store, engine: Engine
) -> None:
    await sent(alerts)
    await alerts.subscribe(CARTE.id, CAMILLE, 0, [COMMENTS], MADE)
    for table in ("crochet", "abonnement", "veille", "envoi"):
        [row] = await store.kept(table)
        assert len(row) == len(KEPT[table])
        assert len(engine.rows(f"select * from {table}")[0]) == len(row)
    assert "tache" not in KEPT
