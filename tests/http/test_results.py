"""The pages of results: the list, the method, both languages, the files and the picture."""

from __future__ import annotations

import asyncio
import csv
import json
import re
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from string import Formatter
from xml.etree import ElementTree

import pytest

from collector.badge import STYLES
from collector.config import resource
from collector.domain import Demarche, Structure
from collector.rendering import TEMPLATES
from tests.http.html import Element, parse, plain
from tests.http.problems import LANGUES, problem
from tests.http.test_figures import ADDRESS, PAGE, figures, record
from tests.world import AILLEURS, CACHEE, CARTE, LONGUE, World, a_world

BADGE = f"{PAGE}/badge.svg"
METHODE = "/resultats/methode"
LIST = "/resultats/"
SVG = "{http://www.w3.org/2000/svg}"


@pytest.fixture(scope="module")
def shown(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """A world that is only read: one démarche with two years of avis, one with few."""
    with a_world(tmp_path_factory.mktemp("shown")) as world:
        for year, levels in ((2025, {1: 20, 3: 20}), (2026, {1: 3, 2: 4, 3: 33})):
            for month in range(1, 12 if year == 2026 else 13):
                record(world, f"{year}-{month:02}-02", levels, effort=4)
        record(world, "2026-11-02", {3: 5}, AILLEURS)
        yield world


def page(world: World, address: str, langue: str = "fr", **query: str) -> Element:
    headers = {"accept": "text/html", "accept-language": langue}
    answer = world.client.get(address, params=query, headers=headers)
    assert answer.status_code == 200
    assert answer.headers["content-security-policy"].startswith("default-src 'none'; script-src 'n")
    return parse(answer.text)


# Both languages

TEXTS = {
    langue: json.loads(
        resource("schemas", "textes", "resultats", f"{langue}.json").read_text("utf-8")
    )
    for langue in LANGUES
}


def blanks(text: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(text) if name}


def test_every_sentence_is_there_in_both_languages_with_the_same_blanks() -> None:
    assert TEXTS["fr"].keys() == TEXTS["en"].keys()
    for name, text in TEXTS["fr"].items():
        assert blanks(text) == blanks(TEXTS["en"][name]), name
        assert text.strip()


def test_every_sentence_is_used_somewhere() -> None:
    sources = [*TEMPLATES.iterdir(), *TEMPLATES.parent.rglob("*.py")]
    used = "".join(path.read_text("utf-8") for path in sources)
    made = ("tri_", "comparer_", "avant_", "m_", "page_")  # put together from what is asked
    classes = {"faible", "moyen", "bon"}
    for name in TEXTS["fr"]:
        plain = name.removesuffix("_un")
        assert f'"{plain}"' in used or name.startswith(made) or name in classes, name


FRENCH = re.compile(
    r"\b(les?|une?|des?|du|la|et|pour|sur|avec|avis|réponses?|démarches?)\b|«", re.I
)
OURS = ("Demander une carte", "Déposer un dossier", "Ville de Montclair", "Français")


def words(found: Element, spared: tuple[str, ...] = ()) -> str:
    """All a person reads or hears of a page, without what is not ours to translate."""
    heard = [e.attrs[a] for e in found.all() for a in ("aria-label", "alt") if a in e.attrs]
    text = " ".join([found.one("body").text, found.one("title").text, *heard])
    for each in (*OURS, *spared):
        text = text.replace(each, "")
    return re.sub(r"https?://\S+", "", text)


@pytest.mark.parametrize("address", [LIST, PAGE, f"/resultats/{LONGUE.slug}", METHODE])
def test_no_french_is_left_on_a_page_in_english(shown: World, address: str) -> None:
    for query in ({}, {"lang": "en"}):
        found = page(shown, address, "fr" if query else "en", **query)
        assert found.one("html").attrs["lang"] == "en"
        assert FRENCH.findall(words(found, ("Commune or département",))) == []
    assert FRENCH.findall(words(page(shown, address)))  # it would be seen


@pytest.mark.parametrize("address", [LIST, PAGE, METHODE])
def test_each_page_leads_to_the_other_language_and_keeps_what_was_asked(
    shown: World, address: str
) -> None:
    query = {"q": "carte & co", "tri": "note"} if address == LIST else {"pas": "trimestre"}
    found = page(shown, address, **query)
    link = found.one("a", hreflang="en").attrs
    assert link["lang"] == "en"
    answer = shown.client.get(f"{address}{link['href']}")
    assert dict(answer.request.url.params) == {**query, "lang": "en"}
    inside = [a.attrs["href"] for a in parse(answer.text).all("a")]
    ours = [h for h in inside if h.startswith("/resultats/") and not h.startswith(f"{PAGE}?")]
    assert all("lang=en" in href for href in ours)


def test_numbers_and_days_are_written_in_the_language(shown: World) -> None:
    record_total = figures(shown)["total"]["avis"]
    french, english = (page(shown, PAGE, langue).text for langue in LANGUES)
    assert f"{record_total} avis reçus du 1er décembre 2025 au 30 novembre 2026" in french
    assert f"{record_total} people answered from 1 December 2025 to 30 November 2026" in english


# What a page says


def test_a_difference_is_said_with_whether_it_is_more_than_chance(shown: World) -> None:
    said = page(shown, PAGE, du="2026-01-01", au="2026-12-31").text
    assert "+3,8 par rapport à la période précédente (janvier à décembre 2025)" in said
    assert "c’est plus que le hasard n’explique d’ordinaire" in said
    month = {"du": "2026-03-01", "au": "2026-03-31"}
    same = page(shown, PAGE, **month).text
    assert "Pas de différence sûre avec la période précédente (février 2026) : 0,0." in same
    a_year = page(shown, PAGE, **month, comparer="annee").text
    assert "+3,8 par rapport à la même période un an avant (mars 2025)" in a_year


def test_each_table_of_months_scrolls_by_itself_and_has_a_name(shown: World) -> None:
    found = page(shown, PAGE)
    regions = list(found.all("div", role="region"))
    tables = [table for table in found.all("table") if "page-mois" in table.attrs["class"]]
    assert [region.one("table").text for region in regions] == [each.text for each in tables]
    assert [plain(r.attrs["aria-label"]) for r in regions] == [
        t.one("caption").text for t in tables
    ]
    assert all(region.attrs["tabindex"] == "0" for region in regions)


def test_what_cannot_be_compared_says_so_once(shown: World) -> None:
    said = page(shown, PAGE, du="2025-01-01", au="2025-12-31").text
    assert said.count("Pas de comparaison avec la période précédente") == 1


def test_the_page_has_what_search_engines_read_and_only_published_figures(shown: World) -> None:
    script = page(shown, PAGE).one("script", type="application/ld+json")
    service, dataset = json.loads(script.raw)["@graph"]
    n = figures(shown)["total"]["dimensions"][0]["n"]
    rating = service["aggregateRating"]
    assert (rating["ratingCount"], rating["bestRating"], rating["worstRating"]) == (n, 10, 0)
    assert service["@type"] == "GovernmentService"
    for file in dataset["distribution"]:
        answer = shown.client.get(file["contentUrl"].removeprefix("http://127.0.0.1:8000"))
        assert answer.status_code == 200
        assert answer.headers["content-type"].startswith(file["encodingFormat"])
    few = page(shown, f"/resultats/{LONGUE.slug}").one("script", type="application/ld+json")
    assert "aggregateRating" not in json.loads(few.raw)["@graph"][0]


def test_the_table_to_download_has_the_figures_of_the_api(shown: World) -> None:
    query = "?pas=trimestre&comparer=annee"
    found = figures(shown, query)
    answer = shown.client.get(f"{ADDRESS}.csv{query}")
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    assert (
        "scores-carte-de-stationnement-2025-12-01-2026-11-30.csv"
        in (answer.headers["content-disposition"])
    )
    rows = list(csv.DictReader(answer.text.splitlines()))
    tranches = [found["total"], *found["periodes"], found["comparaison"]["avant"]]
    expected = [(t, m) for t in tranches for m in t["dimensions"]]
    assert len(rows) == len(expected)
    for row, (tranche, mesure) in zip(rows, expected, strict=True):
        assert (row["du"], row["au"]) == (tranche["du"], tranche["au"])
        assert (row["dimension"], row["retenu"]) == (
            mesure["dimension"], str(mesure["retenu"]).lower(),
        )  # fmt: skip
        assert row["note_sur_10"] == ("" if mesure["retenu"] else str(mesure["note_sur_10"]))
        assert row["effectifs"] == " ".join(map(str, mesure["effectifs"] or ()))
    assert {"total", "pas", "avant"} == {row["portee"] for row in rows}


# The list


def test_the_list_shows_the_marks_of_the_api_and_the_rate_with_who_is_left_out(
    shown: World,
) -> None:
    found = shown.client.get("/api/v1/demarches").json()
    marks = {each["slug"]: each["principale"] for each in found["demarches"]}
    one = figures(shown)["total"]["dimensions"][0]
    assert marks[CARTE.slug] == {name: one[name] for name in marks[CARTE.slug]}
    assert marks[LONGUE.slug]["retenu"]
    assert found["taux_qualite"] == {
        "taux": 1.0, "note": 8.0, "minimum": 100, "bonnes": 1, "jugees": 1, "ecartees": 1,
    }  # fmt: skip
    said = page(shown, LIST).text
    assert [h.text for h in page(shown, LIST).all("h2")][-1] == "2 démarches"
    assert "8,4 sur 10 bon 480 réponses" in said
    assert "100 % : la satisfaction atteint 8 sur 10 pour 1 sur 1, parmi les démarches" in said
    assert "1 démarche est laissée de côté" in said
    assert "Trop peu de réponses" in said
    assert "Aucune démarche n’est laissée de côté" in page(shown, LIST, q=CARTE.titre).text


def test_the_list_is_searched_and_says_when_nothing_is_found(shown: World) -> None:
    assert [li.one("a").text for li in page(shown, LIST, q="DÉPOSER").all("li")] == [LONGUE.titre]
    nothing = page(shown, LIST, q="bateau")
    assert list(nothing.all("li")) == []
    assert "Aucune démarche publique ne correspond" in nothing.text
    assert nothing.one("input", name="q").attrs["value"] == "bateau"


def test_an_empty_list_says_so_in_words_for_anyone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("collector.catalogue.FRESH_SECONDS", 0.0)
    with a_world(tmp_path) as world:
        with closing(sqlite3.connect(world.path)) as database, database:
            database.execute("update demarche set publique = 0")
            database.execute("update catalogue set version = version + 1")
        said = page(world, LIST).text
        assert "Aucune démarche n’a encore de résultats publics." in said
        assert "jdma" not in said


def test_pages_lead_on_and_keep_the_search(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("collector.catalogue.FRESH_SECONDS", 0.0)
    with a_world(tmp_path) as world:
        parent = asyncio.run(world.store.add_structure(Structure(0, "Région")))
        child = asyncio.run(world.store.add_structure(Structure(0, "Agence", parent=parent)))
        for i in range(60):
            made = Demarche(0, f"aide-{i}", f"Aide {i:02}", child, "standard-1", publique=True)
            asyncio.run(world.store.add_demarche(made))
        first = page(world, LIST, structure=str(parent), tri="note", page="1")
        assert len(list(first.all("li"))) == 50
        [after] = [a.attrs["href"] for a in first.all("a", rel="next")]
        second = parse(world.client.get(f"{LIST}{after}").text)
        assert [li.one("a").text for li in second.all("li")] == [f"Aide {i}" for i in range(50, 60)]
        assert second.one("select", id="structure").one("option", selected="").text == "Région"
        assert list(second.all("a", rel="next")) == []


# The picture


def picture(
    world: World, address: str = BADGE, langue: str = "fr", **query: str
) -> ElementTree.Element:
    answer = world.client.get(address, params=query, headers={"accept-language": langue})
    assert (answer.status_code, answer.headers["content-type"]) == (200, "image/svg+xml")
    return ElementTree.fromstring(answer.text)


def test_the_picture_says_what_it_shows(shown: World) -> None:
    found = picture(shown)
    assert (found.attrib["role"], found.attrib["lang"]) == ("img", "fr")
    title, desc = found.find(f"{SVG}title"), found.find(f"{SVG}desc")
    assert title is not None
    assert desc is not None
    assert found.attrib["aria-labelledby"].split() == [title.attrib["id"], desc.attrib["id"]]
    said = " ".join((title.text or "").split())
    assert said == (
        "Satisfaction des usagers : 8,4 sur 10, 480 réponses, décembre 2025 à novembre 2026"
    )
    assert desc.text == CARTE.titre
    english = picture(shown, langue="en").find(f"{SVG}title")
    assert english is not None
    assert (english.text or "").startswith("User satisfaction: 8.4 out of 10, 480 answers")


def test_each_text_has_its_width_whatever_the_font(shown: World) -> None:
    found = picture(shown)
    width = float(found.attrib["width"])
    texts = list(found.iter(f"{SVG}text"))
    assert len(texts) == 4
    for each in texts:
        assert each.attrib["lengthAdjust"] == "spacingAndGlyphs"
        assert float(each.attrib["x"]) + float(each.attrib["textLength"]) <= width


def test_under_the_threshold_the_picture_says_so(shown: World) -> None:
    found = picture(shown, f"/resultats/{LONGUE.slug}/badge.svg")
    said = " ".join(text.text or "" for text in found.iter(f"{SVG}text"))
    assert "note non publiée" in said
    assert "5" not in re.sub(r"20\d\d", "", said)


@pytest.mark.parametrize("theme", ["", "clair", "sombre"])
def test_the_policy_of_the_picture_lets_its_own_style_in_and_nothing_else(
    shown: World, theme: str
) -> None:
    answer = shown.client.get(BADGE, params={"theme": theme})
    assert STYLES[theme] in answer.text
    policy = answer.headers["content-security-policy"]
    assert re.fullmatch(
        r"default-src 'none'; style-src 'sha256-[\w+/]+='; frame-ancestors \*", policy
    )
    assert ("prefers-color-scheme" in answer.text) == (theme == "")


def test_the_picture_is_kept_until_it_changes(world: World) -> None:
    record(world, "2026-11-02", {3: 20})
    first = world.client.get(BADGE)
    assert "public" in first.headers["cache-control"]
    assert "max-age=" in first.headers["cache-control"]
    again = {"if-none-match": first.headers["etag"]}
    kept = world.client.get(BADGE, headers=again)
    assert (kept.status_code, kept.content) == (304, b"")
    assert kept.headers["etag"] == first.headers["etag"]
    record(world, "2026-11-02", {1: 20})
    assert world.client.get(BADGE, headers=again).status_code == 200


@pytest.mark.parametrize("slug", [CACHEE.slug, "nulle-part"])
def test_there_is_no_picture_of_what_is_not_public(shown: World, slug: str) -> None:
    problem(shown.client.get(f"/resultats/{slug}/badge.svg"), 404, "demarche_inconnue")
    problem(shown.client.get(f"/api/v1/demarches/{slug}/scores.csv"), 404, "demarche_inconnue")


# Bad input

MANY = "&".join(f"{i:x}" for i in range(10_000))


@pytest.mark.parametrize("langue", LANGUES)
@pytest.mark.parametrize(
    ("address", "query", "champ"),
    [
        ("/api/v1/demarches", "structure=nulle-part", "structure"),
        ("/api/v1/demarches", "territoire=Ain", "territoire"),
        ("/api/v1/demarches", "tri=hasard", "tri"),
        ("/api/v1/demarches", "page=0", "page"),
        ("/api/v1/demarches", f"q={'a' * 10_240}", "q"),
        (LIST, "structure=nulle-part", "structure"),
        (LIST, "tri=hasard", "tri"),
        (f"{ADDRESS}.csv", "du=2026-02-30&au=2026-02-28", "du"),
        (f"{ADDRESS}.csv", "pas=jour", "pas"),
        (BADGE, "theme=rose", "theme"),
        *(
            (a, "&".join(f"{i:x}" for i in range(10_000)), "?")
            for a in (ADDRESS, LIST, PAGE, BADGE)
        ),
        (PAGE, "&".join(["du=2026-01-01"] * 200), "?"),
    ],
)
def test_what_is_wrong_is_said_in_one_sentence_with_a_code(
    shown: World, address: str, query: str, champ: str, langue: str
) -> None:
    answer = shown.client.get(f"{address}?{query}", headers={"accept-language": langue})
    document = problem(answer, 422, "filtre_invalide", langue)
    assert [f["champ"] for f in document["erreurs"]] == [champ]
    assert len(answer.content) < 1_000


@pytest.mark.parametrize("address", [f"{LIST}?territoire=Montclair", "/resultats/inconnue?"])
def test_a_refusal_leads_back_to_the_list(shown: World, address: str) -> None:
    headers = {"accept": "text/html"}
    for lang, suite in (("", ""), ("&lang=en", "?lang=en")):
        answer = shown.client.get(f"{address}{lang}", headers=headers)
        assert answer.status_code in (404, 422)
        [link] = parse(answer.text).one("main").all("a")
        assert link.attrs["href"] == f"/resultats/{suite}"
    elsewhere = shown.client.get("/f/inconnu", headers=headers)
    assert list(parse(elsewhere.text).one("main").all("a")) == []


def test_a_refusal_has_no_french_quotes_on_a_page_in_english(shown: World) -> None:
    headers = {"accept": "text/html", "accept-language": "en"}
    answer = shown.client.get(f"{LIST}?tri=hasard", headers=headers)
    assert answer.status_code == 422
    assert "“hasard”: titre | note | avis" in parse(answer.text).text


def test_many_odd_words_are_only_words_to_find(shown: World) -> None:
    for q in ("*", '"', "a* OR b", "\x00", "%", "_", "\\", "👍🏽", "le la les"):
        answer = shown.client.get("/api/v1/demarches", params={"q": q})
        assert (answer.status_code, answer.json()["total"]) == (200, 0)


@pytest.mark.parametrize("former", ["satisfaction-seule-1", "standard-facile-1"])
@pytest.mark.parametrize("changed", range(1, 12, 2))
def test_the_list_shows_of_a_new_wording_what_its_page_shows(
    world: World, former: str, changed: int
) -> None:
    for month in range(1, 12):
        asked = "standard-1" if month >= changed else former
        record(world, f"2026-{month:02}-10", {2: 20 + month, 3: 9}, questionnaire=asked)
    for month in range(1, 13):
        record(world, f"2025-{month:02}-05", {1: 30}, questionnaire=former)
    [listed] = [
        each["principale"]
        for each in world.client.get("/api/v1/demarches").json()["demarches"]
        if each["slug"] == CARTE.slug
    ]
    now = [
        each
        for each in figures(world)["total"]["dimensions"]
        if each["dimension"] == "satisfaction" and "standard-1" in each["questionnaires"]
    ]
    assert (listed["n"], listed["note_sur_10"]) == (now[0]["n"], now[0]["note_sur_10"])
