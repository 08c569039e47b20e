"""Questions to another server on loopback: whole answers, in time, not too long, from there."""

from __future__ import annotations

import pytest

from admin_ui.connexion.outside import MOST_READ, Answer, Question, Unreachable, ask
from tests.http.depot import a_depot, said
from tests.ports import free_port

JSON = said(200, b"{}", content_type="Application/JSON; charset=utf-8")


def test_an_answer_is_its_status_its_kind_and_its_bytes() -> None:
    with a_depot(JSON) as server:
        assert ask(Question(server.url, {"accept": "x"})) == Answer(200, "application/json", b"{}")
        assert ask(Question(server.url, body=b"a=1")).status == 200
    asked, posted = server.received
    assert (asked.line, asked.headers["accept"]) == ("GET /avis?v=1 HTTP/1.1", "x")
    assert (posted.line, posted.body) == ("POST /avis?v=1 HTTP/1.1", b"a=1")


def test_a_redirect_is_an_answer_like_another() -> None:
    with a_depot(JSON) as other, a_depot(said(302, location=other.url)) as server:
        assert ask(Question(server.url)).status == 302
        assert other.received == []


WRONG = [
    b"",
    b"SSH-2.0-OpenSSH\r\n",
    b"HTTP/1.1 200 OK\r\ncontent-length: 50\r\n\r\n{}",
    said(200, b" " * (MOST_READ + 1)),
    b"HTTP/1.1 200 OK\r\n\r\n" + b" " * (MOST_READ + 1),
    b"HTTP/1.1 200 OK\r\n" + b"a: b\r\n" * 500,
]


@pytest.mark.parametrize("answer", WRONG, ids=range(len(WRONG)))
def test_what_is_late_cut_too_long_or_no_http_is_no_answer(answer: bytes) -> None:
    with a_depot(answer) as server, pytest.raises(Unreachable):
        ask(Question(server.url, timeout=0.3))


def test_an_answer_as_long_as_allowed_is_read_whole() -> None:
    with a_depot(said(200, b" " * MOST_READ)) as server:
        assert len(ask(Question(server.url)).body) == MOST_READ


def test_nobody_there_is_no_answer() -> None:
    with pytest.raises(Unreachable):
        ask(Question(f"http://127.0.0.1:{free_port()}/", timeout=0.3))


@pytest.mark.parametrize(
    "url",
    [
        "http://exemple.invalid/",
        "ftp://127.0.0.1/",
        "file:///etc/passwd",
        "http://a@127.0.0.1/",
        "",
    ],
)
def test_nothing_is_sent_where_others_can_read_it(url: str) -> None:
    with pytest.raises(Unreachable):
        ask(Question(url))


def test_a_header_cannot_be_two() -> None:
    with a_depot(JSON) as server, pytest.raises(Unreachable):
        ask(Question(server.url, {"authorization": "Bearer a\r\nx: y"}))


def test_secrets_are_in_no_repr() -> None:
    question = Question("https://a.fr/", {"authorization": "secret-1"}, b"secret-2")
    shown = f"{question!r} {Answer(200, 'text/plain', b'secret-3')!r}"
    assert "secret" not in shown
    assert "https://a.fr/" in shown
