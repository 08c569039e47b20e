"""Below a path of a site that exists: every address in what is served is one that is served."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from urllib.parse import urljoin, urlsplit

import httpx2 as httpx
import pytest

from tests.admin.visit import FORM, PASSWORD
from tests.deploiement.devant import SHIPPED, Front, add_operateur, fitted, nginx
from tests.http.html import parse
from tests.ports import free_port
from tests.world import CARTE, FIN, SITE, a_jeton, a_server, an_avis, new_database

PREFIX = "/avis"
ASKED, POSTED = (200, 303, 307), (403, 415)
# What a page of the operator's names, and the proxy keeps for the machine itself.
NOT_OUTSIDE = {f"{PREFIX}/metrics": (404,), f"{PREFIX}/readyz": (404,)}
START = ("/", f"/f/{FIN.code}", "/resultats/", f"/resultats/{CARTE.slug}", "/admin/")
LEFT, TAKEN_OFF = "proxy_pass http://jdma;", "proxy_pass http://jdma/;"


def below_prefix(site: str, port: int, passed: str) -> str:
    """nginx.conf with the locations of nginx-prefixe.conf instead of its own."""
    locations = (SHIPPED / "nginx-prefixe.conf").read_text("utf-8")
    ours = fitted(locations, {LEFT: passed, "Host $host;": "Host $http_host;",
                              "/var/log/nginx/jdma.log": "/dev/null"})  # fmt: skip
    before, _, _ = site.partition("    # Pour la machine elle-même")
    return f"{before}{ours}}}\n"


@pytest.fixture(scope="module", params=[LEFT, TAKEN_OFF], ids=["laissé", "enlevé"])
def front(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Front]:
    """A site with a collector below PREFIX, which nginx leaves in the address or takes off."""
    folder = tmp_path_factory.mktemp("prefixe")
    port = free_port()
    path = new_database(folder)
    add_operateur(path)
    with ExitStack() as stack:
        made = stack.enter_context(
            nginx(folder, f"127.0.0.1:{port}", lambda site: below_prefix(site, port, request.param))
        )
        settings = {"public_url": f"{made.url}{PREFIX}", "trusted_proxies": "127.0.0.1"}
        stack.enter_context(a_server(path, port, totp="personne", **settings))
        yield made


@pytest.fixture
def visitor(front: Front) -> Iterator[httpx.Client]:
    with front.visitor() as made:
        yield made


def addresses(answer: httpx.Response) -> set[tuple[str, str]]:
    """Where a page leads, asks from or sends to, on its own site; with the method."""
    tree = parse(answer.text)
    named = {
        ("get", each.attrs[n]) for each in tree.all() for n in ("href", "src") if n in each.attrs
    }
    for form in tree.all("form"):
        told = [(form, "action"), *((each, "formaction") for each in form.all("button"))]
        how = form.attrs.get("method", "get")
        named |= {(how, each.attrs[name]) for each, name in told if name in each.attrs}
    whole = {(how, urljoin(str(answer.url), each.partition("#")[0])) for how, each in named}
    here = urlsplit(str(answer.url)).netloc
    return {(how, each) for how, each in whole if urlsplit(each).netloc == here}


def crawled(
    visitor: httpx.Client, start: tuple[str, ...], most: int = 150
) -> dict[tuple[str, str], int]:
    """The status of every address that pages lead to, from these on."""
    base = str(visitor.base_url).rstrip("/")
    waiting = [("get", f"{base}{PREFIX}{path}") for path in start]
    seen: dict[tuple[str, str], int] = {}
    while waiting and len(seen) < most:
        how, address = waiting.pop(0)
        if (how, address) in seen:
            continue
        if how == "post":  # from elsewhere: refused where there is something to refuse
            sent = visitor.post(address, headers={"sec-fetch-site": "cross-site"})
            seen[how, address] = sent.status_code
            continue
        answer = visitor.get(address)
        seen[how, address] = answer.status_code
        if answer.is_redirect:
            waiting.append(("get", urljoin(address, answer.headers["location"])))
        elif "text/html" in answer.headers.get("content-type", ""):
            waiting += sorted(addresses(answer))
    return seen


def wrong(seen: dict[tuple[str, str], int]) -> dict[tuple[str, str], int]:
    """What is outside of the prefix, or not there."""
    return {
        (how, address): status
        for (how, address), status in seen.items()
        if not (path := urlsplit(address).path).startswith(f"{PREFIX}/")
        or status not in (POSTED if how == "post" else NOT_OUTSIDE.get(path, ASKED))
    }


def test_every_address_of_every_public_page_is_below_the_prefix(visitor: httpx.Client) -> None:
    seen = crawled(visitor, START)
    assert wrong(seen) == {}
    assert len(seen) > 15
    kinds = {urlsplit(address).path.split("/")[2] for _, address in seen}
    assert {"f", "resultats", "style", "api", "admin"} <= kinds


def test_every_address_of_the_administration_is_below_the_prefix(visitor: httpx.Client) -> None:
    said = {"courriel": "camille@exemple.fr", "mot_de_passe": PASSWORD}
    entered = visitor.post(
        f"{PREFIX}/admin/connexion", data=said, headers={**FORM, "sec-fetch-site": "same-origin"}
    )
    assert (entered.status_code, entered.headers["location"]) == (303, f"{PREFIX}/admin/")
    seen = crawled(visitor, ("/admin/",), most=80)
    assert wrong(seen) == {}
    assert len(seen) > 40


def test_an_avis_is_posted_where_the_form_says(visitor: httpx.Client) -> None:
    form = visitor.get(f"{PREFIX}/f/{FIN.code}.json", headers={"origin": SITE}).json()
    assert form["page"] == f"{str(visitor.base_url).rstrip('/')}{PREFIX}/f/{FIN.code}"
    now = form["maintenant"]
    body = an_avis(clock_ms=now, jeton=a_jeton(opened_ms=now - 10_000))
    headers = {"origin": SITE, "content-type": "text/plain"}
    sent = visitor.post(form["envoi"], content=json.dumps(body), headers=headers)
    assert sent.status_code == 201
    fields = {"jeton": body["jeton"], "cle": form["cle"], "questionnaire": "standard-1",
              "note.satisfaction": "3"}  # fmt: skip
    posted = visitor.post(f"{PREFIX}/f/{FIN.code}", data=fields)
    assert posted.status_code == 303
    assert posted.headers["location"].startswith(f"{PREFIX}/f/{FIN.code}/merci")
    assert visitor.get(posted.headers["location"]).status_code == 200


def test_what_is_not_below_the_prefix_would_be_seen(visitor: httpx.Client) -> None:
    base = str(visitor.base_url).rstrip("/")
    assert visitor.get("/resultats/").status_code == 404
    outside = {("get", f"{base}/resultats/"): 200}
    assert wrong(outside) == outside
    assert visitor.get(f"{PREFIX}/nulle-part").status_code == 404
    assert [visitor.get(f"{PREFIX}/{name}").status_code for name in ("metrics", "readyz")] == [
        404
    ] * 2


def test_a_prefix_that_begins_as_our_own_addresses_is_left_to_the_proxy(tmp_path: Path) -> None:
    """Taken off twice, /f/f/… would be lost."""
    path = new_database(tmp_path)
    with a_server(path, public_url="https://a.fr/f") as server:
        assert httpx.get(f"{server.url}/f/{FIN.code}").status_code == 200
    with a_server(path, public_url="https://a.fr/avis/ici") as server:
        for prefix, status in (("", 200), ("/avis/ici", 200), ("/avis", 404), ("/avis/icif", 404)):
            assert httpx.get(f"{server.url}{prefix}/f/{FIN.code}").status_code == status
        assert httpx.get(f"{server.url}/avis/ici").headers["location"] == "/avis/ici/resultats/"
