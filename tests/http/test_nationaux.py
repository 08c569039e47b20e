"""The addresses and the pictures of the national button, under our own host name."""

from __future__ import annotations

import asyncio
import gzip
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree

import pytest

from collector.domain import Bouton
from collector.national.images import IMAGES
from collector.store.sqlite import SqliteStore
from tests.browser.test_contrast import DARK, SHAPE, TEXT, contrast
from tests.durability.test_exchange import jdma
from tests.http.html import parse, plain
from tests.http.problems import problem
from tests.world import AILLEURS, CARTE, COURRIEL, FIN, World, a_world, an_avis

PERSON = {"accept": "text/html"}
NUMBERED = Bouton("n9m8k7", 2, "En bas de page", externe="900")


async def more_numbers(store: SqliteStore) -> None:
    """The second démarche has a number, and two boutons that have; the third has no bouton."""
    cachee = await store.load_catalogue()
    await store.change_demarche(replace(cachee.demarches[2], externes=("77", "xwiki_9")))
    await store.change_demarche(replace(cachee.demarches[3], externes=("88",)))
    await store.add_bouton(NUMBERED)
    await store.add_bouton(replace(NUMBERED, code="z2z2z2", libelle="Fermé", externe="901"))
    await store.set_bouton_ouvert("z2z2z2", False)


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    with a_world(tmp_path_factory.mktemp("nationaux")) as made:
        asyncio.run(more_numbers(made.store))
        yield made.numbered()


def led(world: World, address: str) -> str:
    answer = world.client.get(address)
    assert answer.status_code == 302, address
    return str(answer.headers["location"])


@pytest.mark.parametrize(
    ("address", "page"),
    [
        ("/Demarches/1234?button=5678", f"/f/{FIN.code}"),
        ("/Demarches/77?button=900", f"/f/{NUMBERED.code}"),
        ("/Demarches/en/77?button=900", f"/f/{NUMBERED.code}?lang=en"),
        ("/Demarches/es/1234?button=5678", f"/f/{FIN.code}?lang=es"),
        ("/Demarches/1234?button=5678&lang=en", f"/f/{FIN.code}?lang=en"),
        # By the form: its own number, the button's, or the démarche's where nothing else is known.
        ("/Demarches/avis/456?button=5678", f"/f/{FIN.code}"),
        ("/Demarches/avis/1234?button=900", f"/f/{NUMBERED.code}"),
        ("/Demarches/en/avis/456", f"/f/{COURRIEL.code}?lang=en"),
        ("/Demarches/avis/77", f"/f/{AILLEURS.code}"),
        # As the oldest buttons have it: the name of the button, whose accents do not matter.
        (
            "/Demarches/xwiki_9?&view-mode=formulaire-avis&nd_source=en%20BAS%20de%20page&key=x",
            f"/f/{NUMBERED.code}",
        ),
        ("/Demarches/77?nd_source=button", f"/f/{AILLEURS.code}"),
        # A button nobody entered: an open one, and first of all one that stands for no place.
        ("/Demarches/1234?button=1", f"/f/{COURRIEL.code}"),
        ("/Demarches/77", f"/f/{AILLEURS.code}"),
        # What is known to be closed is not answered at another place.
        ("/Demarches/77?button=901", "/f/z2z2z2"),
    ],
)
def test_an_address_of_a_national_button_leads_to_its_form(
    world: World, address: str, page: str
) -> None:
    assert led(world, address) == page


def test_whoever_follows_it_answers_and_is_counted_once(tmp_path: Path) -> None:
    with a_world(tmp_path) as made:
        world = made.numbered()
        answer = world.client.get("/Demarches/1234?button=5678", follow_redirects=True)
        assert answer.status_code == 200
        assert CARTE.titre in answer.text
        assert world.client.head("/Demarches/1234?button=5678").status_code == 302
        assert world.client.head(led(world, "/Demarches/1234")).status_code == 200
        assert world.post(an_avis()).status_code == 201  # openings are written with what comes
        assert world.histogram("ouverture") == {1: 1}


def test_a_closed_button_and_an_archived_demarche_say_so(tmp_path: Path) -> None:
    with a_world(tmp_path) as made:
        world = made.numbered()
        asyncio.run(world.store.set_demarche_archivee(CARTE.id, True))
        world.client.app_state["parts"].catalogue.look_again()
        for button in ("5678", "1"):
            answer = world.client.get(
                f"/Demarches/1234?button={button}", headers=PERSON, follow_redirects=True
            )
            assert answer.status_code == 410
            assert "ne recueille plus d’avis" in answer.text
            assert "Merci d’avoir voulu nous aider." in plain(answer.text)


