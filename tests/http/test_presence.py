"""What a collector has seen of its boutons, and nothing of who was there."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from tests.world import COURRIEL, FIN, NOON, SITE, World, a_jeton, an_avis

FORM = f"/f/{FIN.code}.json"


def seen(world: World, bouton: str = FIN.code) -> dict[tuple[str, str], int]:
    """The counters of a bouton, once they are written."""
    portal = world.client.portal
    assert portal is not None
    portal.call(world.client.app_state["parts"].presence.write)
    sql = f"select genre, valeur, n from presence where bouton = '{bouton}'"
    return {(genre, valeur): n for genre, valeur, n in world.rows(sql)}


def test_an_avis_tells_where_it_came_from_and_by_which_widget(world: World) -> None:
    first: Any = an_avis(widget="1.0.0")
    assert world.post(first).status_code == 201
    assert world.post({**first, "etape": 2}).status_code == 200
    assert world.post(first).status_code == 200
    assert seen(world) == {("avis", "www.exemple.fr"): 1, ("version", "1.0.0"): 1}


def test_the_questions_that_a_widget_was_given_tell_its_site(world: World) -> None:
    ahead = {"origin": SITE, "sec-purpose": "prefetch"}
    world.client.get(FORM, headers={"origin": SITE})
    world.client.head(FORM, headers={"origin": SITE})
    world.client.get(FORM, headers=ahead)
    world.client.get(f"/f/{FIN.code}")
    assert seen(world) == {("ouverture", "www.exemple.fr"): 1}


def test_a_site_that_is_not_on_the_list_is_named(world: World) -> None:
    """The widget of such a site is refused the questions, and never posts anything."""
    elsewhere = {"origin": "https://recette.exemple.fr:8443"}
    assert world.client.get(FORM, headers=elsewhere).status_code == 403
    assert world.post(an_avis(), **elsewhere).status_code == 403
    assert seen(world) == {
        ("refus", "origine_refusee"): 2,
        ("origine_refusee", "recette.exemple.fr:8443"): 2,
    }


def test_refusals_are_counted_by_their_codes(world: World) -> None:
    world.post(an_avis(jeton="faux"))
    world.post(an_avis(jeton=None) | {"jeton": a_jeton(FIN.code, NOON - 48 * 3_600_000)})
    world.post(an_avis(notes={}))
    world.post(an_avis(questionnaire="inconnu-1"))
    world.post(an_avis(), authorization="Bearer jdma_inconnu")
    assert seen(world) == {
        ("refus", "jeton_invalide"): 1,
        ("refus", "jeton_perime"): 1,
        ("refus", "avis_invalide"): 2,
        ("refus", "jeton_api_inconnu"): 1,
    }


def test_whoever_meets_a_closed_bouton_is_counted(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("collector.catalogue.FRESH_SECONDS", 0.0)
    asyncio.run(world.store.set_bouton_ouvert(COURRIEL.code, False))
    assert world.client.get(f"/f/{COURRIEL.code}").status_code == 410
    assert world.client.get(f"/f/{COURRIEL.code}.json").status_code == 200
    world.client.head(f"/f/{COURRIEL.code}")
    assert seen(world, COURRIEL.code) == {("refus", "bouton_ferme"): 2}


def test_the_form_as_a_page_is_counted_as_the_widget_is(world: World) -> None:
    own = {"origin": "http://127.0.0.1:8000"}
    fields = {
        "cle": an_avis()["cle"],
        "jeton": a_jeton(FIN.code),
        "questionnaire": "standard-1",
        "note.satisfaction": "3",
    }
    page = f"/f/{FIN.code}"
    assert world.client.post(page, data=fields, headers=own).status_code == 303
    assert world.client.post(page, data=fields, headers=own).status_code == 303
    wrong = {**fields, "note.satisfaction": "9"}
    assert world.client.post(page, data=wrong, headers=own).status_code == 422
    assert world.client.post(page, data={**fields, "jeton": "x"}, headers=own).status_code == 403
    assert seen(world) == {
        ("avis", "localhost:8000"): 1,
        ("refus", "avis_invalide"): 1,
        ("refus", "jeton_invalide"): 1,
    }


def test_what_is_no_boutons_is_counted_nowhere(world: World) -> None:
    assert world.post({**an_avis(), "bouton": "zzzzzz"}).status_code == 404
    assert world.client.get("/f/zzzzzz.json", headers={"origin": SITE}).status_code == 404
    assert world.post(b"{").status_code == 400
    seen(world)
    assert world.rows("select * from presence") == []


def test_nothing_of_a_person_is_kept(world: World) -> None:
    """Neither the address they come from, nor what their browser says of itself."""
    who = {
        "user-agent": "Navigateur-de-Jeanne/1.0",
        "referer": f"{SITE}/dossier/jeanne",
        "x-forwarded-for": "203.0.113.7",
        "cookie": "moi=jeanne",
    }
    world.client.get(FORM, headers={"origin": SITE, **who})
    world.post(an_avis(), **who)
    world.post(an_avis(), **{**who, "origin": "http://203.0.113.7"})
    assert seen(world)[("origine_refusee", "adresse IP")] == 1
    kept = str(world.rows("select * from presence"))
    for trace in ("Navigateur", "jeanne", "203.0.113.7", "testclient", "dossier"):
        assert trace not in kept
