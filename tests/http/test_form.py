"""The hosted form, as a browser without JavaScript uses it."""

from __future__ import annotations

import asyncio
import json
import re
import sqlite3
import time
from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlencode

import httpx2 as httpx
import pytest

from collector.catalogue import shipped_questionnaires
from collector.domain import in_language
from collector.pages import MAX_FIELDS
from collector.releases import Releases
from collector.texts import Texts
from tests.http.html import Element, parse, plain
from tests.http.problems import counters
from tests.world import AILLEURS, COURRIEL, FIN, SITE, World, a_world, an_avis

PAGE = f"/f/{FIN.code}"
BROWSER = {"accept": "text/html,application/xhtml+xml", "accept-language": "fr-FR,fr;q=0.9"}
XSS = '"><script>alert(1)</script><x y="'


def get(world: World, address: str = PAGE, **headers: str) -> httpx.Response:
    return world.client.get(address, headers={**BROWSER, **headers})


def scripts(page: Element) -> set[str]:
    return {each.raw for each in page.all("script")}


def fields_of(page: Element) -> dict[str, str]:
    """What a browser would post of this page, as it stands."""
    form = page.one("form")
    fields = {}
    for each in form.all("input"):
        if each.attrs["type"] != "radio" or "checked" in each.attrs:
            fields[each.attrs["name"]] = each.attrs.get("value", "")
    for each in form.all("textarea"):
        fields[each.attrs["name"]] = each.raw.removeprefix("\n")
    return fields


def opened(world: World, address: str = PAGE) -> dict[str, str]:
    """The fields of the form, opened ten seconds ago."""
    fields = fields_of(parse(get(world, address).text))
    world.clock.advance(seconds=10)
    return fields


def send(world: World, fields: dict[str, str], address: str = PAGE, **more: str) -> httpx.Response:
    """Post the fields as a browser does: UTF-8, percent-encoded, line ends as CRLF."""
    written = {
        name: value.replace("\r\n", "\n").replace("\n", "\r\n")
        for name, value in {**fields, **more}.items()
    }
    return raw(world, urlencode(written).encode(), address)


def raw(world: World, body: bytes, address: str = PAGE, **headers: str) -> httpx.Response:
    kind = {"content-type": "application/x-www-form-urlencoded"}
    return world.client.post(address, content=body, headers={**BROWSER, **kind, **headers})


def satisfied(fields: dict[str, str], **more: str) -> dict[str, str]:
    return {**fields, "note.satisfaction": "3", **more}


def stored(world: World) -> list[tuple[dict[str, int], str | None, int]]:
    rows = world.rows("select notes, verbatim, etape from avis order by id")
    return [(json.loads(notes), verbatim, etape) for notes, verbatim, etape in rows]


def openings(world: World) -> int:
    """Openings so far; an avis takes those that wait along to the store."""
    assert world.post(an_avis(clock_ms=world.clock.ms)).status_code == 201
    return sum(n for (n,) in world.rows("select n from agregat where dimension = 'ouverture'"))


# The page


@pytest.mark.parametrize("langue", ["fr", "en"])
@pytest.mark.parametrize(
    ("code", "questionnaire"), [(FIN.code, "standard-1"), (AILLEURS.code, "demarche-longue-1")]
)
def test_the_page_has_every_question_in_the_language_asked_for(
    world: World, code: str, questionnaire: str, langue: str
) -> None:
    page = parse(get(world, f"/f/{code}?lang={langue}").text)
    assert page.one("html").attrs["lang"] == langue
    asked = shipped_questionnaires()[questionnaire]
    fieldsets = list(page.all("fieldset"))
    assert len(fieldsets) == len(asked.dimensions)
    for fieldset, dimension in zip(fieldsets, asked.dimensions, strict=True):
        question = plain(in_language(dimension.question, langue))
        assert fieldset.one("legend").text.startswith(question)
        assert [label.text for label in fieldset.all("label")] == [
            in_language(niveau, langue) for niveau in dimension.niveaux
        ]
        radios = list(fieldset.all("input", type="radio"))
        assert [r.attrs["value"] for r in radios] == [
            str(i + 1) for i in range(len(dimension.niveaux))
        ]
        assert {r.attrs["name"] for r in radios} == {f"note.{dimension.code}"}
        assert all(("required" in r.attrs) == dimension.obligatoire for r in radios)
    assert asked.commentaire
    assert plain(in_language(asked.commentaire.question, langue)) in page.text
    assert plain(in_language(asked.commentaire.aide, langue)) in page.text
    assert page.one("button").text == Texts()[langue]["envoyer"]


