"""One avis, from a click on a page to a figure."""

from __future__ import annotations

import csv
import io
import re
from pathlib import Path

from playwright.sync_api import Page, Route, expect

from tests.browser.stage import (
    Host,
    Place,
    Traffic,
    a_database,
    choose,
    comment,
    dialog,
    level,
    open_dialog,
    opener,
    send_button,
    thanks,
)
from tests.world import a_server


def test_a_rating_moves_the_public_figure(page: Page, place: Place) -> None:
    place.record(11, satisfaction=1)
    assert place.scores()["dimensions"][0]["affiche"] == "0,0"
    page.goto(place.on_a_page())
    open_dialog(page)
    choose(page, "Bien")
    satisfaction = place.scores()["dimensions"][0]
    assert (satisfaction["n"], satisfaction["affiche"]) == (12, "0,8")
    assert satisfaction["effectifs"] == [11, 0, 1]


def test_promise_6_the_page_the_api_and_the_file_show_the_same_figures(
    page: Page, place: Place
) -> None:
    place.record(7, satisfaction=3)
    place.record(5, satisfaction=2)
    total = place.scores()
    page.goto(place.results)
    expect(page.locator(".page-n")).to_have_text(str(total["avis"]))
    card = page.locator(".page-carte").first
    expect(card.locator(".page-valeur strong")).to_have_text(total["dimensions"][0]["affiche"])
    counts = card.locator("tbody td:last-child").all_inner_texts()
    assert [int(n) for n in counts] == total["dimensions"][0]["effectifs"] == [0, 5, 7]
    link = page.get_by_role("link", name="Ces chiffres en JSON").get_attribute("href")
    assert page.request.get(f"{place.server.url}{link}").json()["total"] == total
    link = page.get_by_role("link", name="Ces chiffres en CSV").get_attribute("href")
    file = page.request.get(f"{place.server.url}{link}").text()
    row = next(row for row in csv.DictReader(io.StringIO(file)) if row["portee"] == "total")
    assert [int(n) for n in row["effectifs"].split()] == total["dimensions"][0]["effectifs"]
    assert float(row["note_sur_10"]) == total["dimensions"][0]["note_sur_10"]


def test_the_first_click_is_stored_and_the_comment_joins_it(page: Page, place: Place) -> None:
    traffic = Traffic(page)
    page.goto(place.on_a_page())
    open_dialog(page)
    choose(page, "Bien")
    [(cle, etape, notes, verbatim)] = place.avis()
    assert (etape, notes, verbatim) == (1, {"satisfaction": 3}, None)
    level(page, "Plutôt facile").click()
    comment(page).fill("Simple et rapide.")
    send_button(page).click()
    expect(thanks(page)).to_be_visible()
    assert place.avis() == [(cle, 2, {"satisfaction": 3, "effort": 4}, "Simple et rapide.")]
    assert place.histogram() == {3: 1}
    assert place.histogram("avis") == {1: 1}
    assert [avis["etape"] for avis in traffic.posted()] == [1, 2]


def test_changing_ones_mind_moves_the_count(page: Page, place: Place) -> None:
    page.goto(place.on_a_page())
    open_dialog(page)
    choose(page, "Mal")
    assert place.histogram() == {1: 1}
    with page.expect_response("**/api/v1/avis"):
        level(page, "Bien").click()
    assert place.histogram() == {3: 1}


def test_a_double_click_sends_one_avis(page: Page, place: Place) -> None:
    traffic = Traffic(page)
    page.goto(place.on_a_page())
    open_dialog(page)
    level(page, "Bien").dblclick()
    page.locator(".avis-note .avis-succes").wait_for()
    send_button(page).dblclick()
    expect(thanks(page)).to_be_visible()
    assert [avis["etape"] for avis in traffic.posted()] == [1, 2]
    assert place.notes() == [{"satisfaction": 3}]


def test_a_reload_halfway_keeps_the_first_click_counted_once(page: Page, place: Place) -> None:
    page.goto(place.on_a_page())
    open_dialog(page)
    choose(page, "Bien")
    page.reload()
    expect(opener(page)).to_be_visible()
    assert place.histogram() == {3: 1}
    assert place.histogram("avis") == {1: 1}


def test_closing_and_opening_again_keeps_what_was_typed(page: Page, place: Place) -> None:
    page.goto(place.on_a_page())
    open_dialog(page)
    comment(page).fill("À moitié écrit")
    page.get_by_role("button", name="Fermer").click()
    expect(dialog(page)).to_be_hidden()
    opener(page).click()
    expect(comment(page)).to_have_value("À moitié écrit")
    assert place.avis() == []


