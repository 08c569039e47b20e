"""A new secret: who had a form open is still heard, until the old one is forgotten."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import httpx2 as httpx
import orjson
import pytest

from admin_ui.alertes import desabonnement
from admin_ui.alertes.crochet import secret_of, signature
from admin_ui.connexion.oidc import Departs, OidcRefused
from collector.asked.cursor import Cursors, Left
from collector.asked.selection import Selection
from collector.clock import Clock
from collector.errors import BadFilter
from collector.secret import read
from tests.admin.visit import a_visit, an_admin_world, browser
from tests.forked import run
from tests.http.html import parse
from tests.http.problems import problem
from tests.world import FIN, NOON, SECRET, a_server, a_world, an_avis, new_database

ALL = Selection((1,))
NEW = "un-secret-neuf-de-test-assez-long-lui-aussi"


def an_open_form(folder: Path) -> tuple[dict[str, Any], dict[str, str]]:
    """An avis that is about to be given, and the fields of a page, of a server with SECRET."""
    with a_world(folder) as world:
        inputs = parse(world.client.get("/f/k7f3q2").text).one("form").all("input")
        page = {
            each.attrs["name"]: each.attrs["value"]
            for each in inputs
            if each.attrs["type"] == "hidden"
        }
        return an_avis(jeton=world.client.get("/f/k7f3q2.json").json()["jeton"]), page


def test_a_form_opened_before_is_accepted_after(tmp_path: Path) -> None:
    (tmp_path / "avant").mkdir()
    avis, page = an_open_form(tmp_path / "avant")
    with a_world(tmp_path, secret=NEW, old_secrets=SECRET) as world:
        world.clock.advance(hours=1)
        assert world.post(avis).status_code == 201
        sent = {**page, "note.satisfaction": "3"}
        assert world.client.post("/f/k7f3q2", data=sent).status_code == 303
        assert world.histogram() == {3: 2}
        opened = world.client.get("/f/k7f3q2.json").json()["jeton"]
        assert opened != avis["jeton"]
    # What is signed now is signed with the new one alone.
    (tmp_path / "apres").mkdir()
    with a_world(tmp_path / "apres", secret=NEW) as world:
        world.clock.advance(hours=1, seconds=5)
        assert world.post(an_avis(jeton=opened)).status_code == 201


def test_a_form_opened_before_is_refused_once_its_secret_is_forgotten(tmp_path: Path) -> None:
    (tmp_path / "avant").mkdir()
    avis, _ = an_open_form(tmp_path / "avant")
    with a_world(tmp_path, secret=NEW, old_secrets="v" * 40) as world:
        problem(world.post(avis), 403, "jeton_invalide")
        assert world.count() == 0


def test_a_cursor_a_departure_and_an_end_of_alerts_outlive_their_secret() -> None:
    left = Left(1, "2026-11-22T10:00:00Z", "cle", "2026-11-22T11:00:00Z")
    cursor = Cursors(SECRET).write(left, ALL, "moi")
    assert Cursors(NEW, [SECRET]).read(cursor, ALL, "moi") == left
    with pytest.raises(BadFilter):
        Cursors(NEW).read(cursor, ALL, "moi")

    depart = Departs(SECRET).begin(NOON, "/admin/")
    assert Departs(NEW, ["v" * 40, SECRET]).read(depart.cookie, NOON) == depart
    with pytest.raises(OidcRefused):
        Departs(NEW).read(depart.cookie, NOON)

    arret = desabonnement.Arret(1, "silence", 2)
    said = desabonnement.address_of("", SECRET, arret).partition("?a=")[2]
    assert desabonnement.read([NEW, SECRET], said) == arret
    assert desabonnement.read([NEW], said) is None


def test_whoever_is_signed_in_stays_so_and_no_other_cookie_lets_in(tmp_path: Path) -> None:
    with an_admin_world(tmp_path) as world:
        cookies = dict(a_visit(world, "operateur").client.cookies)
    for given in ({"secret": NEW, "old_secrets": SECRET}, {"secret": NEW}):
        with an_admin_world(tmp_path, **given) as world:
            somebody, other = browser(world), browser(world)
            somebody.cookies.update(cookies)
            other.cookies.update({name: value[::-1] for name, value in cookies.items()})
            assert somebody.get("/admin/comptes").status_code == 200
            assert other.get("/admin/comptes").status_code != 200


def test_a_webhook_is_signed_for_whoever_knows_either_secret() -> None:
    new, old = (secret_of(each, 1, "graine") for each in (NEW, SECRET))
    body = orjson.dumps({"id": "e1"})
    stamp, *signed = signature([new, old], 1_795_341_600, body).split(",")
    alone = [signature([each], 1_795_341_600, body).split(",")[1] for each in (new, old)]
    assert (stamp, signed) == ("t=1795341600", alone)


def test_the_commands_change_the_file_and_a_server_takes_it(tmp_path: Path) -> None:
    path = new_database(tmp_path)
    where = f"--database=sqlite:///{path}"
    assert "n’existe pas" in run("secret", "rotate", where).stderr
    path.with_name("avis.db.secret").write_text(f"{SECRET}\n")
    assert run("secret", "rotate", where).returncode == 0
    assert read(path.with_name("avis.db.secret"))[1] == SECRET
    with a_server(path, secret="") as server:
        avis = an_avis(FIN, Clock().now().ms)  # its jeton is signed with the secret of before
        assert httpx.post(f"{server.url}/api/v1/avis", json=avis).status_code == 201
    assert run("secret", "forget", where).stdout.count("1 ancien(s)") == 1
    assert SECRET not in path.with_name("avis.db.secret").read_text()


def test_a_secret_of_settings_is_changed_there(tmp_path: Path) -> None:
    drawn = run("secret", "create").stdout.strip()
    assert len(drawn) >= 32
    refused = run("secret", "rotate", environ={"JDMA_SECRET": drawn})
    assert (refused.returncode, "JDMA_OLD_SECRETS" in refused.stderr) == (1, True)
