"""What people do with comments, and what they then find: on every engine."""

from __future__ import annotations

import asyncio
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from collector.asked.periode import Periode
from collector.asked.recherche import parse_recherche
from collector.asked.selection import Selection
from collector.domain import PIEGE, Avis
from collector.exchange.copying import copy
from collector.moderation import Commente, Etat, Etiquette, Filtre, Motif
from collector.serve import prepare
from collector.store import commented
from collector.store.commented import Around, Spot
from collector.store.contract import Duplicate, Store
from collector.store.moderating import Labelled, Par
from collector.store.postgres import PostgresStore
from collector.store.sqlite import SqliteStore
from tests.store.engines import ENGINES, Engine, SqliteEngine
from tests.store.test_contract import (
    STORED,
    UPDATED,
    a_state,
    assert_counters_equal_a_recount,
    histogram,
)
from tests.store.test_selecting import EVER, MINUTE, among, everything, looked_up
from tests.store.test_selecting import commented as said
from tests.world import AILLEURS, COURRIEL, NOON, VILLE

pytestmark = pytest.mark.anyio

Moderated = SqliteStore | PostgresStore

JEANNE = Par("Jeanne Martin", "2026-11-22T11:00:00.000Z")
PAUL = Par("Paul Durand", "2026-11-22T12:00:00.000Z")
WITH_COMMENT = Selection((1,), avec_verbatim=True)


@pytest.fixture
def moderated(store: Store) -> Moderated:
    assert isinstance(store, SqliteStore | PostgresStore)
    return store


def wanted(selection: Selection = WITH_COMMENT, **changes: Any) -> Filtre:
    return Filtre(selection, **changes)


def spot(avis: Avis) -> Spot:
    return avis.recu_le, avis.cle


async def listed(
    store: Moderated, filtre: Filtre, limit: int = 2, compte: int = 1
) -> list[Commente]:
    """All pages of a filter, and what `around` says of each on the way, which must be the same."""
    found: list[Commente] = []
    start: Spot | None = None
    while True:
        frame = await store.frame(filtre, VILLE.id, compte, start)
        page = await store.comments(filtre, start, frame.floor, limit + 1)
        found += page[:limit]
        if len(page) > limit:
            start = spot(page[limit].avis)
        elif frame.floor is not None:
            start = (frame.floor, "00000000-0000-0000-0000-000000000000")
        else:
            break
    keys = [None, *(each.avis.cle for each in found), None]
    for before, here, after in zip(keys, found, keys[2:], strict=False):
        assert await store.around(filtre, spot(here.avis)) == Around(before, after)
    return found


async def keys(store: Moderated, filtre: Filtre) -> list[str]:
    return [each.avis.cle for each in await listed(store, filtre)]


async def one(store: Moderated, cle: str) -> Commente:
    opened = await store.comment(1, cle, VILLE.id, 1)
    assert opened is not None
    return opened.commente


# Lists


async def test_comments_are_listed_from_the_latest_back_by_pages(
    moderated: Moderated,
) -> None:
    batch = said(*(f"Commentaire {n}" for n in range(7)))
    same_instant = [a_state(n, ms=NOON, verbatim="Ensemble") for n in (11, 12, 13)]
    await moderated.record(
        [*batch, *same_instant, a_state(20), a_state(21, AILLEURS, verbatim="x")]
    )
    latest_first = sorted([*batch, *same_instant], key=spot, reverse=True)
    assert [each.avis for each in await listed(moderated, wanted())] == latest_first
    assert await moderated.comments(wanted(), spot(batch[0]), None, 1) == [Commente(batch[0])]