def test_a_redirect_keeps_the_prefix_and_may_be_kept_a_minute(tmp_path: Path) -> None:
    with a_world(tmp_path, public_url="https://www.exemple.fr/avis") as made:
        answer = made.numbered().client.get("/Demarches/1234?button=5678")
        assert answer.headers["location"] == f"/avis/f/{FIN.code}"
        assert answer.headers["cache-control"] == "public, max-age=60"


@pytest.mark.parametrize(
    "address", ["/Demarches/999?button=5678", "/Demarches/avis/999", "/Demarches/88"]
)
def test_a_number_nobody_has_says_whom_to_tell_and_is_no_dead_end(
    world: World, address: str
) -> None:
    problem(world.client.get(address), 404, "numero_inconnu")
    answer = world.client.get(address, headers=PERSON)
    page = parse(answer.text)
    assert (answer.status_code, answer.headers["cache-control"]) == (404, "no-store")
    assert page.one("h1").text == "Ce formulaire est introuvable"
    assert "Vous n’y êtes pour rien" in page.text
    assert "Vous pouvez revenir à la page d’où vous venez." in page.text
    assert page.text.index("Vous n’y êtes") < page.text.index("Pour qui gère ce site")
    assert page.one("p", **{"class": "page-suite"}).one("a").attrs["href"] == "/resultats/"


def test_the_language_of_an_address_is_that_of_its_refusal(world: World) -> None:
    french = {**PERSON, "accept-language": "fr"}
    english = parse(world.client.get("/Demarches/en/999", headers=french).text)
    assert english.one("h1").text == "This form cannot be found"
    assert "You did nothing wrong" in english.text
    assert "For whoever runs this site: No procedure that has a bouton" in english.text
    asked = parse(world.client.get("/Demarches/en/999?lang=fr", headers=french).text)
    assert asked.one("html").attrs["lang"] == "fr"
    unspoken = parse(world.client.get("/Demarches/es/999", headers=french).text)
    assert unspoken.one("html").attrs["lang"] == "fr"


def test_what_is_in_an_address_is_shown_as_text(world: World) -> None:
    answer = world.client.get("/Demarches/%3Cscript%3Ealert(1)%3C%2Fscript%3E", headers=PERSON)
    assert answer.status_code == 404
    assert "<script>alert" not in answer.text


def test_a_language_that_is_none_is_no_page(world: World) -> None:
    problem(world.client.get("/Demarches/zz/1234"), 404, "introuvable")


# The pictures


def picture(world: World, name: str) -> ElementTree.Element:
    return ElementTree.fromstring(world.client.get(f"/static/{name}.svg").content)


@pytest.mark.parametrize("name", IMAGES)
def test_a_picture_is_small_named_and_may_be_shown_anywhere(world: World, name: str) -> None:
    answer = world.client.get(f"/static/{name}.svg")
    assert answer.headers["content-type"] == "image/svg+xml"
    assert answer.headers["cache-control"].startswith("public, max-age=")
    assert answer.headers["cross-origin-resource-policy"] == "cross-origin"
    assert len(gzip.compress(answer.content, 9)) < 2_048
    again = {"if-none-match": answer.headers["etag"]}
    assert world.client.get(f"/static/{name}.svg", headers=again).status_code == 304
    svg = picture(world, name)
    assert (svg.attrib["width"], svg.attrib["height"]) == ("200", "85")
    assert svg.attrib["viewBox"] == "0 0 200 85"
    (title,) = (each for each in svg if each.tag.endswith("title"))
    assert title.text == "Je donne mon avis"
    assert svg.attrib["aria-labelledby"] == title.attrib["id"]


@pytest.mark.parametrize("name", IMAGES)
def test_its_words_stay_in_it_whatever_the_font(world: World, name: str) -> None:
    (text,) = (each for each in picture(world, name) if each.tag.endswith("text"))
    end = float(text.attrib["x"]) + float(text.attrib["textLength"])
    assert end < 200 - 8
    assert text.attrib["lengthAdjust"] == "spacingAndGlyphs"
    assert "url(" not in world.client.get(f"/static/{name}.svg").text


