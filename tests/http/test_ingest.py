"""POST /api/v1/avis: what is stored, updated, replayed."""

from __future__ import annotations

from tests.world import AILLEURS, COURRIEL, World, an_avis


def test_an_avis_is_stored_and_counted(world: World) -> None:
    answer = world.post(an_avis(notes={"satisfaction": 3, "effort": 4}, verbatim="Simple."))
    assert answer.status_code == 201
    assert world.histogram() == {3: 1}
    assert world.histogram("effort") == {4: 1}
    assert world.histogram("avis") == {1: 1}
    assert world.rows("select verbatim, jour from avis") == [("Simple.", "2026-11-22")]


def test_a_replayed_avis_is_counted_once(world: World) -> None:
    body = an_avis()
    assert world.post(body).status_code == 201
    assert world.post(body).status_code == 200
    assert world.histogram() == {3: 1}


def test_a_later_step_replaces_the_state_and_moves_the_counters(world: World) -> None:
    body = an_avis(notes={"satisfaction": 1})
    world.post(body)
    later = {**body, "etape": 2, "notes": {"satisfaction": 3, "clarte": 5}, "verbatim": "Mieux."}
    assert world.post(later).json() == {"resultat": "mis_a_jour"}
    assert world.histogram() == {3: 1}
    assert world.histogram("clarte") == {5: 1}


def test_an_older_step_changes_nothing(world: World) -> None:
    body = an_avis(etape=5)
    world.post(body)
    assert world.post({**body, "etape": 4, "notes": {"satisfaction": 1}}).status_code == 200
    assert world.histogram() == {3: 1}


def test_after_an_hour_an_avis_no_longer_changes_but_a_replay_is_still_200(world: World) -> None:
    body = an_avis()
    world.post(body)
    world.clock.advance(hours=1, seconds=1)
    late = world.post({**body, "etape": 2, "notes": {"satisfaction": 1}})
    assert (late.status_code, late.json()["code"]) == (409, "delai_depasse")
    assert world.post(body).status_code == 200
    assert world.histogram() == {3: 1}


def test_one_cle_on_two_boutons_of_a_demarche_is_refused(world: World) -> None:
    body = an_avis()
    world.post(body)
    answer = world.post({**an_avis(COURRIEL), "cle": body["cle"]}, origin="http://127.0.0.1:8000")
    assert (answer.status_code, answer.json()["code"]) == (422, "cle_deja_prise")
    assert world.count() == 1


def test_one_cle_in_two_demarches_is_two_avis_that_do_not_touch(world: World) -> None:
    body = an_avis()
    world.post(body)
    assert world.post({**an_avis(AILLEURS), "cle": body["cle"]}).status_code == 201
    assert world.count() == 2
    assert world.histogram() == {3: 2}