async def test_filters_of_the_api_say_which_ones(moderated: Moderated) -> None:
    batch = [
        a_state(1, notes={"satisfaction": 1}, verbatim="Un mot."),
        a_state(2, COURRIEL, ms=NOON + MINUTE, verbatim="Un autre."),
        a_state(3, ms=NOON + 2 * MINUTE),
        a_state(4, ms=NOON + 24 * 60 * MINUTE, verbatim="Le lendemain, un mot."),
        a_state(5, ms=NOON + 3 * MINUTE, verbatim="Vite.", ecarte=PIEGE),
    ]
    await moderated.record(batch)
    day = Periode(date(2026, 11, 22), date(2026, 11, 22))
    cases: dict[str, tuple[dict[str, Any], list[int]]] = {
        "levels": ({"notes": (("satisfaction", frozenset({1})),)}, [1]),
        "a bouton": ({"bouton": COURRIEL.code}, [2]),
        "a day": ({"periode": day}, [2, 1]),
        "set aside": ({"statut": "ecarte"}, [5]),
        "all": ({"statut": "tous"}, [4, 5, 2, 1]),
        "words": ({"recherche": parse_recherche("mot")}, [4, 1]),
        "words of a day": ({"recherche": parse_recherche("mot"), "periode": day}, [1]),
        "nothing": ({"recherche": parse_recherche("absent")}, []),
    }
    for name, (asked, expected) in cases.items():
        found = await listed(moderated, wanted(Selection((1,), avec_verbatim=True, **asked)))
        assert [each.avis for each in found] == [batch[n - 1] for n in expected], name


