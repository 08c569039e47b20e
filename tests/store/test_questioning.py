"""Drafts, whose questionnaires are, and since when each was in force, on every engine."""

from __future__ import annotations

import json
from pathlib import Path
from typing import cast

import pytest

from collector.catalogue import shipped_texts
from collector.exchange.copying import copy
from collector.store.contract import Store, StoreError
from collector.store.questioning import (
    Ecrit,
    EnVigueur,
    Propriete,
    Publie,
    Questioning,
    QuestioningStore,
)
from collector.store.sqlite import SqliteStore
from tests.store.engines import Engine
from tests.store.test_contract import a_state
from tests.world import CARTE, LONGUE, VILLE

pytestmark = pytest.mark.anyio

ONE = "2026-11-22T10:00:00.000Z"
TWO = "2026-11-22T11:00:00.000Z"
WORDS = json.dumps({"id": "montclair-1", "titre": {"fr": "Le nôtre"}, "dimensions": []})
SHIPPED = json.loads(shipped_texts()["standard-1"])
FIRST = EnVigueur("standard-1", "", "")
OURS = Publie("montclair-1", WORDS, VILLE.id, CARTE.id, "standard-1", ONE, "compte 1")


@pytest.fixture
def questions(store: Store) -> QuestioningStore:
    return cast(QuestioningStore, store)


async def known(questions: QuestioningStore, demarche_id: int = CARTE.id) -> Questioning:
    return await questions.questioning(demarche_id)


async def lines(questions: QuestioningStore, demarche_id: int = CARTE.id) -> list[EnVigueur]:
    """What was noted, as it was given."""
    return [line._replace(nom="") for line in (await known(questions, demarche_id)).en_vigueur]


async def asked(questions: QuestioningStore) -> str:
    return (await questions.load_catalogue()).demarches[CARTE.id].questionnaire


# Drafts


async def test_a_draft_is_kept_as_it_was_last_written(questions: QuestioningStore) -> None:
    first, second = Ecrit('{"a": 1}', "x", ONE), Ecrit('{"a": "é"}', "y", TWO)
    version = await questions.catalogue_version()
    assert (await known(questions)).brouillon is None
    assert await questions.save_draft(CARTE.id, first)
    assert await questions.save_draft(CARTE.id, second, ONE)
    assert (await known(questions)).brouillon == second._replace(nom="y")
    assert (await known(questions, LONGUE.id)).brouillon is None
    assert await questions.catalogue_version() == version


async def test_nobody_writes_over_what_another_wrote_meanwhile(questions: QuestioningStore) -> None:
    mine, theirs = Ecrit("{}", "x", ONE), Ecrit("[]", "y", TWO)
    assert not await questions.save_draft(CARTE.id, mine, ONE)
    assert await questions.save_draft(CARTE.id, theirs)
    assert not await questions.save_draft(CARTE.id, mine)
    assert not await questions.save_draft(CARTE.id, mine, ONE)
    assert not await questions.drop_draft(CARTE.id, ONE)
    assert (await known(questions)).brouillon == theirs._replace(nom="y")
    assert await questions.drop_draft(CARTE.id, TWO)
    assert (await known(questions)).brouillon is None


# In force


async def test_a_change_is_noted_with_what_was_asked_before(questions: QuestioningStore) -> None:
    assert await lines(questions) == []
    easy, back = EnVigueur("standard-facile-1", ONE, "x"), EnVigueur("standard-1", TWO, "y")
    version = await questions.catalogue_version()
    assert await questions.put_in_force(CARTE.id, easy, "standard-1")
    assert await asked(questions) == "standard-facile-1"
    assert await questions.put_in_force(CARTE.id, back, "standard-facile-1")
    assert await asked(questions) == "standard-1"
    assert await lines(questions) == [FIRST, easy, back]
    assert await lines(questions, LONGUE.id) == []
    assert await questions.catalogue_version() == version + 2


async def test_what_is_no_change_or_of_another_state_changes_nothing(
    questions: QuestioningStore,
) -> None:
    version = await questions.catalogue_version()
    easy = EnVigueur("standard-facile-1", ONE, "x")
    assert not await questions.put_in_force(CARTE.id, easy, "satisfaction-seule-1")
    assert not await questions.put_in_force(CARTE.id, FIRST._replace(depuis=ONE), "standard-1")
    assert (await asked(questions), await lines(questions)) == ("standard-1", [])
    assert await questions.catalogue_version() == version


