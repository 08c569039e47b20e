"""Public figures: the same on the page and in the API, and none that points at a person."""

from __future__ import annotations

import asyncio
import json
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import asdict
from datetime import datetime
from itertools import pairwise
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import jsonschema_rs
import pytest

from collector.config import resource
from collector.domain import PARIS, Avis, Bouton, Cell, Demarche, new_cle
from collector.rendering import make_templates
from collector.scores import Thresholds, score
from tests.http.html import parse, table_rows
from tests.http.problems import LANGUES, problem
from tests.world import (
    AILLEURS,
    CACHEE,
    CARTE,
    COURRIEL,
    FIN,
    LONGUE,
    NOON,
    World,
    a_world,
    an_avis,
)

ADDRESS = f"/api/v1/demarches/{CARTE.slug}/scores"
PAGE = f"/resultats/{CARTE.slug}"
FILTERS = make_templates("", "").filters
SCHEMA = json.loads(resource("schemas", "scores.v1.json").read_text("utf-8"))

Figures = dict[str, Any]


def figures(world: World, query: str = "", address: str = ADDRESS) -> Figures:
    answer = world.client.get(f"{address}{query}")
    assert answer.status_code == 200
    found: Figures = answer.json()
    jsonschema_rs.validate(SCHEMA, found)
    return found


def record(
    world: World,
    jour: str,
    levels: Mapping[int, int],
    bouton: Bouton = FIN,
    questionnaire: str = "standard-1",
    **notes: int,
) -> None:
    """So many avis of each level of satisfaction on one day."""
    batch = [
        Avis(
            demarche_id=bouton.demarche_id,
            cle=new_cle(NOON),
            bouton=bouton.code,
            questionnaire=questionnaire,
            etape=1,
            recu_le=f"{jour}T12:00:00.000Z",
            jour=jour,
            notes={"satisfaction": level, **notes},
        )
        for level, n in levels.items()
        for _ in range(n)
    ]
    asyncio.run(world.store.record(batch))


def opened(world: World, jour: str, n: int) -> None:
    cell = Cell(CARTE.id, FIN.code, jour, "standard-1", "ouverture", 1)
    asyncio.run(world.store.record([], {cell: n}))


def mesure(tranche: Figures, dimension: str = "satisfaction") -> Figures:
    found: Figures = next(m for m in tranche["dimensions"] if m["dimension"] == dimension)
    return found


def by_month(found: Figures) -> dict[str, Figures]:
    return {tranche["du"][:7]: tranche for tranche in found["periodes"]}


# What figures say


def test_posted_answers_become_the_figures_of_their_histogram(world: World) -> None:
    levels = [1] * 4 + [2] * 3 + [3] * 14
    for level in levels:
        assert world.post(an_avis(notes={"satisfaction": level, "effort": 5})).status_code == 201
    total = figures(world)["total"]
    n = Counter(levels)
    expected = json.loads(json.dumps(asdict(score([n[1], n[2], n[3]], Thresholds()))))
    found = mesure(total)
    assert {name: found[name] for name in expected} == expected
    assert found["effectifs"] == [4, 3, 14]
    assert found["questionnaires"] == ["standard-1"]
    assert mesure(total, "effort")["effectifs"] == [0, 0, 0, 0, 21]
    assert (total["avis"], total["retenu"], total["en_cours"]) == (21, False, True)
    assert (mesure(total, "clarte")["retenu"], mesure(total, "clarte")["n"]) == (True, None)


def test_what_is_set_aside_is_in_no_figure(world: World) -> None:
    record(world, "2026-11-02", {3: 12})
    for _ in range(5):
        world.post(an_avis(notes={"satisfaction": 1}, site_web="x"))
    assert mesure(figures(world)["total"])["effectifs"] == [0, 0, 12]


@pytest.mark.parametrize(
    ("given", "classe"),
    [
        ({}, "insuffisant"),
        ({"class_minimum": "12"}, "moyen"),
        ({"class_minimum": "12", "class_bon": "7.5"}, "bon"),
        ({"class_minimum": "12", "class_moyen": "7.6"}, "faible"),
        ({"class_minimum": "13"}, "insuffisant"),
    ],
)
def test_a_class_is_given_from_the_thresholds_of_the_settings(
    tmp_path: Path, given: dict[str, str], classe: str
) -> None:
    with a_world(tmp_path, **given) as world:
        record(world, "2026-11-02", {1: 3, 3: 9})
        assert mesure(figures(world)["total"])["classe"] == classe