async def test_a_page_looks_so_far_and_says_where_the_next_one_begins(
    moderated: Moderated, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(commented, "WINDOW", 3)
    batch = [a_state(n, ms=NOON + n * MINUTE, verbatim="x") for n in range(1, 12)]
    batch[0] = batch[0]._replace(notes={"satisfaction": 1})
    await moderated.record(batch)
    rare = wanted(Selection((1,), notes=(("satisfaction", frozenset({1})),)))
    first = await moderated.frame(rare, VILLE.id, 1, None)
    assert first.floor == batch[-4].recu_le
    assert await moderated.comments(rare, None, first.floor, 10) == []
    assert [each.avis for each in await listed(moderated, rare)] == batch[:1]
    # Nothing is beyond what the filter itself leaves out.
    late = wanted(depuis=batch[-3].recu_le)
    assert (await moderated.frame(late, VILLE.id, 1, None)).floor is None
    assert len(await listed(moderated, late)) == 2


# Where comments stand, and labels


async def test_comments_are_marked_and_found_by_where_they_stand(
    moderated: Moderated,
) -> None:
    a, b, c, d = said("a", "b", "c", "d")
    await moderated.record([a, b, c, d])
    assert await moderated.mark(1, [a.cle, b.cle], "a_traiter", JEANNE) == 2
    assert await moderated.mark(1, [b.cle, c.cle], "traite", PAUL) == 2
    assert await moderated.mark(1, [c.cle], "traite", JEANNE) == 0  # says so already
    assert await moderated.mark(1, [a_state(99).cle], "lu", PAUL) == 0
    found = {etat: await keys(moderated, wanted(etat=etat)) for etat in ("a_traiter", "traite")}
    assert found == {"a_traiter": [a.cle], "traite": [c.cle, b.cle]}
    assert await keys(moderated, wanted(etat="a_lire")) == [d.cle]
    shown = await one(moderated, c.cle)
    assert (shown.etat, shown.par, shown.le) == ("traite", *PAUL)
    assert await moderated.mark(1, [b.cle, c.cle, d.cle], "a_lire", PAUL) == 2
    assert await keys(moderated, wanted(etat="a_lire")) == [d.cle, c.cle, b.cle]


async def test_two_who_mark_the_same_comment_do_not_overwrite_each_other(
    moderated: Moderated,
) -> None:
    [a] = said("a")
    await moderated.record([a])
    asked: tuple[tuple[Etat, Par], ...] = (("a_traiter", JEANNE), ("traite", PAUL), ("lu", PAUL))
    done = await asyncio.gather(
        *(moderated.mark(1, [a.cle], etat, by, seen="a_lire") for etat, by in asked)
    )
    assert sorted(done) == [0, 0, 1]
    won = asked[done.index(1)]
    shown = await one(moderated, a.cle)
    assert (shown.etat, shown.par) == (won[0], won[1].par)
    assert await moderated.mark(1, [a.cle], "a_lire", JEANNE, seen="a_lire") == 0
    assert await moderated.mark(1, [a.cle], "a_lire", JEANNE, seen=won[0]) == 1


async def test_labels_are_of_a_structure_several_to_a_comment(moderated: Moderated) -> None:
    a, b = said("a", "b")
    await moderated.record([a, b])
    urgent = await moderated.add_etiquette(VILLE.id, "Urgent")
    bug = await moderated.add_etiquette(VILLE.id, "bug d’affichage")
    with pytest.raises(Duplicate):
        await moderated.add_etiquette(VILLE.id, "Urgent")
    assert await moderated.attach(1, [a.cle, b.cle], VILLE.id, urgent) == 2
    assert await moderated.attach(1, [a.cle], VILLE.id, urgent) == 0
    assert await moderated.attach(1, [a.cle], VILLE.id, bug) == 1
    assert await moderated.attach(1, [a.cle], VILLE.id + 1, bug) == 0  # of another structure
    assert (await one(moderated, a.cle)).etiquettes == {urgent, bug}
    assert await keys(moderated, wanted(etiquette=urgent)) == [b.cle, a.cle]
    assert await keys(moderated, wanted(etiquette=urgent, etat="lu")) == []
    assert await moderated.detach(1, [a.cle, b.cle], urgent) == 2
    assert await keys(moderated, wanted(etiquette=urgent)) == []
    frame = await moderated.frame(wanted(), VILLE.id, 1)
    assert frame.etiquettes == [Etiquette(bug, "bug d’affichage"), Etiquette(urgent, "Urgent")]


async def test_a_label_is_renamed_and_goes_with_all_that_it_was_on(
    moderated: Moderated,
) -> None:
    [a] = said("a")
    await moderated.record([a])
    urgent, bug = [await moderated.add_etiquette(VILLE.id, nom) for nom in ("Urgent", "Bug")]
    assert await moderated.rename_etiquette(VILLE.id, bug, "Anomalie")
    assert not await moderated.rename_etiquette(VILLE.id, bug, "Urgent")
    assert not await moderated.rename_etiquette(VILLE.id + 1, bug, "Ailleurs")
    await moderated.attach(1, [a.cle], VILLE.id, bug)
    await moderated.attach(1, [a.cle], VILLE.id, urgent)
    assert not await moderated.delete_etiquette(VILLE.id + 1, bug)
    assert (await one(moderated, a.cle)).etiquettes == {urgent, bug}
    assert await moderated.delete_etiquette(VILLE.id, bug)
    assert (await one(moderated, a.cle)).etiquettes == {urgent}
    frame = await moderated.frame(wanted(), VILLE.id, 1)
    assert frame.etiquettes == [Etiquette(urgent, "Urgent")]


async def test_labels_are_counted_by_month_without_what_is_set_aside(
    moderated: Moderated,
) -> None:
    month = 31 * 24 * 60 * MINUTE
    old, a, b, spam = (a_state(n, ms=NOON - n * month, verbatim="x") for n in (3, 1, 1, 0))
    b = b._replace(cle=a_state(50).cle)
    await moderated.record([old, a, b, spam])
    id = await moderated.add_etiquette(VILLE.id, "Urgent")
    await moderated.attach(1, [old.cle, a.cle, b.cle, spam.cle], VILLE.id, id)
    await moderated.set_aside_all(1, [spam.cle], "spam")
    assert await moderated.labelled(1, a.recu_le) == [Labelled("2026-10", id, 2)]
    assert await moderated.labelled(1, "") == [
        Labelled("2026-08", id, 1), Labelled("2026-10", id, 2),
    ]  # fmt: skip


# What is taken out


async def test_spam_leaves_the_counters_and_comes_back(moderated: Moderated) -> None:
    batch = [*said("a", "b"), a_state(3, verbatim="c", ecarte=PIEGE)]
    await moderated.record(batch)
    all_of_them = [avis.cle for avis in batch]
    assert await moderated.set_aside_all(1, all_of_them, "spam") == 2
    assert await histogram(moderated) == {}
    assert (await one(moderated, batch[2].cle)).avis.ecarte == PIEGE
    assert await moderated.take_back_all(1, all_of_them) == 3
    assert await histogram(moderated) == {"avis": {1: 3}, "satisfaction": {3: 3}}
    assert await moderated.take_back_all(1, all_of_them) == 0
    await assert_counters_equal_a_recount(moderated)


async def test_a_comment_that_is_withdrawn_is_found_nowhere_and_still_counts(
    moderated: Moderated,
) -> None:
    a, b = said("Un imbécile a écrit.", "Un mot.")
    await moderated.record([a, b])
    before = await histogram(moderated)
    assert await moderated.withdraw(1, [a.cle, a_state(9).cle], "injure", JEANNE) == 1
    assert await moderated.withdraw(1, [a.cle], "injure", PAUL) == 0
    assert await looked_up(moderated, "imbécile") == []
    assert [avis.verbatim for avis in await everything(moderated, among(1))] == [None, "Un mot."]
    assert await keys(moderated, wanted()) == [b.cle]
    assert await keys(moderated, wanted(Selection((1,)), retire=True)) == [a.cle]
    shown = await one(moderated, a.cle)
    assert shown.retire == ("injure", *JEANNE, a.verbatim)
    [in_list] = await moderated.comments(wanted(Selection((1,)), retire=True), None, None, 9)
    assert in_list.retire == ("injure", *JEANNE, None)
    assert await histogram(moderated) == before
    assert await moderated.put_back(1, [a.cle, b.cle]) == 1
    assert await moderated.put_back(1, [a.cle]) == 0
    assert await looked_up(moderated, "imbécile") == [a.verbatim]
    assert (await one(moderated, a.cle)).retire is None
    await assert_counters_equal_a_recount(moderated)


async def test_a_passage_is_masked_for_good(moderated: Moderated, engine: Engine) -> None:
    [a] = said("Madame Durand a refusé.")
    await moderated.record([a])
    after = "Madame [passage masqué] a refusé."
    why: Motif = "donnees_personnelles"
    assert await moderated.mask(1, a.cle, str(a.verbatim), after, why, JEANNE)
    assert not await moderated.mask(1, a.cle, str(a.verbatim), "autre", why, PAUL)
    assert await looked_up(moderated, "Durand") == []
    assert await looked_up(moderated, "refusé") == [after]
    shown = await one(moderated, a.cle)
    assert shown.masque == (why, *JEANNE, None)
    for table in ("avis", "retrait", "suivi"):
        assert "Durand" not in repr(engine.rows(f"select * from {table}"))
    # Twice, then withdrawn and back: what was masked stays masked.
    again = "Madame [passage masqué] a [passage masqué]."
    assert await moderated.mask(1, a.cle, after, again, "injure", PAUL)
    assert await moderated.withdraw(1, [a.cle], "injure", PAUL) == 1
    assert await moderated.put_back(1, [a.cle]) == 1
    shown = await one(moderated, a.cle)
    assert (shown.avis.verbatim, shown.masque) == (again, ("injure", *PAUL, None))


@pytest.mark.parametrize("geste", ["withdraw", "mask"])
async def test_a_later_step_does_not_bring_back_what_a_person_took_out(
    moderated: Moderated, geste: str
) -> None:
    a, b = said("Un nom : Durand.", "Un autre : Durand.")
    assert await moderated.record([a, b]) == [STORED, STORED]
    if geste == "mask":
        await moderated.mask(1, a.cle, str(a.verbatim), "Un nom.", "injure", JEANNE)
    else:
        await moderated.withdraw(1, [a.cle], "injure", JEANNE)
    left = (await one(moderated, a.cle)).avis.verbatim
    later = [
        avis._replace(etape=2, notes={"satisfaction": 1}, verbatim="Durand, encore.")
        for avis in (a, b)
    ]
    assert await moderated.record(later) == [UPDATED, UPDATED]
    assert (await one(moderated, a.cle)).avis == later[0]._replace(verbatim=left)
    assert await looked_up(moderated, "encore") == ["Durand, encore."]  # the other avis
    assert await histogram(moderated) == {"avis": {1: 2}, "satisfaction": {1: 2}}
    # Put back, a comment may be changed again.
    if geste == "withdraw":
        await moderated.put_back(1, [a.cle])
        assert (await one(moderated, a.cle)).avis.verbatim == a.verbatim
        assert await moderated.record([later[0]._replace(etape=3)]) == [UPDATED]
        assert len(await looked_up(moderated, "encore")) == 2
    await assert_counters_equal_a_recount(moderated)


async def test_steps_and_moderators_at_once_lose_nothing(moderated: Moderated) -> None:
    batch = said(*(f"mot{n}" for n in range(8)))
    await moderated.record(batch)
    cles = [avis.cle for avis in batch]
    done = await asyncio.gather(
        moderated.withdraw(1, cles[:5], "injure", JEANNE),
        moderated.withdraw(1, cles[3:], "injure", PAUL),
        moderated.record([avis._replace(etape=2, verbatim="plus tard") for avis in batch]),
        moderated.set_aside_all(1, cles[::2], "spam"),
        moderated.mark(1, cles, "traite", PAUL),
    )
    assert done[0] + done[1] == 8
    assert await looked_up(moderated, "tard", statut="tous") == []
    assert await moderated.put_back(1, cles) == 8
    found = await everything(moderated, among(1, statut="tous"))
    # Each is one of the two that came in, whole.
    for avis, first in zip(found, batch, strict=True):
        assert avis.verbatim in (first.verbatim, "plus tard")
    assert [avis.ecarte for avis in found] == ["spam", None] * 4
    await assert_counters_equal_a_recount(moderated)


# Visits


async def test_what_is_new_is_what_came_since_the_last_visit(moderated: Moderated) -> None:
    a, b = said("a", "b")
    await moderated.record([a, b])
    assert (await moderated.frame(wanted(), VILLE.id, 1)).visite is None
    await moderated.visit(1, 1, b.recu_le, a.recu_le)
    frame = await moderated.frame(wanted(), VILLE.id, 1)
    assert frame.visite == (b.recu_le, a.recu_le)
    assert (await moderated.frame(wanted(), VILLE.id, 2)).visite is None
    assert await keys(moderated, wanted(depuis=a.recu_le)) == [b.cle]
    await moderated.visit(1, 1, EVER, b.recu_le)
    opened = await moderated.comment(1, a.cle, VILLE.id, 1)
    assert opened is not None
    assert opened.visite == (EVER, b.recu_le)
    assert await moderated.comment(1, a_state(77).cle, VILLE.id, 1) is None


# A store that moves


async def test_what_people_did_with_comments_moves_with_a_copy(
    moderated: Moderated, engine: Engine, tmp_path: Path
) -> None:
    other = "postgresql" if isinstance(engine, SqliteEngine) else "sqlite"
    a, b, c = said("Un imbécile !", "Durand.", "Merci.")
    await moderated.record([a, b, c])
    urgent = await moderated.add_etiquette(VILLE.id, "Urgent")
    await moderated.attach(1, [a.cle], VILLE.id, urgent)
    await moderated.withdraw(1, [a.cle], "injure", JEANNE)
    await moderated.mask(1, b.cle, "Durand.", "[passage masqué].", "injure", PAUL)
    await moderated.mark(1, [c.cle], "traite", PAUL)
    await moderated.visit(1, 1, EVER, b.recu_le)
    (tmp_path / "copie").mkdir()
    target = ENGINES[other](tmp_path / "copie").connect()
    assert isinstance(target, SqliteStore | PostgresStore)
    await target.open()
    try:
        await prepare(target)
        await copy(moderated, target, lambda _: None)
        for cle in (a.cle, b.cle, c.cle):
            assert await one(target, cle) == await one(moderated, cle)
        assert await target.frame(wanted(), VILLE.id, 1) == await moderated.frame(
            wanted(), VILLE.id, 1
        )
        assert await target.put_back(1, [a.cle]) == 1
        assert await target.add_etiquette(VILLE.id, "Autre") == urgent + 1
        # What was decided still holds.
        assert await target.record([b._replace(etape=2)]) == [UPDATED]
        assert (await one(target, b.cle)).avis.verbatim == "[passage masqué]."
    finally:
        await target.close()
