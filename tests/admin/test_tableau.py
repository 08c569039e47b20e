"""The dashboard: the figures of the API and of the file, on both engines, in few statements."""

from __future__ import annotations

import csv
import io
import json
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import date
from typing import Any
from urllib.parse import urlsplit

import pytest

from admin_ui.tableau.tableau import MOST_MARKS, MOST_PLACES
from collector.acces import JetonApi, Portee, empreinte, new_jeton_api
from collector.annotation import Annotation
from collector.clock import instant
from collector.comptes import Role
from collector.domain import OUVERTURE, Avis, Bouton, Cell, Demarche, new_cle
from collector.rendering import make_templates
from collector.scores import compare
from collector.store.sqlite import SqliteStore
from tests import postgres
from tests.admin.visit import Visit, a_visit, an_admin_world, run
from tests.http.html import Element, parse, plain, table_rows
from tests.http.reading import DAY, some_avis
from tests.world import CARTE, COURRIEL, FIN, LONGUE, NOON, VILLE, World

SAY = make_templates("", "").filters
PAGE = f"/demarches/{CARTE.slug}"
YEAR = "du=2025-12-01&au=2026-11-30"
Row = dict[str, Any]


def history() -> list[Avis]:
    """Some months of avis, some of them set aside, and fewer of them a year before."""
    avis = [each for each in some_avis(400) if each.jour <= "2026-11-22"]
    avis += [_moved(each, i) for i, each in enumerate(some_avis(300))]
    return avis