def test_openings_are_shown_with_the_avis_they_led_to(world: World) -> None:
    record(world, "2026-11-02", {3: 20})
    opened(world, "2026-11-01", 50)
    total = figures(world)["total"]
    assert (total["ouvertures"], total["taux_ouverture_avis"]) == (50, 0.4)


def test_by_default_the_twelve_months_up_to_now(world: World) -> None:
    record(world, "2025-11-30", {3: 20})  # a day too old
    record(world, "2025-12-01", {3: 20})
    record(world, "2026-11-30", {3: 20})
    found = figures(world)
    total = found["total"]
    assert (total["du"], total["au"], total["avis"]) == ("2025-12-01", "2026-11-30", 40)
    assert (found["pas"], found["bouton"], found["periodes"]) == (None, None, [])


@pytest.mark.parametrize(
    ("query", "steps"),
    [
        ("pas=mois", 12),
        ("pas=trimestre", 5),
        ("pas=annee", 2),
        ("du=2026-01-01&au=2026-12-31&pas=trimestre", 4),
        ("du=2026-02-01&au=2026-02-28&pas=mois", 1),
        ("du=2024-02-01&au=2024-02-29", 0),
        ("du=2026-04-01&au=2026-06-30&pas=mois", 3),
    ],
)
def test_a_period_comes_in_the_steps_asked_for(world: World, query: str, steps: int) -> None:
    record(world, "2026-05-31", {3: 20})
    found = figures(world, f"?{query}")
    assert len(found["periodes"]) == steps
    days = [(p["du"], p["au"]) for p in found["periodes"]]
    if days:
        assert (days[0][0], days[-1][1]) == (found["total"]["du"], found["total"]["au"])
        assert all(a[1] < b[0] for a, b in pairwise(days))


def test_one_bouton_can_be_looked_at_alone(world: World) -> None:
    record(world, "2026-11-02", {3: 12})
    record(world, "2026-11-02", {1: 15}, COURRIEL)
    assert figures(world)["total"]["avis"] == 27
    found = figures(world, f"?bouton={COURRIEL.code}")
    assert (found["bouton"], mesure(found["total"])["effectifs"]) == (COURRIEL.code, [15, 0, 0])
    assert (found["pas"], found["periodes"]) == (None, [])


def test_a_bouton_nobody_used_takes_the_other_with_it(world: World) -> None:
    record(world, "2026-11-02", {3: 120})
    assert figures(world)["total"]["avis"] == 120
    for bouton in (FIN, COURRIEL):
        assert figures(world, f"?bouton={bouton.code}")["total"]["retenu"]


def test_an_avis_is_counted_on_its_day_in_paris(world: World) -> None:
    for month in range(1, 11):
        record(world, f"2026-{month:02}-02", {2: 30})
    midnight = int(datetime(2026, 12, 1, tzinfo=PARIS).timestamp() * 1000)
    for ms, level in ((midnight - 1, 1), (midnight, 3)):
        world.clock.ms = ms
        for _ in range(11):
            world.post(an_avis(clock_ms=ms, notes={"satisfaction": level}))
    november = figures(world, "?du=2026-11-01&au=2026-11-30")["total"]
    december = figures(world, "?du=2026-12-01&au=2026-12-31")["total"]
    assert mesure(november)["effectifs"] == [11, 0, 0]
    assert mesure(december)["effectifs"] == [0, 0, 11]
    assert (november["en_cours"], december["en_cours"]) == (False, True)


# What they do not say


@pytest.mark.parametrize(("n", "shown"), [(0, False), (1, False), (10, False), (11, True)])
def test_under_eleven_answers_nothing_is_shown(world: World, n: int, shown: bool) -> None:
    record(world, "2026-11-02", {2: n})
    opened(world, "2026-11-02", 100)
    total = figures(world)["total"]
    assert total["retenu"] is not shown
    if not shown:
        assert (total["avis"], total["ouvertures"], total["taux_ouverture_avis"]) == (
            None, None, None,
        )  # fmt: skip
        for each in total["dimensions"]:
            assert {v for k, v in each.items() if k not in ("dimension", "questionnaires")} == {
                True, None, "–",
            }  # fmt: skip