@pytest.mark.parametrize(
    ("asked", "accepted", "langue"),
    [
        ("", "fr", "fr"),
        ("", "en-GB,en;q=0.9", "en"),
        ("", "de,en;q=0.5", "en"),
        ("", "de", "fr"),
        ("", "", "fr"),
        ("?lang=en", "fr", "en"),
        ("?lang=fr", "en", "fr"),
        ("?lang=de", "en", "en"),
        ("?lang=", "en", "en"),
    ],
)
def test_the_address_decides_the_language_then_the_browser_then_the_demarche(
    world: World, asked: str, accepted: str, langue: str
) -> None:
    answer = get(world, PAGE + asked, **{"accept-language": accepted})
    page = parse(answer.text)
    assert page.one("html").attrs["lang"] == langue
    assert page.one("title").text.startswith(Texts()[langue]["titre"])
    assert page.one("form").attrs["action"] == f"{PAGE}?lang={langue}"
    assert "Accept-Language" in answer.headers["vary"]


def policy(answer: httpx.Response) -> dict[str, str]:
    parts = answer.headers["content-security-policy"].split(";")
    return {name: value for name, _, value in (part.strip().partition(" ") for part in parts)}


def test_the_policy_lets_nothing_in_and_only_the_boutons_sites_around(world: World) -> None:
    answer = get(world)
    releases = Releases()
    assert policy(answer) == {
        "default-src": "'none'",
        "script-src": f"'{releases.file(releases.newest, 'page.js').integrity}'",
        "style-src": "'self'",
        "img-src": "'self'",
        "form-action": "'self'",
        "base-uri": "'none'",
        "frame-ancestors": f"'self' {SITE}",
    }
    assert policy(get(world, f"/f/{COURRIEL.code}"))["frame-ancestors"] == "'self'"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["referrer-policy"] == "strict-origin-when-cross-origin"
    assert "permissions-policy" in answer.headers
    assert "set-cookie" not in answer.headers


def test_in_a_frame_the_policy_names_our_origin(world: World) -> None:
    """For WebKit, « self » is nobody in a sandbox: the form would have neither style nor script."""
    given = policy(get(world, f"{PAGE}?cadre=1"))
    ours = f"'self' {world.client.app_state['parts'].origin}"
    for directive in ("script-src", "style-src", "img-src", "form-action", "frame-ancestors"):
        assert given[directive].startswith(ours), directive


@pytest.mark.parametrize(
    "address", [PAGE, f"{PAGE}/merci", "/resultats/", "/f/zzzz22", "/resultats/nulle-part"]
)
def test_no_page_needs_a_style_in_it_a_script_in_its_markup_or_another_site(
    world: World, address: str
) -> None:
    answer = get(world, address)
    page = parse(answer.text)
    assert "unsafe" not in answer.headers["content-security-policy"]
    assert list(page.all("style")) == []
    assert bool(list(page.all("script"))) == (address == PAGE)
    for element in page.all():
        assert not any(name.startswith("on") or name == "style" for name in element.attrs)
        for name in ("src", "href", "action"):
            assert not re.match(r"[a-z]+:|//", element.attrs.get(name, ""))


def test_the_sheets_of_the_page_are_there(world: World) -> None:
    for link in parse(get(world).text).all("link", rel="stylesheet"):
        answer = world.client.get(link.attrs["href"])
        assert (answer.status_code, answer.headers["content-type"]) == (
            200,
            "text/css; charset=utf-8",
        )
        assert "immutable" in answer.headers["cache-control"]


