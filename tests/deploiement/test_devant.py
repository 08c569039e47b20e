"""nginx and Caddy before a real server, as they are shipped: TLS, addresses, limits, ends."""

from __future__ import annotations

import http.client
import itertools
import json
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import httpx2 as httpx
import pytest

from tests.admin.visit import FORM, PASSWORD
from tests.deploiement.devant import (
    FRONTS,
    NAME,
    Change,
    Front,
    add_operateur,
    fitted,
    nginx,
    no_change,
    post,
)
from tests.durability.outside import metric, until
from tests.forked import Forked
from tests.ports import free_port
from tests.world import FIN, SECRET, SITE, Server, a_server, new_database, rows

BURST = 3
LIMITED = {"address_rate": "1", "address_burst": str(BURST)}
"""Three avis, and then one a minute: nobody gets a fourth one in a test."""

_people = itertools.count(10)


def now_ms() -> int:
    return time.time_ns() // 1_000_000


def an_address() -> str:
    """One that no other test of this file comes from."""
    return f"127.0.0.{next(_people)}"


@dataclass(frozen=True, slots=True)
class Stage:
    """A server, and a proxy before it that it trusts."""

    server: Server
    front: Front


@pytest.fixture(scope="module", params=FRONTS)
def stage(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Stage]:
    folder = tmp_path_factory.mktemp(request.param)
    with ExitStack() as stack:
        yield a_stage(stack, request.param, folder)


def a_stage(
    stack: ExitStack, name: str, folder: Path, change: Change = no_change, **given: str
) -> Stage:
    """A new database behind a proxy, which comes first: its address is the public one."""
    port = free_port()
    front = stack.enter_context(FRONTS[name](folder, f"127.0.0.1:{port}", change))
    path = new_database(folder)
    add_operateur(path)
    settings = {"public_url": front.url, "trusted_proxies": "127.0.0.1", "totp": "personne"}
    server = a_server(path, port, **{**settings, **LIMITED, **given})
    return Stage(stack.enter_context(server), front)


def test_an_avis_comes_through_and_is_stored(stage: Stage) -> None:
    before = rows(stage.server.path, "select count(*) from avis")[0][0]
    with stage.front.visitor(an_address()) as visitor:
        assert post(visitor, now_ms()).status_code == 201
    assert rows(stage.server.path, "select count(*) from avis")[0][0] == before + 1


def test_two_visitors_do_not_share_a_limit(stage: Stage) -> None:
    with stage.front.visitor(an_address()) as one, stage.front.visitor(an_address()) as other:
        told = [post(one, now_ms()).status_code for _ in range(BURST + 2)]
        assert told == [201] * BURST + [429] * 2
        assert post(other, now_ms()).status_code == 201
    assert metric(stage.server.url, "jdma_forgotten_proxy") == 0


SPOOFED = [
    {"x-forwarded-for": "203.0.113.7"},
    {"x-forwarded-for": "203.0.113.7, 127.0.0.1"},
    {"forwarded": "for=203.0.113.7"},
    {"forwarded": 'for="[2001:db8::7]:80";by="'},
    {"x-real-ip": "203.0.113.7", "true-client-ip": "203.0.113.7", "x-client-ip": "203.0.113.7"},
    {"x-forwarded-for": "garbage", "forwarded": "garbage"},
    {"x-forwarded-for": "198.51.100.1," * 400},
]


def test_nobody_escapes_their_limit_by_what_they_write(stage: Stage) -> None:
    with stage.front.visitor(an_address()) as visitor:
        for _ in range(BURST):
            assert post(visitor, now_ms()).status_code == 201
        assert {post(visitor, now_ms(), **each).status_code for each in SPOOFED} == {429}


@pytest.mark.parametrize("name", FRONTS)
def test_behind_a_proxy_that_was_forgotten_all_share_one_limit(name: str, tmp_path: Path) -> None:
    """What the tests above would see if the server did not trust the proxy."""
    with ExitStack() as stack:
        stage = a_stage(stack, name, tmp_path, trusted_proxies="")
        with stage.front.visitor(an_address()) as one, stage.front.visitor(an_address()) as other:
            assert [post(one, now_ms()).status_code for _ in range(BURST)] == [201] * BURST
            assert post(other, now_ms()).status_code == 429
        assert metric(stage.server.url, "jdma_forgotten_proxy") == 1