def _moved(avis: Avis, i: int) -> Avis:
    """The same some months earlier, later ones in other words."""
    at = instant(NOON - (40 + i) * DAY + i * 5 * 3_600_000)
    words = "standard-facile-1" if avis.questionnaire == "standard-1" and i > 150 else None
    return avis._replace(
        cle=new_cle(at.ms, i),
        recu_le=at.recu_le,
        jour=at.jour_iso,
        questionnaire=words or avis.questionnaire,
    )


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def world(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[World]:
    with ExitStack() as stack:
        where = None
        if request.param == "postgresql":
            where = stack.enter_context(postgres.a_database())
        made = stack.enter_context(an_admin_world(tmp_path_factory.mktemp("tableau"), where))
        opened = {
            Cell(CARTE.id, FIN.code, f"2026-11-{day:02}", "standard-1", OUVERTURE, 1): 9
            for day in range(1, 20)
        }
        run(made, lambda: made.store.record(history(), opened))
        yield made


@pytest.fixture(scope="module")
def visit(world: World) -> Visit:
    return a_visit(world, "porteur", structure_id=VILLE.id)


@pytest.fixture(scope="module")
def token(world: World) -> str:
    text = new_jeton_api()
    made, end = instant(NOON).recu_le, instant(NOON + 365 * DAY).recu_le
    jeton = JetonApi(0, "Essai", Portee(tout=True), frozenset({"lire"}), made, end)
    run(world, lambda: world.store.add_jeton(jeton, empreinte(text)))
    return text


def shown(visit: Visit, query: str, page: str = PAGE) -> Element:
    """The page under a filter, whose address says all of it."""
    answer = visit.get(f"{page}?{query}")
    assert answer.status_code == 200, answer.text
    return parse(answer.text)


def origin(section: Element) -> tuple[str, str]:
    """The file and the address of the API that « D’où vient ce chiffre » names, the last one."""
    *_, details = section.all("details", **{"class": "origine"})
    return next(details.all("a")).attrs["href"], details.one("code").text


def file_rows(visit: Visit, address: str) -> list[Row]:
    answer = visit.client.get(address)
    assert answer.status_code == 200, answer.text
    return list(csv.DictReader(io.StringIO(answer.text, newline="")))


def api_rows(world: World, address: str, token: str) -> list[Row]:
    parts = urlsplit(address)
    headers = {"authorization": f"Bearer {token}"}
    answer = world.client.get(f"{parts.path}?{parts.query}", headers=headers)
    assert answer.status_code == 200, answer.text
    return [json.loads(line) for line in answer.text.splitlines()]


def as_said(row: Row) -> dict[str, str]:
    """A row of a file, or of the API, as a person reads it."""
    mark, bas, haut = (row[name] for name in ("note_sur_10", "bas", "haut"))
    return {
        "question": plain(row["question"]),
        "note": SAY["note"](float(mark)) if mark not in ("", None) else "–",
        "intervalle": f"{SAY['note'](float(bas))} à {SAY['note'](float(haut))}"
        if bas not in ("", None)
        else "–",
        "n": plain(SAY["nombre"](int(row["n"]))),
        "reponses": " ".join(plain(SAY["nombre"](n)) for n in effectifs(row)),
    }


def cards(page: Element) -> list[dict[str, str]]:
    """What the page says of each question that somebody answered."""
    found = []
    for card in page.one("section", **{"aria-labelledby": "t-notes"}).all(
        "div", **{"class": "carte"}
    ):
        if not list(card.all("table")):
            continue
        said = next(card.all("p", **{"class": "aide"})).text
        table = table_rows(card.one("table"))[1:]
        interval = said.partition("est entre ")[2].partition(", à 95")[0]
        found.append(
            {
                "question": card.one("h3").text,
                "note": card.one("p", **{"class": "valeur"}).one("strong").text,
                "intervalle": interval.replace(" et ", " à ") or "–",
                "n": said.partition(" réponse")[0],
                "reponses": " ".join(row[2] for row in table),
            }
        )
    return found


def numbers(page: Element) -> dict[str, str]:
    """Participation, as it is said."""
    section = page.one("section", **{"aria-labelledby": "t-participation"})
    return {
        each.one("dt").text: each.one("dd").one("strong").text
        for each in section.one("dl").all("div")
    }


FILTERS = [
    f"{YEAR}&pas=mois&comparer=precedente",
    f"{YEAR}&pas=semaine&comparer=annee&bouton={COURRIEL.code}",
    "du=2026-10-24&au=2026-11-22&pas=jour&comparer=precedente",
    "du=2026-03-10&au=2026-11-12&pas=trimestre",
    f"{YEAR}&pas=mois&questionnaire=standard-facile-1",
    f"{YEAR}&pas=mois&comparer=annee&note.effort=4%2C5",
    "du=2000-01-01&au=2100-12-31",
]


@pytest.mark.parametrize("query", FILTERS)
def test_promise_6_the_page_shows_what_the_api_and_the_file_say(
    world: World, visit: Visit, token: str, query: str
) -> None:
    page = shown(visit, query)
    file, api = origin(page.one("section", **{"aria-labelledby": "t-notes"}))
    rows = file_rows(visit, file)
    told = api_rows(world, api, token)
    assert [as_said(row) for row in told] == [as_said(row) for row in rows]
    answered = [as_said(row) for row in rows if int(row["n"])]
    assert answered
    assert sorted(map(str, cards(page))) == sorted(map(str, answered))
    said = numbers(page)
    assert said["Avis reçus"] == plain(SAY["nombre"](int(rows[0]["avis"])))
    if rows[0]["ouvertures"]:
        assert said["Ouvertures du formulaire"] == plain(SAY["nombre"](int(rows[0]["ouvertures"])))
    else:
        assert "Ouvertures du formulaire" not in said
    if rows[0]["taux_ouverture_avis"]:
        rate = SAY["note"](100 * float(rows[0]["taux_ouverture_avis"]))
        assert said["Avis pour 100 ouvertures"] == rate
    if "pas=" in query:
        check_trend(visit, page.one("section", **{"aria-labelledby": "t-tendance"}))


def test_promise_6_would_be_seen_broken(visit: Visit) -> None:
    """One avis more or less, and what the page says is not what the file says."""
    page = shown(visit, "du=2026-10-24&au=2026-11-22")
    file, _ = origin(page.one("section", **{"aria-labelledby": "t-notes"}))
    rows = file_rows(visit, file.replace("au=2026-11-22", "au=2026-11-21"))
    assert sorted(map(str, cards(page))) != sorted(str(as_said(row)) for row in rows)


def check_trend(visit: Visit, section: Element) -> None:
    """Every step that the page shows is in the file that it names, and the other way round."""
    rows = file_rows(visit, origin(section)[0])
    *notes, counts = section.all("table")
    assert notes
    for table in notes:
        question = table.one("caption").text.removeprefix("Note de « ").removesuffix(" »")
        wanted = [as_said(row) for row in rows if plain(row["question"]) == question]
        found = [row[1:] for row in table_rows(table)[1:]]
        assert found == [[each["note"], each["intervalle"], each["n"]] for each in wanted]
    periods = dict.fromkeys((row["du"], row["avis"], row["ouvertures"]) for row in rows)
    assert [row[1:] for row in table_rows(counts)[1:]] == [
        list(filter(None, values)) for _, *values in periods
    ]


def test_so_does_each_bouton(visit: Visit) -> None:
    section = shown(visit, f"{YEAR}&pas=mois").one("section", **{"aria-labelledby": "t-bouton"})
    table = section.one("table")
    question = next(section.all("p")).text.strip("«» ")
    assert len(table_rows(table)) == 3
    for bouton in (FIN, COURRIEL):
        link = next(a for a in table.all("a") if a.text == bouton.libelle).attrs["href"]
        [row] = [row for row in table_rows(table) if row[0] == bouton.libelle]
        one = shown(visit, link.removeprefix("?"))
        rows = file_rows(visit, origin(one.one("section", **{"aria-labelledby": "t-notes"}))[0])
        main = next(row for row in rows if plain(row["question"]) == question)
        said = as_said(main)
        assert (
            row[1].removesuffix(" moyen").removesuffix(" bon").removesuffix(" faible")
            == said["note"]
        )
        assert row[2:5] == [said["intervalle"], said["n"], main["avis"]]


def test_what_changed_is_what_the_file_of_the_other_period_says(visit: Visit) -> None:
    page = shown(visit, "du=2026-11-01&au=2026-11-22&comparer=precedente")
    section = page.one("section", **{"aria-labelledby": "t-notes"})
    now = file_rows(visit, origin(section)[0])
    [other] = [a for a in section.all("a") if a.text == "Les chiffres de la période comparée"]
    before = {row["question"]: row for row in file_rows(visit, other.attrs["href"])}
    changes = [
        compare(effectifs(before[row["question"]]), effectifs(row))
        for row in now
        if row["question"] in before and int(row["n"]) and int(before[row["question"]]["n"])
    ]
    said = [each.text for each in page.all("p") if each.attrs.get("class", "")[:5] == "ecart"]
    told = [each for each in said if "par rapport" in each]
    assert [each.partition(" ")[0] for each in told] == [
        SAY["ecart"](each.ecart) for each in changes
    ]
    assert [each.significatif for each in changes] == ["vraiment changé" in each for each in told]


def effectifs(row: Row) -> list[int]:
    return [int(row[f"n_{level}"]) for level in range(1, int(row["niveau_max"]) + 1)]


def test_a_link_shows_a_colleague_the_same(world: World, visit: Visit) -> None:
    answer = visit.get(PAGE)
    assert answer.status_code == 303
    address = answer.headers["location"]
    assert address == f"/admin{PAGE}?{YEAR}&pas=mois&comparer=precedente"
    assert visit.get(f"{PAGE}?fait=annotation_ajoutee").headers["location"] == (
        f"{address}&fait=annotation_ajoutee"  # what others have to say is not lost on the way
    )
    colleague = a_visit(world, "porteur", structure_id=VILLE.id, courriel="b@exemple.fr")
    mine, theirs = (parse(v.client.get(address).text).one("main").text for v in (visit, colleague))
    assert mine == theirs
    assert "Avis reçus" in mine


def test_quick_periods_and_the_form_lead_to_whole_addresses(visit: Visit) -> None:
    page = shown(visit, f"{YEAR}&pas=mois&bouton={FIN.code}")
    quick = page.one("nav", **{"aria-label": "Périodes"})
    assert [a.text for a in quick.all("a", **{"aria-current": "true"})] == ["12 mois"]
    for link in quick.all("a"):
        query = link.attrs["href"].removeprefix("?")
        assert f"bouton={FIN.code}" in query
        assert visit.get(f"{PAGE}?{query}").status_code == 200
    # What a browser sends of the form: every field, most of them empty.
    sent = "du=2026-11-01&au=2026-11-22&comparer=&pas=jour&bouton=&note.effort="
    answer = visit.get(f"{PAGE}?{sent}")
    assert answer.headers["location"].endswith("?du=2026-11-01&au=2026-11-22&pas=jour")


def test_a_wrong_filter_comes_back_with_what_was_asked(visit: Visit) -> None:
    answer = visit.get(f"{PAGE}?du=2026-11-22&au=2026-11-01&pas=mois")
    assert answer.status_code == 422
    page = parse(answer.text)
    field = page.one("input", name="au")
    assert (field.attrs["value"], field.attrs["aria-invalid"]) == ("2026-11-01", "true")
    assert page.one("p", id=field.attrs["aria-describedby"]).text
    assert not list(page.all("section", **{"aria-labelledby": "t-notes"}))


# How much is read


def look_again(world: World) -> None:
    """Have the collector ask at its next request whether the catalogue has changed."""
    world.client.app_state["parts"].catalogue._checked = float("-inf")


def statements(world: World, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The names of the statements that the store runs from now on."""
    said: list[str] = []
    store = world.store

    def counting(run: Any) -> Any:
        async def counted(*given: Any) -> Any:
            queries = given if isinstance(given[0], tuple) else [given]
            said.extend(sql.partition("*/")[0].strip("/* ") for sql, *_ in queries)
            return await run(*given)

        return counted

    # Of SQLite, the third runs the first.
    names = ["_read", "_commit", *([] if isinstance(store, SqliteStore) else ["_read_at_length"])]
    for name in names:
        monkeypatch.setattr(store, name, counting(getattr(store, name)))
    return said


@pytest.mark.parametrize("query", [*FILTERS, "du=2031-01-01&au=2031-01-31&pas=jour"])
def test_a_page_is_five_statements_at_most(
    world: World, visit: Visit, monkeypatch: pytest.MonkeyPatch, query: str
) -> None:
    look_again(world)
    said = statements(world, monkeypatch)
    shown(visit, query)
    who, what, *ours = said
    assert (who, what) == ("Store.session", "Store.catalogue_version")
    figures = "Store.histogram" if "note." in query else "Store.releve"
    last = "Store.counts_by_month" if "2031" in query else "Store.derniers"
    assert ours == [figures, "Store.annotations", last]


HEAVY = Demarche(0, "lourde", "Un titre de deux cents caractères " * 6, VILLE.id, "standard-1")
PLACES = [f"lourd{i:03}" for i in range(60)]


def heavy_avis(demarche_id: int, i: int) -> Avis:
    at = instant(NOON - i * DAY)
    return some_avis(2)[1]._replace(
        demarche_id=demarche_id,
        cle=new_cle(at.ms, i),
        bouton=PLACES[i % len(PLACES)],
        recu_le=at.recu_le,
        jour=at.jour_iso,
        notes={"satisfaction": i % 3 + 1, "effort": i % 5 + 1, "clarte": 4},
        verbatim="Trop long. " * 100 if i < 9 else None,
    )


def test_a_page_as_heavy_as_it_gets_is_light_enough(world: World, visit: Visit) -> None:
    """Sixty boutons with endless names, a year by weeks, endless comments."""

    async def fill() -> None:
        id = await world.store.add_demarche(HEAVY)
        for i, code in enumerate(PLACES):
            name = f"{i} {'au nom sans fin ' * 20}"[:200]
            await world.store.add_bouton(Bouton(code, id, name, territoire=f"{i // 2:05}"))
        await world.store.record([heavy_avis(id, i) for i in range(365)])

    run(world, fill)
    look_again(world)
    answer = visit.get("/demarches/lourde?du=2025-11-23&au=2026-11-22&pas=semaine&comparer=annee")
    assert answer.status_code == 200
    assert len(answer.content) <= 60_000
    page = parse(answer.text)
    drawn = list(page.all("div", **{"class": "tendance"}))
    assert len(drawn) == MOST_MARKS // 53 == 2
    assert "Le fichier les a toutes." in page.text
    table = page.one("section", **{"aria-labelledby": "t-bouton"}).one("table")
    assert len(table_rows(table)) == 1 + MOST_PLACES
    assert "Les 15 qui ont reçu le plus d’avis, sur 60." in page.text
    # Two boutons each; seven avis for each of the first ones, six for the others.
    where = page.one("section", **{"aria-labelledby": "t-territoire"}).one("table")
    counts = {row[0]: row[3:5] for row in table_rows(where)[1:]}
    assert (counts["00000"], counts["00002"], counts["00003"]) == (
        ["14", "14"], ["13", "13"], ["12", "12"],
    )  # fmt: skip
    daily = shown(visit, "du=2026-01-01&au=2026-11-22&pas=jour", "/demarches/lourde")
    assert not list(daily.all("div", **{"class": "tendance"}))
    assert f"Plus de {MOST_MARKS} jours" in daily.text


# What is said where there is little, or nothing


def test_a_demarche_without_avis_says_what_to_do_next(world: World, visit: Visit) -> None:
    page = shown(visit, f"{YEAR}&pas=mois", "/demarches/brouillon")
    assert "Aucun avis pour l’instant" in page.text
    [link] = [a for a in page.all("a") if a.text == "Intégrer un bouton"]
    assert link.attrs["href"] == "/admin/demarches/brouillon/boutons"
    reader = a_visit(world, "lecteur", structure_id=VILLE.id)
    assert "Intégrer un bouton" not in reader.get(f"/demarches/brouillon?{YEAR}").text


def test_a_period_without_avis_leads_to_one_that_has_some(visit: Visit) -> None:
    page = shown(visit, "du=2031-01-01&au=2031-01-31&pas=jour")
    [link] = [a for a in page.all("a") if a.text == "Voir novembre 2026"]
    assert link.attrs["href"] == "?du=2026-11-01&au=2026-11-30&pas=jour"
    assert numbers(shown(visit, link.attrs["href"].removeprefix("?")))["Avis reçus"]


def test_the_rhythm_is_told_where_there_is_enough(visit: Visit) -> None:
    page = shown(visit, f"{YEAR}&pas=mois").one("section", **{"aria-labelledby": "t-rythme"})
    days, hours = page.all("table")
    counted = [a for a in history() if a.demarche_id == CARTE.id and a.ecarte is None]
    counted = [a for a in counted if "2025-12-01" <= a.jour <= "2026-11-30"]
    weekdays = Counter(date.fromisoformat(a.jour).weekday() for a in counted)
    assert [int(row[1]) for row in table_rows(days)[1:]] == [weekdays[i] for i in range(7)]
    assert sum(int(row[1]) for row in table_rows(hours)[1:]) == len(counted)
    assert "derniers de la période" in page.text
    short = shown(visit, "du=2026-11-20&au=2026-11-22")
    assert "Pas assez d’avis pour le dire" in short.text


def test_a_change_of_questions_is_said_and_drawn(visit: Visit) -> None:
    page = shown(visit, f"{YEAR}&pas=mois")
    words = [each.text for each in page.all("p", **{"class": "note"})]
    assert any("standard-1, puis standard-facile-1" in each for each in words) or any(
        "standard-facile-1, puis standard-1" in each for each in words
    )
    assert len(list(page.all("path", **{"class": "page-rupture"}))) >= 1
    alone = shown(visit, f"{YEAR}&pas=mois&questionnaire=standard-1")
    assert not list(alone.all("path", **{"class": "page-rupture"}))


# Who sees what


def test_comments_are_for_who_may_read_them(world: World, visit: Visit) -> None:
    mine = shown(visit, f"{YEAR}&bouton={FIN.code}&pas=mois&comparer=annee")
    section = mine.one("section", **{"aria-labelledby": "t-derniers"})
    assert len(list(section.all("li"))) == 5
    [link] = [a for a in section.all("a") if "commentaires" in a.text]
    assert link.attrs["href"] == f"/admin{PAGE}/commentaires?{YEAR}&bouton={FIN.code}"
    readers: list[tuple[Role, bool]] = [("analyste", True), ("analyste", False), ("lecteur", False)]
    for role, allowed in readers:
        name = f"{role}-{allowed:d}@exemple.fr"
        reader = a_visit(world, role, VILLE.id, verbatims=allowed, courriel=name)
        text = reader.get(f"{PAGE}?{YEAR}").text
        assert ("Très simple, merci beaucoup." in text) is allowed
        assert ("Derniers commentaires" in text) is allowed


def test_links_to_files_are_for_who_may_have_them(world: World, visit: Visit) -> None:
    reader = a_visit(world, "lecteur", structure_id=VILLE.id, courriel="fichiers@exemple.fr")
    assert "/admin/exports/" in visit.get(f"{PAGE}?{YEAR}").text
    assert "/admin/exports/" not in reader.get(f"{PAGE}?{YEAR}").text


# Annotations


def test_an_annotation_is_drawn_at_its_day_and_its_words_are_words(
    world: World, visit: Visit
) -> None:
    notes = [
        Annotation(0, LONGUE.id, "2026-10-16", "<script>alert(1)</script>", "compte 1", ""),
        Annotation(0, LONGUE.id, "2026-10-17", "Le lendemain", "compte 1", ""),
        Annotation(0, LONGUE.id, "2026-11-20", "Un mois après", "compte 1", ""),
        Annotation(0, LONGUE.id, "2025-01-20", "Avant la période", "compte 1", ""),
    ]
    for each in notes:
        run(world, lambda each=each: world.store.add_annotation(each))
    page = shown(visit, f"{YEAR}&pas=mois", f"/demarches/{LONGUE.slug}")
    said = [li.text for li in page.one("ol", **{"class": "annotations"}).all("li")]
    assert [each.partition("2026 ")[2].partition(" Modifier")[0] for each in said] == [
        "<script>alert(1)</script>",
        "Le lendemain",
        "Un mois après",
    ]
    chart = next(page.all("svg", **{"class": "page-courbe"}))
    assert [t.text for t in chart.all("text", **{"class": "page-numero"})] == ["1–2", "3"]
    assert len(list(chart.all("path", **{"class": "page-repere"}))) == 2