def test_a_link_may_bring_an_answer_along(world: World) -> None:
    page = parse(get(world, f"{PAGE}?satisfaction=2&effort=5&clarte=9").text)
    fields = fields_of(page)
    assert (fields["note.satisfaction"], fields["note.effort"]) == ("2", "5")
    assert "note.clarte" not in fields


@pytest.mark.parametrize("name", ["satisfaction", "lang", "verbatim", "cle", "jeton", "inconnu"])
def test_nothing_of_the_address_becomes_part_of_the_page(world: World, name: str) -> None:
    answer = get(world, f"{PAGE}?{urlencode({name: XSS})}")
    assert answer.status_code == 200
    assert "alert(1)" not in answer.text


# Openings


def test_an_opening_is_counted_once_for_each_page_seen(world: World) -> None:
    for _ in range(3):
        get(world)
    assert openings(world) == 3


def test_what_is_fetched_and_not_seen_is_no_opening(world: World) -> None:
    assert world.client.head(PAGE).status_code == 200
    for purpose in ("prefetch", "prefetch;prerender"):
        assert get(world, **{"sec-purpose": purpose}).status_code == 200
    get(world, "/f/zzzz22")
    get(world, f"{PAGE}/merci")
    assert openings(world) == 0


# Sending


def test_an_avis_is_stored_and_the_person_is_thanked(world: World) -> None:
    fields = opened(world)
    answer = send(world, satisfied(fields, **{"note.effort": "4"}), verbatim="Simple.\nRapide.")
    assert (answer.status_code, answer.headers["location"]) == (303, f"{PAGE}/merci?lang=fr")
    assert stored(world) == [({"satisfaction": 3, "effort": 4}, "Simple.\nRapide.", 11)]
    assert world.rows("select langue, affichage, ecarte from avis") == [("fr", "page", None)]
    assert world.histogram() == {3: 1}
    thanks = get(world, answer.headers["location"])
    assert thanks.status_code == 200
    assert Texts()["fr"]["merci_titre"] in parse(thanks.text).one("title").text
    assert len(list(parse(thanks.text).all(role="status"))) == 1


def test_an_avis_in_english_is_thanked_in_english(world: World) -> None:
    address = f"{PAGE}?lang=en"
    answer = send(world, satisfied(opened(world, address)), address)
    thanks = parse(get(world, answer.headers["location"]).text)
    assert thanks.one("html").attrs["lang"] == "en"
    assert Texts()["en"]["merci_titre"] in thanks.text
    assert world.rows("select langue from avis") == [("en",)]


def test_a_missing_answer_is_asked_for_and_what_was_typed_stays(world: World) -> None:
    fields = opened(world)
    answer = send(world, {**fields, "note.effort": "2"}, verbatim=f"À moi\nd’écrire {XSS}")
    assert answer.status_code == 422
    assert stored(world) == []
    page = parse(answer.text)
    wrong = page.one("fieldset", **{"aria-invalid": "true"})
    assert wrong is next(page.all("fieldset"))
    message = page.one(id=wrong.attrs["aria-describedby"])
    assert message in list(wrong.all())
    assert message.text == Texts()["fr"]["erreur_obligatoire"]
    assert "autofocus" in next(wrong.all("input")).attrs
    assert page.one("title").text.startswith(Texts()["fr"]["erreur_titre"])
    kept = fields_of(page)
    assert kept["note.effort"] == "2"
    assert kept["verbatim"].replace("\r\n", "\n") == f"À moi\nd’écrire {XSS}"
    assert kept["cle"] == fields["cle"]
    assert scripts(page) <= scripts(parse(get(world).text))
    assert send(world, satisfied(kept)).status_code == 303
    assert stored(world)[0][0] == {"satisfaction": 3, "effort": 2}


@pytest.mark.parametrize("level", ["0", "4", "-1", "3.0", "trois", "", "9" * 5_000, "²", "٤", XSS])
def test_a_level_that_does_not_exist_is_a_missing_answer(world: World, level: str) -> None:
    answer = send(world, satisfied(opened(world)), **{"note.satisfaction": level})
    assert answer.status_code == 422
    page = parse(answer.text)
    assert page.one("fieldset", **{"aria-invalid": "true"}) is next(page.all("fieldset"))
    assert stored(world) == []