def test_http_is_led_to_https_and_https_says_to_stay(stage: Stage) -> None:
    led = httpx.get(f"{stage.front.plain_url}/f/{FIN.code}?lang=en")
    assert led.status_code in (301, 308)
    # Caddy takes a port that is not 443 for one that is reached as 443 from outside.
    there = stage.front.url, f"https://{NAME}"
    assert led.headers["location"] in [f"{each}/f/{FIN.code}?lang=en" for each in there]
    with stage.front.visitor() as visitor:
        for path in ("/", f"/f/{FIN.code}", "/nulle-part", "/admin/"):
            said = visitor.get(path).headers.get_list("strict-transport-security")
            assert said == ["max-age=31536000"], path


def test_the_session_of_the_administration_stays_under_https(stage: Stage) -> None:
    with stage.front.visitor() as visitor:
        said = {"courriel": "camille@exemple.fr", "mot_de_passe": PASSWORD}
        site = {**FORM, "sec-fetch-site": "same-origin"}
        entered = visitor.post("/admin/connexion", data=said, headers=site)
        assert entered.status_code == 303
        cookie = entered.headers["set-cookie"].lower()
        assert cookie.startswith("__host-jdma=")
        assert {"secure", "httponly", "samesite=lax", "path=/"} <= {*cookie.split("; ")}
        assert visitor.get("/admin/").status_code == 200
    with stage.front.visitor() as other:
        assert other.get("/admin/").status_code == 303


def test_what_is_too_large_is_refused_with_a_reason_or_before_it_comes(stage: Stage) -> None:
    headers = {"origin": SITE, "content-type": "text/plain"}
    with stage.front.visitor(an_address()) as visitor:
        ours = visitor.post("/api/v1/avis", content=b"x" * 100_000, headers=headers)
        assert (ours.status_code, ours.json()["code"]) == (413, "trop_grand")
    with stage.front.visitor(an_address()) as visitor:
        more = visitor.post("/api/v1/avis", content=b"x" * 2_000_000, headers=headers)
        assert more.status_code == 413
        assert "json" not in more.headers.get("content-type", "")


def test_what_only_this_machine_is_to_ask_is_not_told_outside(stage: Stage) -> None:
    with stage.front.visitor() as visitor:
        assert [visitor.get(path).status_code for path in ("/metrics", "/readyz")] == [404, 404]
        assert visitor.get("/healthz").status_code == 200


def test_a_connection_is_kept_for_what_comes_next(stage: Stage) -> None:
    connection = http.client.HTTPSConnection(
        NAME, int(stage.front.url.rpartition(":")[2]), context=stage.front.trust, timeout=20
    )
    connection.request("GET", f"/f/{FIN.code}")
    connection.getresponse().read()
    first = connection.sock
    assert first is not None
    for path in (f"/f/{FIN.code}.json", "/resultats/", "/w/index.json"):
        connection.request("GET", path)
        assert connection.getresponse().read()
        assert connection.sock is first
    connection.close()


def test_what_is_kept_already_is_not_sent_again_through_a_proxy_that_packs(stage: Stage) -> None:
    """A proxy that packs an answer makes its ETag a weak one, or another one."""
    with stage.front.visitor() as visitor:
        first = visitor.get("/resultats/", headers={"accept-encoding": "gzip"})
        assert first.headers["content-encoding"] == "gzip"
        assert "Accept-Encoding" in ", ".join(first.headers.get_list("vary"))
        again = {"accept-encoding": "gzip", "if-none-match": first.headers["etag"]}
        assert visitor.get("/resultats/", headers=again).status_code == 304