def test_a_click_beside_closes_only_a_form_nobody_touched(page: Page, place: Place) -> None:
    page.goto(place.on_a_page())
    open_dialog(page)
    page.mouse.click(5, 5)
    expect(dialog(page)).to_be_hidden()
    open_dialog(page)
    choose(page, "Bien")
    page.mouse.click(5, 5)
    expect(dialog(page)).to_be_visible()


def test_the_second_click_of_a_double_one_does_not_take_the_thanks_away(
    page: Page, place: Place
) -> None:
    page.goto(place.on_a_page())
    open_dialog(page)
    choose(page, "Bien")
    send_button(page).click()
    expect(thanks(page)).to_be_visible()
    # The pointer has not moved, and is beside the panel now: the thanks are shorter than the form.
    page.mouse.down(click_count=2)
    page.mouse.up(click_count=2)
    expect(thanks(page)).to_be_visible()
    page.mouse.down()
    page.mouse.up()
    expect(dialog(page)).to_be_hidden()


def test_thanks_stay_until_they_are_closed_and_the_next_avis_is_another(
    page: Page, place: Place
) -> None:
    page.goto(place.on_a_page())
    for _ in range(2):
        open_dialog(page)
        choose(page, "Bien")
        send_button(page).click()
        expect(thanks(page)).to_be_visible()
        expect(page.locator(".avis-etat")).to_be_focused()
        page.get_by_role("button", name="Fermer").click()
        page.reload()
    assert len({cle for cle, *_ in place.avis()}) == 2


def test_a_missing_answer_is_named_and_takes_the_focus(page: Page, place: Place) -> None:
    page.goto(place.on_a_page())
    open_dialog(page)
    send_button(page).click()
    expect(page.locator("p#avis-erreur-satisfaction")).to_have_text(
        "Choisissez une réponse à cette question."
    )
    expect(level(page, "Mal")).to_be_focused()
    group = page.get_by_role("radiogroup").first
    expect(group).to_have_attribute("aria-invalid", "true")
    expect(group).to_have_attribute("aria-describedby", "avis-erreur-satisfaction")
    level(page, "Mal").check()
    expect(page.locator("p#avis-erreur-satisfaction")).to_have_count(0)


def test_a_lost_answer_is_asked_for_again_and_counted_once(page: Page, place: Place) -> None:
    traffic = Traffic(page)
    lost: list[int] = []

    def lose_the_first(route: Route) -> None:
        if lost:
            return route.continue_()
        lost.append(route.fetch().status)
        return route.abort()

    page.route("**/api/v1/avis", lose_the_first)
    page.goto(place.on_a_page())
    open_dialog(page)
    choose(page, "Bien")
    assert lost == [201]
    first, again = traffic.posted()
    assert first == again
    assert place.notes() == [{"satisfaction": 3}]
    assert place.histogram() == {3: 1}


def test_when_the_collector_is_down_the_person_is_told_and_tries_again(
    page: Page, host: Host, tmp_path: Path
) -> None:
    path, made = a_database(tmp_path, host.origin, 1)
    [(id, slug)] = made.items()
    with a_server(path) as server:
        place = Place(server, host, id, slug)
        page.goto(place.on_a_page())
        open_dialog(page)
        server.kill()
        level(page, "Bien").click()
        failure = page.locator(".avis-note .avis-echec")
        expect(failure).to_contain_text("Nous ne savons pas si votre avis est enregistré.")
        onward = re.compile(re.escape(place.form) + r"\?cle=[0-9a-f-]{36}&satisfaction=3")
        expect(failure.get_by_role("link")).to_have_attribute("href", onward)
        assert place.avis() == []
    with a_server(path, port=int(server.url.rpartition(":")[2])):
        failure.get_by_role("button", name="Réessayer").click()
        page.locator(".avis-note .avis-succes").wait_for()
        expect(failure).to_have_count(0)
        assert place.notes() == [{"satisfaction": 3}]
        assert place.histogram() == {3: 1}


def test_a_closed_bouton_says_so_and_asks_nothing(page: Page, place: Place) -> None:
    page.goto(place.on_a_page(place.ferme))
    opener(page).click()
    expect(page.locator(".avis-fin")).to_contain_text(
        "Cette démarche ne recueille plus d’avis.Merci d’avoir voulu nous aider."
    )
    expect(page.get_by_role("radio")).to_have_count(0)
    assert place.histogram("ouverture") == {}