@pytest.mark.parametrize("line", ["é" * 99 + "\n", "字" * 99 + "\n", "😀" * 99 + "\n"])
def test_a_comment_of_10_000_characters_is_stored_with_its_lines(world: World, line: str) -> None:
    comment = line * 99 + line[0] * 100
    assert len(comment) == 10_000
    assert send(world, satisfied(opened(world)), verbatim=comment).status_code == 303
    assert stored(world)[0][1] == comment


def test_a_comment_that_is_too_long_comes_back_whole(world: World) -> None:
    comment = "à" * 10_001
    answer = send(world, satisfied(opened(world)), verbatim=comment)
    assert answer.status_code == 422
    page = parse(answer.text)
    area = page.one("textarea")
    assert area.attrs["aria-invalid"] == "true"
    assert page.one("title").text.startswith("Votre commentaire est trop long – Je donne mon avis")
    described = [page.one(id=each) for each in area.attrs["aria-describedby"].split()]
    assert plain(Texts()["fr"]["erreur_verbatim"]) in [each.text for each in described]
    kept = fields_of(page)
    assert kept["verbatim"] == comment
    assert kept["note.satisfaction"] == "3"
    assert send(world, kept, verbatim=comment[:-1]).status_code == 303


@pytest.mark.parametrize("name", ["cle", "jeton", "questionnaire", "note.effort", "verbatim"])
def test_nothing_that_is_posted_becomes_markup(world: World, name: str) -> None:
    answer = send(world, opened(world), **{name: XSS})
    assert 400 <= answer.status_code < 500
    page = parse(answer.text)
    assert scripts(page) <= scripts(parse(get(world).text))
    assert list(page.all("x")) == []
    assert stored(world) == []


# Once


def test_a_form_that_is_sent_twice_counts_once(world: World) -> None:
    fields = satisfied(opened(world), verbatim="Une fois")
    assert [send(world, fields).status_code for _ in range(2)] == [303, 303]
    world.clock.advance(seconds=30)
    assert send(world, fields).status_code == 303
    assert world.count() == 1
    assert world.histogram() == {3: 1}


def test_after_back_a_corrected_answer_replaces_the_first(world: World) -> None:
    fields = opened(world)
    send(world, satisfied(fields))
    world.clock.advance(seconds=20)
    send(world, {**fields, "note.satisfaction": "1"}, verbatim="En fait non.")
    assert [(notes, verbatim) for notes, verbatim, _ in stored(world)] == [
        ({"satisfaction": 1}, "En fait non.")
    ]
    assert world.histogram() == {1: 1}


def test_a_correction_that_had_to_be_corrected_replaces_the_first_too(world: World) -> None:
    """Whatever pages were shown in between: a later answer never looks older than a first one."""
    fields = opened(world)
    world.clock.advance(seconds=60)
    send(world, satisfied(fields))
    again = send(world, {**fields, "note.satisfaction": "1", "verbatim": "x" * 10_001})
    assert again.status_code == 422
    world.clock.advance(seconds=5)
    kept = {**fields_of(parse(again.text)), "verbatim": "En fait non."}
    assert send(world, kept).status_code == 303
    assert world.histogram() == {1: 1}
    assert stored(world)[0][1] == "En fait non."


def test_what_is_put_right_at_once_is_not_taken_for_a_robot(world: World) -> None:
    answer = send(world, opened(world))
    assert send(world, satisfied(fields_of(parse(answer.text)))).status_code == 303
    assert world.histogram() == {3: 1}


def test_a_clock_that_is_set_back_costs_no_avis(world: World) -> None:
    fields = opened(world)
    world.clock.advance(seconds=-60)
    assert send(world, satisfied(fields)).status_code == 303
    assert world.count() == 1


def test_a_form_may_stay_open_as_long_as_its_jeton_lives(tmp_path: Path) -> None:
    with a_world(tmp_path, jeton_hours="168") as world:
        fields = opened(world)
        world.clock.advance(days=6)
        assert send(world, satisfied(fields)).status_code == 303
        assert world.histogram() == {3: 1}


