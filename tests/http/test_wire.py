"""HTTP that is not quite HTTP, to a real server: what is answered, and never one answer too many.

Each stream ends with LAST, which is answered 404 by a server that has read all before it as it was
meant, and not at all by one that has ended the connection.
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterator

import pytest

from tests.http.wire import LAST, Answer, chunked, connected, request
from tests.watch import Said, digests, vitals
from tests.world import COURRIEL, FIN, Server, a_jeton, a_server, an_avis, new_database, rows

AVIS = "/api/v1/avis"
TEXT = {"Content-Type": "text/plain"}
CHUNKED = {**TEXT, "Transfer-Encoding": "chunked"}
PASSENGER = b"GET /healthz HTTP/1.1\r\nHost: avis.test\r\n\r\n"
"""Sent inside the body of another request; answered, it would be the proof of a smuggled one."""


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """One server for all: nothing here may change a row of it, or make it say more than codes."""
    path = new_database(tmp_path_factory.mktemp("wire"))
    with a_server(path) as started:
        said, before = Said(started), digests(path)
        yield started
        assert digests(path) == before
        assert started.terminate() == 0
        assert all("WARNING uvicorn.error: a request was refused: " in line or "Prêt" in line
                   for line in said.all().splitlines())  # fmt: skip


def sent(server: Server, data: bytes) -> list[Answer]:
    """Every answer to these bytes and to LAST."""
    with connected(server.url) as connection:
        connection.send(data + LAST)
        return connection.to_the_end()


def told(answers: list[Answer]) -> list[int | str]:
    """Their statuses; of refusals, their codes."""
    return [answer.code or answer.status for answer in answers]


READ = ["introuvable"]  # LAST
REFUSED: list[int | str] = ["requete_illisible"]


def refused_avis() -> bytes:
    return json.dumps(an_avis(FIN, jeton=a_jeton(COURRIEL.code))).encode()


def head(*lines: str, target: str = AVIS) -> bytes:
    first = f"POST {target} HTTP/1.1"
    return "\r\n".join([first, "Host: avis.test", *lines, "", ""]).encode("latin-1")


# Not HTTP: refused once, and nothing after it is read


@pytest.mark.parametrize(
    "data",
    [
        b"BAD\r\n\r\n",
        b"get /healthz HTTP/1.1\r\n\r\n",
        b" GET /healthz HTTP/1.1\r\n\r\n",
        b"GET\t/healthz\tHTTP/1.1\r\n\r\n",
        b"GET /heal thz HTTP/1.1\r\n\r\n",
        b"GET /healthz HTTP/1.1 \r\n\r\n",
        b"GET /healthz HTTP/1.2\r\n\r\n",
        b"GET /healthz HTTP/9.9\r\n\r\n",
        b"GET /healthz http/1.1\r\n\r\n",
        b"GET /healthz ICE/1.0\r\n\r\n",
        b"GET /healthz HTTP/1.1\nHost: avis.test\n\n",
        b"GET /healthz HTTP/1.1\r\nHost: avis.test\n\r\n",
        b"GET /healthz HTTP/1.1\rHost: avis.test\r\r",
        b"GET /\xc3\xa9 HTTP/1.1\r\n\r\n",
        b"GET /f/k7f3q2?lang=\xff HTTP/1.1\r\n\r\n",
        b"GET /healthz\x00 HTTP/1.1\r\n\r\n",
        b"GET /healthz HTTP/1.1\r\nA: b\x00c\r\n\r\n",
        b"GET /healthz HTTP/1.1\r\nA: b\rX-Jdma: c\r\n\r\n",
        b"GET /healthz HTTP/1.1\r\nA: b\r\n c\r\n\r\n",
        b"GET /healthz HTTP/1.1\r\n A: b\r\n\r\n",
        b"GET /healthz HTTP/1.1\r\nA b\r\n\r\n",
        b"GET /healthz HTTP/1.1\r\nA : b\r\n\r\n",
        b"GET /healthz HTTP/1.1\r\n: b\r\n\r\n",
        b"GET /healthz HTTP/1.1\r\nA\x00: b\r\n\r\n",
        b"GET /healthz HTTP/1.1\r\n(A): b\r\n\r\n",
        b"GET http://autre.test HTTP/1.1\r\n\r\n",
        b"CONNECT autre.test:443 HTTP/1.1\r\n\r\n",
        b"CONNECT /healthz HTTP/1.1\r\n\r\n",
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\x00\x00\x00\x04\x00\x00\x00\x00\x00",
        bytes.fromhex("16030100c8010000c40303"),
        b"\x00" * 100,
        b"\xff\xfe" * 100,
        b"PROXY TCP4 192.0.2.1 192.0.2.2 1 2\r\n",
    ],
    ids=repr,
)
def test_what_is_not_http_is_refused_and_ends_the_connection(server: Server, data: bytes) -> None:
    answers = sent(server, data)
    assert told(answers) == REFUSED
    assert answers[0].status == 400
    assert answers[0].ends


# Unusual, and HTTP all the same


@pytest.mark.parametrize(
    ("data", "statuses"),
    [
        (b"\r\n\r\n" + PASSENGER, [200]),
        (b"GET /healthz HTTP/1.1\r\n\r\n", [200]),
        (b"GET  /healthz  HTTP/1.1\r\n\r\n", [200]),
        (b"GET http://autre.test/healthz HTTP/1.1\r\nHost: avis.test\r\n\r\n", [200]),
        (b"GET /healthz HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", [200]),
        (b"GET /healthz HTTP/1.1\r\nHost: \xff[:]@\r\n\r\n", [200]),
        (b"OPTIONS * HTTP/1.1\r\nHost: avis.test\r\n\r\n", ["introuvable"]),
        (b"TRACE /healthz HTTP/1.1\r\nHost: avis.test\r\n\r\n", ["methode_refusee"]),
        (b"GET //healthz HTTP/1.1\r\n\r\n", ["introuvable"]),
        (b"GET /f/%zz%ff%00%ed%a0%80 HTTP/1.1\r\n\r\n", ["bouton_inconnu"]),
        (b"GET /w/1.0.0/..%2f..%2fetc%2fpasswd HTTP/1.1\r\n\r\n", ["introuvable"]),
        (PASSENGER * 20, [200] * 20),
    ],
    ids=repr,
)
def test_what_is_odd_and_can_be_read_is_answered(
    server: Server, data: bytes, statuses: list[int | str]
) -> None:
    assert told(sent(server, data)) == statuses + READ


@pytest.mark.parametrize(
    "first", [b"GET /healthz\r\n\r\n", b"GET /healthz HTTP/1.0\r\n\r\n",
              b"GET /healthz HTTP/2.0\r\n\r\n",
              b"GET /healthz HTTP/1.1\r\nConnection: close\r\n\r\n"]
)  # fmt: skip
def test_who_does_not_go_on_is_answered_once(server: Server, first: bytes) -> None:
    answers = sent(server, first)
    assert told(answers) == [200]
    assert answers[0].ends


# How long a body is: said twice, wrongly or not at all

LENGTHS = [
    "-1",
    "+2",
    "0x2",
    "2.0",
    "2,2",
    "2, 2",
    "1 2",
    "",
    "two",
    "99999999999999999999999",
    "٢",
]


@pytest.mark.parametrize("length", LENGTHS)
def test_a_length_that_is_no_number_is_refused(server: Server, length: str) -> None:
    said = length.encode().decode("latin-1")
    assert told(sent(server, head("Content-Length: " + said) + b"{}")) == REFUSED


SMUGGLING = [
    pytest.param(*lines, id=" ".join(lines))
    for lines in (
        # Which length counts?
        ("Content-Length: {n}", "Content-Length: 0"),
        ("Content-Length: 0", "Content-Length: {n}"),
        ("Content-Length: {n}", "Content-Length: {n}"),
        ("Content-Length: {n}", "Transfer-Encoding: chunked"),
        ("Transfer-Encoding: chunked", "Content-Length: {n}"),
        ("Transfer-Encoding: chunked", "Content-Length: 0"),
        # Is it chunked?
        ("Content-Length: {n}", "Transfer-Encoding: identity"),
        ("Content-Length: {n}", "Transfer-Encoding: xchunked"),
        ("Content-Length: {n}", "Transfer-Encoding : chunked"),
        ("Content-Length: {n}", "Transfer-Encoding:\r\n chunked"),
        ("Content-Length: {n}", "X: y\r\n Transfer-Encoding: chunked"),
        ("Content-Length: {n}", "X: y\nTransfer-Encoding: chunked"),
        ("Content-Length: {n}", "X: y\rTransfer-Encoding: chunked"),
        ("Transfer-Encoding: identity", "Content-Length: {n}"),
        ("Transfer-Encoding: chunked, identity",),
        ("Transfer-Encoding: identity",),
        ("Transfer-Encoding: chunked", "Transfer-Encoding: identity"),
        ("Transfer-Encoding: chunked", "Transfer-Encoding: chunked"),
        ("Transfer-Encoding: chunked, chunked",),
        ("Transfer-Encoding: xchunked",),
        ("Transfer-Encoding: chunkedx",),
        ("Transfer-Encoding: chunked;q=1",),
        ('Transfer-Encoding: "chunked"',),
        ("Transfer-Encoding: \x0bchunked",),
        ("Transfer-Encoding: chunked\x00",),
        ("Transfer-Encoding:",),
        ("Transfer-Encoding: ,",),
        ("Transfer-Encoding : chunked",),
        (" Transfer-Encoding: chunked",),
    )
    for lines in [lines if len(lines) == 2 else (*lines, "X-Rien: rien")]
]


@pytest.mark.parametrize(("one", "other"), SMUGGLING)
@pytest.mark.parametrize("target", [AVIS, "/healthz", "/f/k7f3q2"])
def test_a_request_that_two_servers_would_end_elsewhere_is_refused(
    server: Server, one: str, other: str, target: str
) -> None:
    for body in (PASSENGER, chunked(PASSENGER), chunked() + PASSENGER):
        lines = [line.replace("{n}", str(len(body))) for line in (one, other)]
        answers = sent(server, head("Content-Type: text/plain", *lines, target=target) + body)
        assert told(answers) == REFUSED
        assert answers[0].ends


@pytest.mark.parametrize(
    "codings",
    [
        ["Transfer-Encoding: CHUNKED"],
        ["Transfer-Encoding:\tchunked"],
        ["Transfer-Encoding: chunked "],
        ["Transfer-Encoding: gzip, chunked"],
        ["Transfer-Encoding: identity", "Transfer-Encoding: chunked"],
        ["Transfer-Encoding: chunked", "Trailer: Content-Length"],
    ],
    ids=str,
)
def test_what_is_chunked_ends_with_its_last_chunk_alone(server: Server, codings: list[str]) -> None:
    for target, status in ((AVIS, "json_invalide"), ("/healthz", "methode_refusee")):
        data = head("Content-Type: text/plain", *codings, target=target)
        assert told(sent(server, data + chunked(PASSENGER))) == [status, *READ]


@pytest.mark.parametrize(
    "body",
    [
        b"zz\r\n{}\r\n0\r\n\r\n",
        b"-2\r\n{}\r\n0\r\n\r\n",
        b"+2\r\n{}\r\n0\r\n\r\n",
        b"0x2\r\n{}\r\n0\r\n\r\n",
        b" 2\r\n{}\r\n0\r\n\r\n",
        b"\r\n2\r\n{}\r\n0\r\n\r\n",
        b"2\n{}\n0\n\n",
        b"2;a\n{}\r\n0\r\n\r\n",
        b"2\r\n{}XX0\r\n\r\n",
        b"2\r\n{}0\r\n\r\n",
        b"fffffffffffffffff\r\n{}\r\n0\r\n\r\n",
        b"2\r\n{}\r\n0\r\nContent-Length: 5\r\n\r\n",
        b"2\r\n{}\r\n0\r\nTransfer-Encoding: chunked\r\n\r\n",
    ],
    ids=repr,
)
def test_a_chunk_that_is_not_written_as_it_has_to_be_is_refused(
    server: Server, body: bytes
) -> None:
    data = request(AVIS, "POST", headers=CHUNKED) + body + PASSENGER
    assert told(sent(server, data)) == REFUSED


@pytest.mark.parametrize("body", [b"2;a=b\r\n{}\r\n0\r\n\r\n", b"002\r\n{}\r\n00\r\nA: b\r\n\r\n"])
def test_a_chunk_may_say_more_than_its_length(server: Server, body: bytes) -> None:
    data = request(AVIS, "POST", headers=CHUNKED) + body
    assert told(sent(server, data)) == ["avis_invalide", *READ]


@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "OPTIONS"])
@pytest.mark.parametrize("target", ["/healthz", "/", AVIS])
def test_a_body_that_nobody_asked_for_is_no_request(
    server: Server, method: str, target: str
) -> None:
    for data in (
        request(target, method, PASSENGER),
        request(target, method, headers={"Transfer-Encoding": "chunked"}) + chunked(PASSENGER),
    ):
        answers = sent(server, data)
        assert len(answers) == 2
        assert told(answers[1:]) == READ


def test_without_a_length_there_is_no_body(server: Server) -> None:
    """As everyone before us reads it (RFC 9112, 6.3): what follows is another request."""
    answers = sent(server, request(AVIS, "POST", headers=TEXT) + PASSENGER)
    assert told(answers) == ["json_invalide", 200, *READ]


def test_a_body_that_does_not_come_is_not_waited_for_in_memory(server: Server) -> None:
    before = vitals(server.process.pid)
    for length in (2**31, 2**63, 2**64 - 1):
        with connected(server.url) as connection:
            connection.send(head("Content-Type: text/plain", f"Content-Length: {length}") + b"{")
            connection.end()
            assert connection.to_the_end() == []
    assert vitals(server.process.pid).memory - before.memory < 20


# Expect and Upgrade


def test_who_waits_before_sending_a_body_is_told_to_go_on(server: Server) -> None:
    body = refused_avis()
    lines = ("Content-Type: text/plain", f"Content-Length: {len(body)}", "Expect: 100-continue")
    with connected(server.url) as connection:
        connection.send(head(*lines))
        first = connection.answer()
        assert first
        assert first.status == 100
        connection.send(body + LAST)
        assert told(connection.to_the_end()) == ["jeton_invalide", *READ]


def test_who_waits_and_is_refused_at_once_may_send_the_body_all_the_same(server: Server) -> None:
    lines = ("Content-Type: text/html", f"Content-Length: {len(PASSENGER)}", "Expect: 100-continue")
    with connected(server.url) as connection:
        connection.send(head(*lines))
        first = connection.answer()
        assert first
        assert first.code == "type_refuse"
        connection.send(PASSENGER + LAST)
        assert told(connection.to_the_end()) == READ


@pytest.mark.parametrize("wish", ["h2c", "websocket", "TLS/1.0", "x" * 200])
def test_a_wish_for_another_protocol_changes_nothing(server: Server, wish: str) -> None:
    wishes = {**TEXT, "Connection": "Upgrade, HTTP2-Settings", "Upgrade": wish}
    assert told(sent(server, request("/healthz", headers=wishes) + PASSENGER)) == [200, 200, *READ]
    posted = request(AVIS, "POST", refused_avis(), wishes)
    assert told(sent(server, posted)) == ["jeton_invalide", *READ]
    pieces = request(AVIS, "POST", headers={**wishes, "Content-Length": str(len(PASSENGER))})
    with connected(server.url) as connection:
        connection.send(pieces)
        assert told(sent(server, b"")) == READ  # whoever comes later is answered: it was read
        connection.send(PASSENGER + LAST)
        assert told(connection.to_the_end()) == ["json_invalide", *READ]


# More than anyone needs


def test_addresses_and_headers_have_a_limit(server: Server) -> None:
    before = vitals(server.process.pid)
    for data in (
        request(headers={f"X-{i}": "v" for i in range(10_000)}),
        request(headers={"X": "x" * 1_000_000}),
        request(headers={"Cookie": "a=b; " * 20_000}),
        request("/f/" + "x" * 1_000_000),
        request("/f/k7f3q2?" + "a=b&" * 20_000),
        b"X" * 1_000_000,
    ):
        answers = sent(server, data)
        assert told(answers) in (["entetes_trop_grands"], REFUSED)
        assert answers[0].ends
    assert vitals(server.process.pid).memory - before.memory < 20


def test_a_thousand_headers_are_read(server: Server) -> None:
    data = request(headers={f"X-{i}": "v" for i in range(1_000)})
    assert told(sent(server, data)) == [200, *READ]


@pytest.mark.parametrize("size", [64 * 1024 + 1, 1_000_000])
def test_the_rest_of_a_body_that_is_too_large_is_read_and_forgotten(
    server: Server, size: int
) -> None:
    for data in (
        request(AVIS, "POST", b"x" * size, TEXT),
        request(AVIS, "POST", headers=CHUNKED) + chunked(*[b"x" * 1_000] * (size // 1_000 + 1)),
    ):
        assert told(sent(server, data)) == ["trop_grand", *READ]


def test_requests_sent_ahead_are_answered_up_to_a_hundred(server: Server) -> None:
    answers = sent(server, PASSENGER * 5_000)
    assert {answer.status for answer in answers[:-1]} == {200}
    assert answers[-1].code == "trop_de_demandes"
    assert answers[-1].ends


# Between two requests


def test_an_avis_that_is_followed_by_nonsense_is_stored_and_answered_so(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    now = int(time.time() * 1000)
    with a_server(new_database(tmp_path_factory.mktemp("ahead"))) as started:
        good = [json.dumps(an_avis(FIN, now)).encode() for _ in range(3)]
        posted = b"".join(request(AVIS, "POST", body, TEXT) for body in good)
        assert told(sent(started, posted + b"BAD\r\n\r\n")) == [201, 201, 201, *REFUSED]
        assert rows(started.path, "select count(*) from avis") == [(3,)]