@pytest.mark.parametrize("name", FRONTS)
def test_at_the_end_of_the_server_what_was_confirmed_is_there(name: str, tmp_path: Path) -> None:
    with ExitStack() as stack:
        stage = a_stage(stack, name, tmp_path, address_rate="0")
        confirmed: list[str] = []
        told: set[int] = set()

        def answer(address: str) -> None:
            with stage.front.visitor(address) as visitor:
                while 502 not in told:
                    sent = post(visitor, now_ms())
                    told.add(sent.status_code)
                    if sent.status_code == 201:
                        confirmed.append(json.loads(sent.request.content)["cle"])

        people = [threading.Thread(target=answer, args=(an_address(),)) for _ in range(4)]
        for each in people:
            each.start()
        until(lambda: len(confirmed) > 40)
        assert stage.server.terminate() == 0
        for each in people:
            each.join(20)
        assert told <= {201, 502, 503}
        stored = {cle for (cle,) in rows(stage.server.path, "select cle from avis")}
        assert set(confirmed) <= stored
        assert len(stored) >= len(confirmed) > 40


# Nobody's address is written


def visited(stage: Stage) -> bytes:
    """What a proxy has written after visits that went well, and others that did not."""
    address = an_address()
    with stage.front.visitor(address) as visitor:
        post(visitor, now_ms())
        visitor.get("/nulle-part")
        visitor.post("/api/v1/avis", content=b"x" * 2_000_000)
        stage.server.terminate()
        assert visitor.get("/healthz").status_code == 502
    stage.front.process.terminate()
    stage.front.process.wait(10)
    return stage.front.written().replace(address.encode(), b"ADRESSE")


@pytest.mark.parametrize("name", FRONTS)
def test_no_proxy_writes_an_address(name: str, tmp_path: Path) -> None:
    with ExitStack() as stack:
        assert b"ADRESSE" not in visited(a_stage(stack, name, tmp_path))


# What each file keeps quiet, and how what it says otherwise begins.
LOUD: dict[str, tuple[dict[str, str], tuple[bytes, ...]]] = {
    "nginx": (
        {"access_log off;": "", "jdma.log emerg;": "jdma.log error;"},
        (b"ADRESSE - - [", b"client: ADRESSE"),
    ),
    "caddy": (
        {"encode gzip\n": "encode gzip\n\tlog\n", "exclude http.log.error": "exclude a"},
        (b'"logger":"http.log.access', b'"logger":"http.log.error'),
    ),
}


@pytest.mark.parametrize("name", LOUD)
def test_an_address_that_was_written_would_be_seen(name: str, tmp_path: Path) -> None:
    changes, kinds = LOUD[name]
    with ExitStack() as stack:
        said = visited(a_stage(stack, name, tmp_path, lambda text: fitted(text, changes)))
    lines = [line for line in said.splitlines() if b"ADRESSE" in line]
    assert all(any(kind in line for line in lines) for kind in kinds)


@pytest.mark.parametrize(
    ("without", "files"), [({}, False), ({"client_body_buffer_size 1m;": ""}, True)]
)
def test_no_avis_goes_through_a_file_of_nginx(
    without: dict[str, str], files: bool, tmp_path: Path
) -> None:
    with nginx(tmp_path, f"127.0.0.1:{free_port()}", lambda text: fitted(text, without)) as front:
        kept = tmp_path / "client_body"
        before = kept.stat().st_mtime_ns
        with front.visitor() as visitor:
            assert visitor.post("/f/k7f3q2", content=b"x" * 60_000).status_code == 502
        assert (kept.stat().st_mtime_ns > before) == files


# A socket of the machine


def test_through_a_socket_visitors_are_told_apart_too(tmp_path: Path) -> None:
    path, socket = new_database(tmp_path), tmp_path / "http"
    with nginx(tmp_path, f"unix:{socket}") as front:
        words = ["serve", f"--database=sqlite:///{path}", f"--host=unix:{socket}",
                 f"--public-url={front.url}", f"--secret={SECRET}", "--trusted-proxies=unix",
                 "--address-rate=1", f"--address-burst={BURST}", "--min-seconds=0"]  # fmt: skip
        server = Forked(words)
        try:
            with front.visitor(an_address()) as one, front.visitor(an_address()) as other:
                until(lambda: one.get("/healthz").status_code == 200)
                assert oct(socket.stat().st_mode)[-3:] == "660"
                told = [post(one, now_ms()).status_code for _ in range(BURST + 1)]
                assert told == [201] * BURST + [429]
                assert post(other, now_ms()).status_code == 201
        finally:
            server.kill()
            server.wait(10)
            server.stdout.close()