def test_after_an_hour_the_page_says_that_it_is_too_late(world: World) -> None:
    fields = opened(world)
    send(world, satisfied(fields))
    world.clock.advance(hours=1, seconds=1)
    answer = send(world, {**fields, "note.satisfaction": "1"})
    assert answer.status_code == 409
    assert "delai_depasse" in parse(answer.text).text
    assert world.histogram() == {3: 1}


# What comes back with everything that was typed


def kept_whole(page: Element, fields: dict[str, str]) -> dict[str, str]:
    """The fields of a page that has to hold all that was sent; only the jeton may be new."""
    kept = fields_of(page)
    kept["verbatim"] = kept["verbatim"].replace("\r\n", "\n")
    assert {**kept, "jeton": ""} == {**fields, "site_web": "", "jeton": ""}
    assert len(list(page.all(role="alert"))) == 1
    return kept


def title(answer: httpx.Response) -> str:
    return parse(answer.text).one("title").text


def test_a_form_that_comes_back_for_what_cannot_be_seen_says_so_in_its_title(world: World) -> None:
    fields = satisfied(opened(world), cle="x")
    answer = send(world, fields)
    assert (answer.status_code, title(answer)[:26]) == (422, "Cet avis n’est pas valable")
    english = send(world, fields, f"{PAGE}?lang=en")
    assert title(english).startswith("This avis is not valid – Give my feedback")
    assert title(get(world)).startswith("Je donne mon avis – ")


TYPED = {"note.satisfaction": "1", "note.clarte": "5", "verbatim": "Deux\nlignes « ici »"}


def test_after_a_day_the_form_comes_back_and_can_be_sent(world: World) -> None:
    fields = {**opened(world), **TYPED}
    world.clock.advance(days=1)
    answer = send(world, fields)
    assert answer.status_code == 403
    assert title(answer).startswith("Le formulaire est resté ouvert trop longtemps – Je donne")
    assert world.count() == 0
    kept = kept_whole(parse(answer.text), fields)
    assert kept["jeton"] != fields["jeton"]
    world.clock.advance(seconds=10)
    assert send(world, kept).status_code == 303
    assert [(notes, v) for notes, v, _ in stored(world)] == [
        ({"satisfaction": 1, "clarte": 5}, "Deux\nlignes « ici »")
    ]


def test_too_many_at_once_keeps_what_was_typed(tmp_path: Path) -> None:
    with a_world(tmp_path, address_rate="1", address_burst="1") as world:
        send(world, satisfied(opened(world)))
        fields = {**opened(world), **TYPED}
        answer = send(world, fields)
        assert answer.status_code == 429
        assert title(answer).startswith("Trop de demandes à la fois – Je donne mon avis")
        kept_whole(parse(answer.text), fields)
        assert world.count() == 1


def test_a_store_that_is_locked_keeps_what_was_typed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("collector.store.sqlite_file.BUSY_SECONDS", 0.05)
    with a_world(tmp_path) as world:
        fields = {**opened(world), **TYPED}
        other = sqlite3.connect(world.path, isolation_level=None)
        other.execute("begin exclusive")
        answer = send(world, fields)
        assert answer.status_code == 503
        assert title(answer).startswith("Le service est en panne – Je donne mon avis")
        other.close()
        kept = kept_whole(parse(answer.text), fields)
        assert kept["jeton"] == fields["jeton"]
        assert send(world, kept).status_code == 303
        assert world.histogram() == {1: 1}


# What ends on a page of its own