@pytest.mark.parametrize("name", IMAGES)
def test_a_picture_is_read_on_the_page_it_is_for(name: str) -> None:
    drawn, page = IMAGES[name], DARK["fond"] if name.endswith("sombre") else "#ffffff"
    assert contrast(drawn.trait, drawn.fond) >= TEXT
    assert max(contrast(drawn.bord, page), contrast(drawn.fond, page)) >= SHAPE


def test_a_picture_for_a_dark_page_would_be_seen_to_be_wrong_on_a_light_one() -> None:
    drawn = IMAGES["bouton-bleu-sombre"]
    assert max(contrast(drawn.bord, "#fff"), contrast(drawn.fond, "#fff")) < SHAPE


def test_a_picture_that_is_not_is_not_found(world: World) -> None:
    for name in ("bouton", "../bouton.svg", "bouton-bleu-clair.png"):
        assert world.client.get(f"/static/{name}.svg").status_code == 404


def test_the_colours_of_a_picture_are_those_that_were_measured(world: World) -> None:
    for name, colours in IMAGES.items():
        used = set(re.findall(r"#[0-9a-f]{3,6}\b", world.client.get(f"/static/{name}.svg").text))
        assert used == {colours.fond, colours.bord, colours.trait}


# Whose a number is


def run(*words: str, database: Path) -> tuple[int, str]:
    done = jdma(database, *words)
    return done.code, plain(done.out + done.err)


def test_a_number_is_given_once_on_the_command_line(tmp_path: Path) -> None:
    database = tmp_path / "avis.db"
    assert run("structure", "create", "Ville", database=database)[0] == 0
    one = ("demarche", "create", "une", "Une", "--structure=1", "--externe=12", "--externe=avis-3")
    assert run(*one, database=database)[0] == 0
    code, said = run(
        "demarche", "create", "autre", "Autre", "--structure=1", "--externe=12", database=database
    )
    assert (code, said) == (1, "jdma : le numéro « 12 » est déjà celui de la démarche « une ».")
    assert run("bouton", "create", "une", "--externe=5", database=database)[0] == 0
    code, said = run("bouton", "create", "une", "--externe=5", database=database)
    assert code == 1
    assert re.fullmatch(r"jdma : le numéro « 5 » est déjà celui du bouton « \w{6} ».", said)
    code, said = run("bouton", "create", "une", "--externe=a/b", database=database)
    assert (code, "il faut des lettres, des chiffres, - ou _" in said) == (1, True)


def test_a_number_of_a_catalogue_file_that_is_taken_is_refused(tmp_path: Path) -> None:
    un, deux = tmp_path / "un.db", tmp_path / "deux.db"
    for database, slug in ((un, "une"), (deux, "autre")):
        run("structure", "create", "Ville", database=database)
        run("demarche", "create", slug, "Une", "--structure=1", "--externe=12", database=database)
        run("bouton", "create", slug, "--externe=5", database=database)
    assert run("export", str(tmp_path / "sortie"), database=un)[0] == 0
    code, said = run("import", str(tmp_path / "sortie"), database=deux)
    assert (code, said) == (1, "jdma : Le numéro 12 de une est ici celui de autre.")
    trois = tmp_path / "trois.db"
    assert run("import", str(tmp_path / "sortie"), database=trois)[0] == 0
    assert run("export", str(tmp_path / "encore"), database=trois)[0] == 0
    first, second = (tmp_path / each / "catalogue.json" for each in ("sortie", "encore"))
    assert first.read_bytes() == second.read_bytes()
    assert '"externe": "5"' in first.read_text("utf-8")


def test_a_file_of_before_has_no_numbers_of_boutons(tmp_path: Path) -> None:
    un, deux = tmp_path / "un.db", tmp_path / "deux.db"
    run("structure", "create", "Ville", database=un)
    run("demarche", "create", "une", "Une", "--structure=1", database=un)
    run("bouton", "create", "une", database=un)
    run("export", str(tmp_path / "sortie"), database=un)
    catalogue = tmp_path / "sortie" / "catalogue.json"
    before = re.sub(r',\s*"externe": null', "", catalogue.read_text("utf-8"))
    catalogue.write_text(before, "utf-8")
    assert run("import", str(tmp_path / "sortie"), database=deux)[0] == 0
