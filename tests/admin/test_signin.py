"""Coming in, and staying out: passwords, codes, sessions, links."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import parse_qsl, urlsplit

import pyotp
import pytest

from admin_ui.connexion import codes
from admin_ui.connexion.links import new_link
from admin_ui.sessions import empreinte
from collector.clock import instant
from collector.comptes import Usage
from collector.domain import Bouton
from tests.admin.visit import PASSWORD, Visit, a_compte, a_visit, an_admin_world, browser, run
from tests.world import World

ANOTHER = "une autre phrase, plus longue"


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    with an_admin_world(tmp_path_factory.mktemp("admin")) as world:
        yield world


@pytest.fixture
def world(shared: World) -> World:
    """The shared one: each test has people of its own."""
    return shared


def actions(world: World, compte_id: int) -> list[str]:
    return [
        action
        for (action,) in world.rows(
            f"select action from journal where qui = 'compte {compte_id}' order by id"
        )
    ]


def sign_in(visit: Visit, password: str = PASSWORD, **more: str) -> int:
    said = {"courriel": visit.compte.courriel, "mot_de_passe": password, **more}
    return visit.post("/connexion", said).status_code


def somebody(world: World, courriel: str) -> Visit:
    return Visit(browser(world), a_compte(world, "porteur", courriel=courriel))


def test_who_is_not_signed_in_is_asked_to_and_led_back(world: World) -> None:
    visit = somebody(world, "retour@exemple.fr")
    answer = visit.get("/compte?x=1")
    assert answer.status_code == 303
    assert answer.headers["location"] == "/admin/connexion?suite=%2Fadmin%2Fcompte%3Fx%3D1"
    said = {"courriel": visit.compte.courriel, "mot_de_passe": PASSWORD}
    back = visit.post("/connexion", {**said, "suite": "/admin/compte?x=1"})
    assert back.headers["location"] == "/admin/compte?x=1"
    assert back.headers["cache-control"] == "no-store"  # it holds the session
    assert visit.get("/compte").status_code == 200


def test_who_comes_through_a_prefix_is_led_back_with_it(tmp_path: Path) -> None:
    """The proxy takes it away before we see the address."""
    with an_admin_world(tmp_path, public_url="http://avis.exemple.fr/sous") as world:
        visit = somebody(world, "prefixe@exemple.fr")
        asked = urlsplit(visit.get("/compte?x=1").headers["location"])
        assert asked.path == "/sous/admin/connexion"
        [(_, suite)] = parse_qsl(asked.query)
        said = {"courriel": visit.compte.courriel, "mot_de_passe": PASSWORD, "suite": suite}
        back = visit.post("/connexion", said)
        assert back.headers["location"] == "/sous/admin/compte?x=1"


@pytest.mark.parametrize(
    "suite",
    ["https://mechant.test/", "//mechant.test/admin/", "/\\mechant.test", "/admin/\\..", "/adminx",
     "javascript:alert(1)", "/admin/\r\nSet-Cookie: a=b", "é"],
)  # fmt: skip
def test_nobody_is_led_to_another_site(world: World, suite: str) -> None:
    visit = somebody(world, f"suite{abs(hash(suite))}@exemple.fr")
    said = {"courriel": visit.compte.courriel, "mot_de_passe": PASSWORD, "suite": suite}
    answer = visit.post("/connexion", said)
    assert answer.status_code == 303
    assert answer.headers["location"] == "/admin/"


def test_a_wrong_password_and_nobody_are_told_the_same(world: World) -> None:
    visit = somebody(world, "ici@exemple.fr")
    wrong = visit.post("/connexion", {"courriel": "ici@exemple.fr", "mot_de_passe": "faux"})
    nobody = visit.post("/connexion", {"courriel": "nul@exemple.fr", "mot_de_passe": "faux"})
    assert wrong.status_code == nobody.status_code == 422
    assert wrong.text.replace("ici@", "nul@") == nobody.text
    assert "faux" not in wrong.text
    assert actions(world, visit.compte.id) == ["connexion_refusee"]
    assert [*world.rows("select qui from journal where action = 'connexion_refusee'")].count(
        ("inconnu",)
    ) == 1


def test_a_cookie_is_new_at_each_sign_in_and_says_nothing(world: World) -> None:
    visit = somebody(world, "cookie@exemple.fr")
    visit.client.cookies.set("jdma", "choisi-par-un-autre")
    answer = visit.post("/connexion", {"courriel": "cookie@exemple.fr", "mot_de_passe": PASSWORD})
    cookie = answer.headers["set-cookie"]
    assert re.fullmatch(r"jdma=[\w-]{43}; HttpOnly; Path=/; SameSite=lax", cookie)
    secret = cookie.partition("=")[2].partition(";")[0]
    kept = [row[0] for row in world.rows("select empreinte from session")]
    assert empreinte(secret) in kept
    assert secret not in world.path.read_bytes().decode("latin-1")
    first = secret
    assert sign_in(visit) == 303
    assert empreinte(first) not in [r[0] for r in world.rows("select empreinte from session")]


def test_signing_out_ends_the_session_for_a_thief_too(world: World) -> None:
    visit = somebody(world, "sortie@exemple.fr")
    assert sign_in(visit) == 303
    thief = Visit(browser(world), visit.compte)
    thief.client.cookies.update(visit.client.cookies)
    assert thief.get("/compte").status_code == 200
    assert visit.post("/deconnexion").headers["location"] == "/admin/connexion?fait=deconnecte"
    assert thief.get("/compte").status_code == 303


def test_two_browsers_are_two_sessions_and_one_can_end_the_other(world: World) -> None:
    one = somebody(world, "deux@exemple.fr")
    other = Visit(browser(world), one.compte)
    assert sign_in(one) == sign_in(other) == 303
    assert one.get("/compte").text.count("Celle-ci") == 1
    assert one.post("/compte/sessions").status_code == 303
    assert one.get("/compte").status_code == 200
    assert other.get("/compte").status_code == 303


def test_a_session_ends_when_nothing_is_done_and_after_twelve_hours(tmp_path: Path) -> None:
    with an_admin_world(tmp_path) as world:
        visit = a_visit(world, "lecteur")
        for _ in range(3):
            world.clock.advance(seconds=29 * 60)
            assert visit.get("/compte").status_code == 200
        world.clock.advance(seconds=30 * 60)
        assert visit.get("/compte").status_code == 303
        assert sign_in(visit) == 303
        for _ in range(24):
            world.clock.advance(seconds=29 * 60)
            assert visit.get("/compte").status_code == 200
        world.clock.advance(seconds=25 * 60)
        assert visit.get("/compte").status_code == 303


def test_tries_are_counted_by_account(tmp_path: Path) -> None:
    with an_admin_world(tmp_path) as world:
        visit = somebody(world, "essais@exemple.fr")
        assert [sign_in(visit, "faux") for _ in range(10)] == [422] * 10
        said = {"courriel": "Essais@exemple.fr", "mot_de_passe": PASSWORD}
        answer = visit.post("/connexion", said)
        assert answer.status_code == 429
        assert 0 < int(answer.headers["retry-after"]) <= 10
        assert "Trop d’essais" in answer.text


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"sec-fetch-site": "cross-site"}, 403),
        ({"sec-fetch-site": "same-site"}, 403),
        ({"sec-fetch-site": "none"}, 403),
        ({"sec-fetch-site": "cross-site", "origin": "http://127.0.0.1:8000"}, 403),
    ],
)
def test_a_form_from_elsewhere_does_nothing(
    world: World, headers: dict[str, str], status: int
) -> None:
    visit = somebody(world, f"croise{len(str(headers))}@exemple.fr")
    assert sign_in(visit) == 303
    answer = visit.post("/compte/nom", {"nom": "Piraté"}, **headers)
    assert answer.status_code == status
    assert "autre_site" in answer.text
    assert "Piraté" not in visit.get("/compte").text


def test_an_old_browser_says_its_origin(world: World) -> None:
    visit = somebody(world, "ancien@exemple.fr")
    assert sign_in(visit) == 303
    form = {"content-type": "application/x-www-form-urlencoded"}
    for origin, status in (("http://127.0.0.1:8000", 303), ("http://127.0.0.1", 403), (None, 403)):
        sent = {**form, "origin": origin} if origin else form
        answer = visit.client.post("/admin/compte/nom", content="nom=Moi", headers=sent)
        assert answer.status_code == status, origin


def test_an_operateur_has_to_set_codes_up_before_anything_else(tmp_path: Path) -> None:
    with an_admin_world(tmp_path, totp="operateurs") as world:
        visit = a_visit(world, "operateur")
        assert visit.get("/compte").headers["location"] == "/admin/compte/code"
        page = visit.get("/compte/code").text
        [secret] = set(re.findall(r'name="secret" value="([A-Z2-7]{32})"', page))
        said = {"secret": secret, "actuel": PASSWORD}
        assert visit.post("/compte/code", {**said, "code": "000000"}).status_code == 422
        code = pyotp.TOTP(secret).at(world.clock.ms // 1000)
        done = visit.post("/compte/code", {**said, "code": code})
        assert done.status_code == 200
        recovery = re.findall(r"<code>([a-z0-9-]{14})</code>", done.text)
        assert len(recovery) == codes.RECOVERY
        assert visit.get("/compte").status_code == 200

        other = Visit(browser(world), visit.compte)
        assert sign_in(other) == 303
        assert other.get("/compte").headers["location"] == "/admin/connexion/code"
        # The code that turned them on was used, and so were those before it.
        assert other.post("/connexion/code", {"code": code}).status_code == 422
        world.clock.advance(seconds=30)
        fresh = pyotp.TOTP(secret).at(world.clock.ms // 1000)
        before = other.client.cookies["jdma"]
        assert (
            other.post("/connexion/code", {"code": fresh[:3] + " " + fresh[3:]}).status_code == 303
        )
        assert other.client.cookies["jdma"] != before
        assert other.get("/compte").status_code == 200

        third = Visit(browser(world), visit.compte)
        assert sign_in(third) == 303
        assert third.post("/connexion/code", {"code": recovery[0].upper()}).status_code == 303
        again = Visit(browser(world), visit.compte)
        assert sign_in(again) == 303
        assert again.post("/connexion/code", {"code": recovery[0]}).status_code == 422


def test_who_tries_for_somebody_else_does_not_keep_them_out(tmp_path: Path) -> None:
    """By asking for links, which counts as a try and takes less time than a password."""
    with an_admin_world(tmp_path) as world:
        visit = somebody(world, "visee@exemple.fr")

        def tries_from(address: str, n: int) -> list[int]:
            other, said = Visit(browser(world, address), visit.compte), visit.compte.courriel
            return [other.post("/mot-de-passe", {"courriel": said}).status_code for _ in range(n)]

        assert tries_from("192.0.2.1", 11) == [303] * 10 + [429]
        assert sign_in(visit) == 303
        # … and from many addresses at once, they are stopped
        assert tries_from("192.0.2.12", 10) == [303] * 10
        for n in range(2, 12):
            last = tries_from(f"192.0.2.{n}", 10)[-1]
        assert last == 429


def test_codes_cannot_be_tried_one_after_the_other(tmp_path: Path) -> None:
    with an_admin_world(tmp_path) as world:
        visit = somebody(world, "codes@exemple.fr")

        async def with_codes() -> None:
            await world.store.set_totp(visit.compte.id, codes.new_secret(), [])

        run(world, with_codes)
        assert sign_in(visit) == 303
        tried = [visit.post("/connexion/code", {"code": f"{i:06}"}) for i in range(11)]
        assert [answer.status_code for answer in tried] == [422] * 10 + [429]
        assert 30 < int(tried[-1].headers["retry-after"]) <= 60
        assert visit.get("/compte").status_code == 303


def test_a_link_opens_once_and_not_for_ever(world: World) -> None:
    visit = somebody(world, "invite@exemple.fr")
    store, now = world.store, instant(world.clock.ms)

    async def make() -> str:
        return await new_link(store, visit.compte, "invitation", now)

    old, secret = run(world, make), run(world, make)
    assert visit.get(f"/lien/{old}").status_code == 410
    assert visit.get(f"/lien/{secret}").status_code == 200
    said = {"nom": "Camille Exemple", "mot_de_passe": ANOTHER, "encore": ANOTHER}
    for change, words in (
        ({"mot_de_passe": "trop court", "encore": "trop court"}, "15 au moins"),
        ({"mot_de_passe": "motdepasse123456", "encore": "motdepasse123456"}, "se devine"),
        ({"encore": "pas la même phrase"}, "pas le même"),
        ({"nom": " "}, "Écrivez votre nom"),
    ):
        answer = visit.post(f"/lien/{secret}", {**said, **change})
        assert answer.status_code == 422
        assert words in answer.text
        assert ANOTHER not in answer.text
    assert visit.post(f"/lien/{secret}", said).status_code == 303
    assert visit.post(f"/lien/{secret}", said).status_code == 410
    assert sign_in(visit, PASSWORD) == 422
    assert sign_in(visit, ANOTHER) == 303
    assert "Camille Exemple" in visit.get("/compte").text


@pytest.mark.parametrize("usage", ["courriel", "invitation"])
def test_a_password_that_was_reset_ends_the_other_links(world: World, usage: Usage) -> None:
    """Whoever knew the old one may have asked for the address to be theirs."""
    visit = somebody(world, f"repris-{usage}@exemple.fr")
    store, now = world.store, instant(world.clock.ms)

    async def make(usage: Usage) -> str:
        return await new_link(store, visit.compte, usage, now, f"voleur-{usage}@exemple.fr")

    theirs, own = run(world, lambda: make(usage)), run(world, lambda: make("mot_de_passe"))
    assert visit.get(f"/lien/{theirs}").status_code == 200
    said = {"mot_de_passe": ANOTHER, "encore": ANOTHER}
    assert visit.post(f"/lien/{own}", said).status_code == 303
    assert visit.post(f"/lien/{theirs}", said).status_code == 410


def test_a_new_password_ends_the_other_sessions(world: World) -> None:
    one = somebody(world, "change@exemple.fr")
    other = Visit(browser(world), one.compte)
    assert sign_in(one) == sign_in(other) == 303
    said = {"actuel": PASSWORD, "mot_de_passe": ANOTHER, "encore": ANOTHER}
    wrong = one.post("/compte/mot-de-passe", {**said, "actuel": "pas celui-là"})
    assert wrong.status_code == 422
    assert "Ce n’est pas votre mot de passe." in wrong.text
    assert one.post("/compte/mot-de-passe", said).status_code == 303
    assert one.get("/compte").status_code == 200
    assert other.get("/compte").status_code == 303
    assert sign_in(other, ANOTHER) == 303


def test_what_is_no_form_is_refused(world: World) -> None:
    visit = somebody(world, "forme@exemple.fr")
    url = "/admin/connexion"
    site = {"sec-fetch-site": "same-origin"}
    form = {**site, "content-type": "application/x-www-form-urlencoded"}
    json = {**site, "content-type": "application/json"}
    for content, headers, status in (
        (b"{}", json, 415),
        (b"a=%FF", form, 400),
        (b"a=\xff", form, 400),
        (b"a=" + b"x" * 300_000, form, 413),
        (b"a&" * 2_000, form, 400),
        (b"courriel=a%00", form, 400),  # PostgreSQL would have refused it: 503
    ):
        answer = visit.client.post(url, content=content, headers=headers)
        assert answer.status_code == status, content[:10]


def test_every_page_says_what_a_browser_may_do_with_it(world: World) -> None:
    visit = somebody(world, "entetes@exemple.fr")
    assert sign_in(visit) == 303
    for path in ("/compte", "/compte/code", "/rien", "/mot-de-passe"):
        headers = visit.get(path).headers
        assert "frame-ancestors 'none'" in headers["content-security-policy"]
        assert "unsafe" not in headers["content-security-policy"]
        assert headers["cache-control"] == "no-store"
        assert headers["cross-origin-opener-policy"] == "same-origin"
        assert headers["x-content-type-options"] == "nosniff"


def test_the_collector_serves_without_it(tmp_path: Path) -> None:
    from tests.world import FIN, a_world, an_avis

    with a_world(tmp_path) as world:
        assert isinstance(FIN, Bouton)
        assert world.post(an_avis()).status_code == 201
        assert world.client.get("/admin/connexion").status_code == 404