def test_a_closed_bouton_has_no_form_and_takes_none(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    fields = satisfied(opened(world))
    monkeypatch.setattr("collector.catalogue.FRESH_SECONDS", 0.0)
    asyncio.run(world.store.set_bouton_ouvert(FIN.code, False))
    for answer in (get(world), send(world, fields)):
        assert answer.status_code == 410
        page = parse(answer.text)
        assert list(page.all("form")) == []
        assert "n’est pas" not in page.one("title").text
        assert page.one("title").text == "Cette démarche ne recueille plus d’avis"
    assert world.count() == 0


@pytest.mark.parametrize("code", ["zzzz22", "K7F3Q2", "k7f3q2%20", "%3Cscript%3E", "é", "%FF"])
def test_an_unknown_bouton_has_a_page_that_says_so(world: World, code: str) -> None:
    for answer in (get(world, f"/f/{code}"), send(world, {}, f"/f/{code}")):
        assert answer.status_code == 404
        page = parse(answer.text)
        assert page.one("title").text == "Ce formulaire est introuvable"
        assert scripts(page) == set()
    english = get(world, f"/f/{code}", **{"accept-language": "en"})
    assert parse(english.text).one("title").text == "This form cannot be found"


def test_a_form_without_jeton_or_with_a_foreign_one_is_refused(world: World) -> None:
    fields = satisfied(opened(world))
    foreign = opened(world, f"/f/{AILLEURS.code}")["jeton"]
    for jeton in ("", foreign, "é.è", "x" * 300):
        assert send(world, fields, jeton=jeton).status_code == 403
    assert world.count() == 0


def test_the_trap_and_haste_are_thanked_and_not_counted(world: World) -> None:
    fields = opened(world)
    assert send(world, satisfied(fields), site_web="https://evil.test").status_code == 303
    quick = fields_of(parse(get(world).text))
    world.clock.advance(seconds=0.5)
    assert send(world, satisfied(quick)).status_code == 303
    assert world.rows("select ecarte from avis order by id") == [("piege",), ("trop_rapide",)]
    assert counters(world) == []


@pytest.mark.parametrize(
    "kind", ["text/plain", "application/json", "multipart/form-data; boundary=x"]
)
def test_a_form_of_another_type_is_refused(world: World, kind: str) -> None:
    assert raw(world, b"{}", **{"content-type": kind}).status_code == 415


def spoiled(fields: dict[str, str]) -> list[bytes]:
    body = urlencode(satisfied(fields)).encode()
    return [
        b"",
        b"&&&=&=",
        b"\xff\xfe" + body,
        body + "&verbatim=é".encode("latin-1"),
        body + b"".join(b"&x%d=1" % i for i in range(MAX_FIELDS)),
        body + b"&" * MAX_FIELDS + b"x",
        b"verbatim=" + b"a" * 200_000,
    ]


@pytest.mark.parametrize("rank", range(7))
def test_a_form_no_browser_sends_is_refused(world: World, rank: int) -> None:
    answer = raw(world, spoiled(opened(world))[rank])
    assert answer.status_code in (403, 413)
    assert world.count() == 0


def test_bytes_that_are_no_utf_8_do_not_cost_the_avis(world: World) -> None:
    fields = satisfied(opened(world))
    body = urlencode({k: v for k, v in fields.items() if k != "verbatim"}).encode()
    assert raw(world, body + b"&verbatim=caf%E9").status_code == 303
    assert stored(world)[0][1] == "caf\ufffd"


def test_a_field_given_twice_counts_with_its_last_value(world: World) -> None:
    body = urlencode(satisfied(opened(world))).encode() + b"&note.satisfaction=1"
    assert raw(world, body).status_code == 303
    assert world.histogram() == {1: 1}


def test_a_program_that_posts_the_form_gets_the_refusal_as_a_problem(world: World) -> None:
    answer = send(world, {}, "/f/zzzz22")
    assert answer.headers["content-type"].startswith("text/html")
    answer = raw(world, b"", "/f/zzzz22", accept="*/*")
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["code"] == "bouton_inconnu"


def test_another_method_is_refused_and_told_which_ones_to_use(world: World) -> None:
    answer = world.client.put(PAGE)
    assert answer.status_code == 405
    assert set(re.split(r", ?", answer.headers["allow"])) >= {"GET"}


def wait(condition: Callable[[], bool], seconds: float = 2) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.01)


def test_openings_alone_are_written_within_a_second(world: World) -> None:
    get(world)
    sql = "select n from agregat where dimension = 'ouverture'"
    wait(lambda: world.rows(sql) == [(1,)])