def test_a_question_few_answered_is_withheld_though_the_others_are_shown(world: World) -> None:
    record(world, "2026-11-02", {3: 20})
    record(world, "2026-11-03", {3: 10}, effort=4)
    total = figures(world)["total"]
    assert mesure(total)["n"] == 30
    assert mesure(total, "effort")["retenu"]


def test_a_small_month_takes_another_with_it_so_that_neither_follows(world: World) -> None:
    record(world, "2026-08-02", {3: 40})
    record(world, "2026-09-02", {1: 5})
    record(world, "2026-10-02", {2: 30})
    found = figures(world, "?pas=mois")
    assert found["total"]["avis"] == 75
    months = by_month(found)
    assert months["2026-08"]["avis"] == 40
    assert all(months[m]["retenu"] and mesure(months[m])["retenu"] for m in ("2026-09", "2026-10"))


def test_empty_months_beside_a_full_one_are_not_told_apart_by_subtraction(world: World) -> None:
    record(world, "2026-08-02", {3: 40})
    record(world, "2026-10-02", {3: 50})
    months = by_month(figures(world, "?pas=mois"))
    assert months["2026-10"]["avis"] == 50
    assert months["2026-08"]["retenu"]
    assert months["2026-09"]["retenu"]


def ask(world: World, du: str, au: str) -> Figures:
    total: Figures = figures(world, f"?du={du}&au={au}")["total"]
    return total


def test_a_hidden_month_does_not_follow_from_two_requests(world: World) -> None:
    for each in ("2025-12", *(f"2026-{month:02}" for month in range(1, 12))):
        record(world, f"{each}-02", {3: 5 if each == "2026-03" else 40})
    for month in range(1, 12):
        record(world, f"2025-{month:02}-02", {3: 40})
    hidden = [m for m, each in by_month(figures(world, "?pas=mois")).items() if each["retenu"]]
    assert hidden == ["2026-01", "2026-03"]
    alone = {
        "01": ask(world, "2026-01-01", "2026-01-31"),
        "02": ask(world, "2026-02-01", "2026-02-28"),
        "03": ask(world, "2026-03-01", "2026-03-31"),
    }
    assert {m for m, each in alone.items() if each["retenu"]} == {"01", "03"}
    quarter = ask(world, "2026-01-01", "2026-03-31")
    assert quarter["retenu"]
    assert {m["effectifs"] for m in quarter["dimensions"]} == {None}
    assert ask(world, "2026-04-01", "2026-06-30")["avis"] == 120
    assert ask(world, "2025-01-01", "2025-12-31")["avis"] == 480
    assert ask(world, "2025-12-01", "2026-11-30")["avis"] == 445
    assert ask(world, "2026-01-01", "2026-12-31")["avis"] == 405
    # Other twelve months would say, less these, what came in March less what came a year before.
    assert ask(world, "2025-04-01", "2026-03-31")["retenu"]
    assert ask(world, "2025-03-01", "2026-02-28")["retenu"]
    assert ask(world, "2024-12-01", "2025-11-30")["retenu"]


def test_a_year_by_quarter_hides_the_quarters_of_hidden_months(world: World) -> None:
    for month in range(1, 13):
        record(world, f"2024-{month:02}-02", {3: 5 if month == 3 else 40 + month})
    found = figures(world, "?du=2024-01-01&au=2024-12-31&pas=trimestre")
    assert not found["total"]["retenu"]
    assert [each["retenu"] for each in found["periodes"]] == [True, False, False, False]


def test_the_threshold_is_a_setting(tmp_path: Path) -> None:
    with a_world(tmp_path, public_threshold="5") as world:
        record(world, "2026-11-02", {2: 5})
        found = figures(world)
        assert (found["seuil_public"], found["total"]["avis"]) == (5, 5)


# What cannot be asked