async def test_of_two_changes_in_one_instant_the_last_is_told(questions: QuestioningStore) -> None:
    await questions.put_in_force(CARTE.id, EnVigueur("standard-facile-1", ONE, "x"), "standard-1")
    last = EnVigueur("satisfaction-seule-1", ONE, "y")
    assert await questions.put_in_force(CARTE.id, last, "standard-facile-1")
    assert await lines(questions) == [FIRST, last]


async def test_an_account_is_told_by_its_name_and_another_as_it_was_noted(
    questions: QuestioningStore, engine: Engine
) -> None:
    columns = "id, courriel, nom, cree_le"
    engine.execute(f"insert into compte ({columns}) values (7, 'c', 'Claude', '{ONE}')")
    easy = EnVigueur("standard-facile-1", ONE, "compte 7")
    await questions.put_in_force(CARTE.id, easy, "standard-1")
    back = EnVigueur("standard-1", TWO, "ligne de commande")
    await questions.put_in_force(CARTE.id, back, "standard-facile-1")
    await questions.save_draft(CARTE.id, Ecrit("{}", "compte 7", ONE))
    found = await known(questions)
    assert [line.nom for line in found.en_vigueur] == ["", "Claude", "ligne de commande"]
    assert found.brouillon == Ecrit("{}", "compte 7", ONE, "Claude")


async def test_the_first_month_of_each_questionnaire_is_that_of_counted_avis(store: Store) -> None:
    questions = cast(QuestioningStore, store)
    assert (await known(questions)).mois == {}
    easy = a_state(3, questionnaire="standard-facile-1", jour="2026-10-01")
    await store.record([a_state(1, jour="2026-09-30"), a_state(2, jour="2026-08-01"), easy])
    first = {"standard-1": "2026-08", "standard-facile-1": "2026-10"}
    assert (await known(questions)).mois == first
    await store.set_aside(CARTE.id, a_state(2).cle, "spam")
    assert (await known(questions)).mois == {**first, "standard-1": "2026-09"}


# Published


async def test_what_is_published_is_known_owned_and_in_force_and_its_draft_is_over(
    store: Store,
) -> None:
    questions = cast(QuestioningStore, store)
    await questions.save_draft(CARTE.id, Ecrit("{}", "x", ONE))
    version = await questions.catalogue_version()
    assert await questions.publish(OURS)
    assert (await store.questionnaire_texts())["montclair-1"] == WORDS
    assert await asked(questions) == "montclair-1"
    assert await lines(questions) == [FIRST, EnVigueur("montclair-1", ONE, "compte 1")]
    found = await known(questions)
    assert found.proprietes == {"montclair-1": Propriete(VILLE.id, ONE, "compte 1")}
    assert found.brouillon is None
    assert await questions.catalogue_version() == version + 1


async def test_a_questionnaire_that_is_there_is_never_changed(store: Store) -> None:
    questions = cast(QuestioningStore, store)
    await questions.save_draft(CARTE.id, Ecrit("{}", "x", ONE))
    before, words = await known(questions), await store.questionnaire_texts()
    assert not await questions.publish(OURS._replace(id="standard-1"))
    assert await store.questionnaire_texts() == words
    assert await known(questions) == before


async def test_publishing_that_breaks_half_way_has_done_nothing(store: Store) -> None:
    """All in one transaction: a structure that is not there is found out after the first step."""
    questions = cast(QuestioningStore, store)
    with pytest.raises(StoreError):
        await questions.publish(OURS._replace(structure_id=99))
    assert "montclair-1" not in await store.questionnaire_texts()
    assert await asked(questions) == "standard-1"


async def test_a_copy_takes_all_of_it_along(store: Store, tmp_path: Path) -> None:
    questions = cast(QuestioningStore, store)
    await questions.publish(OURS._replace(contenu=json.dumps(SHIPPED | {"id": OURS.id})))
    await questions.save_draft(LONGUE.id, Ecrit("{}", "x", TWO))
    target = SqliteStore(tmp_path / "copie.db")
    await target.open()
    await target.migrate()
    await copy(store, target, lambda _: None)
    for id in (CARTE.id, LONGUE.id):
        assert await target.questioning(id) == await questions.questioning(id)
    assert await asked(target) == OURS.id
    await target.close()