@pytest.fixture(scope="module")
def still(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """One world for what is only read."""
    with a_world(tmp_path_factory.mktemp("still")) as made:
        yield made


@pytest.mark.parametrize("langue", LANGUES)
@pytest.mark.parametrize("address", [ADDRESS, PAGE])
@pytest.mark.parametrize(
    ("query", "champ"),
    [
        ("du=2026-02-01", "au"),
        ("au=2026-02-28", "du"),
        ("du=2026-03-01&au=2026-02-28", "au"),
        ("du=2026-02-01&au=2026-02-30", "au"),
        ("du=2026-13-01&au=2026-12-31", "du"),
        ("du=2026-2-1&au=2026-02-28", "du"),
        ("du=20260201&au=2026-02-28", "du"),
        ("du=2026-W05-1&au=2026-02-28", "du"),
        ("du=&au=", "du"),
        ("du=1999-12-01&au=1999-12-31", "du"),
        ("du=1969-12-01&au=1969-12-31", "du"),
        ("du=0000-01-01&au=9999-12-31", "du"),
        ("du=2026-01-01&au=9999-12-31", "au"),
        ("du=2026-01-01&au=99999-12-31", "au"),
        ("du=2001-01-01&au=2050-12-31", "du – au"),
        ("du=2001-01-01&au=2050-12-31&pas=jour", "pas"),
        ("du=2101-01-01&au=2101-01-31", "du"),
        ("du=٢٠٢٦-02-01&au=2026-02-28", "du"),
        ("du=2026-02-01%00&au=2026-02-28", "du"),
        ("du=2026-02-03&au=2026-02-03", "du – au"),
        ("du=2026-02-02&au=2026-02-28", "du – au"),
        ("du=2026-01-01&au=2026-02-28", "du – au"),
        ("du=2024-01-01&au=2025-12-31", "du – au"),
        ("pas=jour", "pas"),
        ("pas=semaine", "pas"),
        ("pas=", "pas"),
        ("comparer=hier", "comparer"),
        ("comparer=", "comparer"),
        (f"comparer=annee&bouton={FIN.code}", "comparer"),
        (f"pas=mois&bouton={FIN.code}", "pas"),
        (f"du=2026-01-01&au=2026-12-31&bouton={FIN.code}", "du – au"),
        (f"du=2026-02-01&au=2026-02-28&bouton={FIN.code}", "du – au"),
        ("pas=MOIS", "pas"),
        (f"bouton={AILLEURS.code}", "bouton"),
        ("bouton=zzzz22", "bouton"),
        ("bouton=", "bouton"),
        ("bouton=%27%20or%201=1", "bouton"),
    ],
)
def test_a_filter_that_is_none_is_refused_with_the_field_that_is_wrong(
    still: World, address: str, query: str, champ: str, langue: str
) -> None:
    answer = still.client.get(f"{address}?{query}", headers={"accept-language": langue})
    document = problem(answer, 422, "filtre_invalide", langue)
    assert [f["champ"] for f in document["erreurs"]] == [champ]


@pytest.mark.parametrize("slug", [CACHEE.slug, "nulle-part", "1", "Carte-de-stationnement", "%20"])
def test_a_demarche_that_is_not_public_is_as_unknown_as_one_that_is_not(
    still: World, slug: str
) -> None:
    for address in (f"/api/v1/demarches/{slug}/scores", f"/resultats/{slug}"):
        problem(still.client.get(address), 404, "demarche_inconnue")


def test_a_refused_filter_is_a_page_for_a_person(still: World) -> None:
    answer = still.client.get(f"{PAGE}?pas=<script>", headers={"accept": "text/html"})
    assert answer.status_code == 422
    page = parse(answer.text)
    assert list(page.all("script")) == []
    assert "« <script> »" in page.text


# The list


def test_public_demarches_are_listed_by_title(world: World) -> None:
    answer = world.client.get("/api/v1/demarches")
    assert answer.headers["access-control-allow-origin"] == "*"
    assert answer.headers["cache-control"] == "public, max-age=60"
    for address in ("/api/v1/demarches", ADDRESS):
        assert world.client.get(address).headers["x-content-type-options"] == "nosniff"
    found = answer.json()["demarches"]
    assert [d["slug"] for d in found] == [CARTE.slug, LONGUE.slug]
    assert found[0] == {
        "slug": CARTE.slug,
        "titre": CARTE.titre,
        "structure": "Ville de Montclair",
        "url": None,
        "resultats": f"http://127.0.0.1:8000/resultats/{CARTE.slug}",
        "scores": f"http://127.0.0.1:8000/api/v1/demarches/{CARTE.slug}/scores",
        "principale": {
            "dimension": "satisfaction", "retenu": True, "n": None, "note_sur_10": None,
            "affiche": "–", "classe": None, "intervalle": None,
        },
    }  # fmt: skip
    for each in found:
        figures(world, address=urlsplit(each["scores"]).path)


def test_an_archived_demarche_is_no_longer_shown(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("collector.catalogue.FRESH_SECONDS", 0.0)
    vieille = Demarche(0, "vieille", "Vieille", 1, "standard-1", publique=True, archivee=True)
    id = asyncio.run(world.store.add_demarche(vieille))
    asyncio.run(world.store.add_bouton(Bouton("vvvv22", id, "Vieux")))
    assert "vieille" not in world.client.get("/api/v1/demarches").text
    assert "vieille" not in world.client.get("/resultats/").text
    assert world.client.get("/resultats/vieille").status_code == 404
    thanks = parse(world.client.get("/f/vvvv22/merci", headers={"accept": "text/html"}).text)
    assert not any("resultats" in a.attrs["href"] for a in thanks.all("a"))


# The page


def shown(n: int | None) -> str:
    return "non publié" if n is None else f"{n:,}".replace(",", " ")


@pytest.mark.parametrize("asked", [{}, {"pas": "trimestre"}, {"bouton": FIN.code}])
def test_the_page_shows_the_figures_of_the_api(world: World, asked: dict[str, str]) -> None:
    for month, levels in {
        "2026-01": {1: 3, 2: 20, 3: 77}, "2026-02": {1: 2}, "2026-05": {2: 15, 3: 6},
        "2026-07": {2: 30}, "2026-08": {3: 60}, "2026-09": {1: 40}, "2026-11": {3: 1_111},
    }.items():  # fmt: skip
        record(world, f"{month}-15", levels, effort=4)
    record(world, "2026-11-01", {1: 12}, COURRIEL, effort=2)
    opened(world, "2026-11-01", 4_321)
    answer = world.client.get(PAGE, params=asked, headers={"accept": "text/html"})
    page = parse(answer.text)
    link = next(a.attrs["href"] for a in page.all("a") if a.attrs["href"].startswith(ADDRESS + "?"))
    found = figures(world, f"?{urlsplit(link).query}")
    assert found["pas"] == (None if "bouton" in asked else asked.get("pas", "mois"))
    assert (found["comparaison"] is None) == ("bouton" in asked)
    assert (found["bouton"], found["total"]["du"]) == (asked.get("bouton"), "2025-12-01")
    assert f"{shown(found['total']['avis'])} avis reçus" in page.text
    assert f"{shown(4_321)} ouvertures" in page.text
    measures = [m for m in found["total"]["dimensions"] if not m["retenu"]]
    assert [m["dimension"] for m in measures] == ["satisfaction", "effort"]
    tables = [table_rows(table) for table in page.all("table")]
    cards, trends, steps = tables[:2], tables[2:-1], tables[-1] if tables[2:] else []
    for card, each in zip(cards, measures, strict=True):
        assert [int(row[-1].replace(" ", "")) for row in card[1:]] == each["effectifs"]
        parts = [float(row[1].removesuffix("%").strip()) / 100 for row in card[1:]]
        assert parts == pytest.approx([n / each["n"] for n in each["effectifs"]], abs=0.005)
        assert each["affiche"] in page.text
    assert [row[1:] for row in steps[1:]] == [
        [shown(step["avis"]), *([] if step["retenu"] else [shown(step["ouvertures"])])]
        for step in found["periodes"]
    ]
    for rank, trend in enumerate(trends):
        assert [row[1:] for row in trend[1:]] == [
            trend_cells(step["dimensions"][rank]) for step in found["periodes"]
        ]
    assert len(trends) == (0 if "bouton" in asked else 2)


def test_the_page_shows_what_is_published_beside_a_number_of_avis_that_is_not(
    world: World,
) -> None:
    """The question changed within the year: all avis, less those to one wording, would be few."""
    for month in [f"{year}-{month:02}" for year in (2025, 2026) for month in range(1, 13)][:22]:
        questionnaire = "standard-1" if month < "2026-05" else "standard-facile-1"
        record(world, f"{month}-15", {1: 20, 3: 20}, questionnaire=questionnaire)
    found = figures(world, "?pas=mois")
    assert found["total"]["avis"] is None
    page = parse(world.client.get(PAGE, headers={"accept": "text/html"}).text)
    assert "Trop peu d’avis pour montrer des résultats" not in page.text
    assert "Le nombre total d’avis de cette période n’est pas montré" in page.text
    cells = [" ".join(row[1:]) for table in page.all("table") for row in table_rows(table)]
    for step in found["periodes"]:
        for mesure in step["dimensions"]:
            assert " ".join(trend_cells(mesure)) in cells
    published = [each for each in found["total"]["dimensions"] if not each["retenu"]]
    assert published
    for mesure in published:
        assert f"{shown(mesure['n'])} réponses" in page.text


def trend_cells(mesure: Figures) -> list[str]:
    if mesure["retenu"]:
        return ["non publié"]
    bas, haut = (FILTERS["note"](each) for each in mesure["intervalle"])
    return [mesure["affiche"], f"{bas} à {haut}", shown(mesure["n"])]


def test_the_page_says_how_it_judges_with_the_thresholds_of_the_settings(tmp_path: Path) -> None:
    given = {"class_minimum": "120", "class_bon": "7.25"}
    with a_world(tmp_path, **given) as world:
        # A mean of 4,96: shown as 5,0, and short of it.
        record(world, "2026-11-02", {1: 63, 3: 62})
        page = parse(world.client.get(PAGE, headers={"accept": "text/html"}).text)
        method = parse(world.client.get("/resultats/methode").text)
    assert "5,0 sur 10 faible" in page.text
    assert "/resultats/methode" in [a.attrs["href"] for a in page.all("a")]
    assert "partir de 120 réponses : « bon » dès 7,25, « moyen » dès 5, « faible »" in method.text
    assert "Elle se juge sur la note non arrondie" in method.text


def test_a_page_without_enough_avis_says_so(world: World) -> None:
    answer = world.client.get(PAGE, headers={"accept": "text/html"})
    assert answer.status_code == 200
    page = parse(answer.text)
    assert "il en faut au moins 11" in page.text
    assert list(page.all("table")) == []


def test_the_list_page_links_to_every_public_demarche(world: World) -> None:
    page = parse(world.client.get("/resultats/", headers={"accept": "text/html"}).text)
    links = {a.attrs["href"]: a.text for item in page.all("li") for a in item.all("a")}
    assert links == {
        f"/resultats/{CARTE.slug}": CARTE.titre,
        f"/resultats/{LONGUE.slug}": LONGUE.titre,
    }
    home = world.client.get("/")
    assert (home.status_code, home.headers["location"]) == (307, "/resultats/")


XSS = "<script>alert(1)</script>\"'&amp;"


def test_a_title_is_never_markup(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("collector.catalogue.FRESH_SECONDS", 0.0)
    titled = Demarche(0, "titre", XSS, 1, "standard-1", publique=True)
    id = asyncio.run(world.store.add_demarche(titled))
    asyncio.run(world.store.add_bouton(Bouton("vvvv22", id, XSS)))
    record(world, "2026-11-02", {3: 20}, Bouton("vvvv22", id, XSS))
    for address in ("/resultats/", "/resultats/titre", "/f/vvvv22", "/f/vvvv22/merci"):
        page = parse(world.client.get(address, headers={"accept": "text/html"}).text)
        assert XSS in page.text
        for script in page.all("script"):
            if script.attrs.get("type") == "application/ld+json":
                assert json.loads(script.raw)["@graph"][0]["name"] == XSS
            else:  # ours: the same on every page
                assert "alert(1)" not in script.raw
