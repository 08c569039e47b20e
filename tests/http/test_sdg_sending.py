"""Sending to the European repository, at a real server on loopback: taken, refused, garbled."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest

from collector.open_data.sdg_sending import ATTEMPTS, Recipient, SendingError, send
from tests.http.depot import ACCEPTED, a_depot, said
from tests.ports import free_port

KEY = "une-cle-qui-ne-doit-pas-se-voir"
MESSAGE = b'{"submissions": []}'


def recipient(url: str, waits: list[float], timeout: float = 10) -> Recipient:
    return Recipient(url, KEY, timeout, waits.append)


def refusal(*answers: bytes, timeout: float = 10) -> tuple[str, int, list[float]]:
    """The sentence that comes of answers, how many attempts were made, and the waits."""
    waits: list[float] = []
    with a_depot(*answers) as depot, pytest.raises(SendingError) as caught:
        send(recipient(depot.url, waits, timeout), MESSAGE)
    return str(caught.value), len(depot.received), waits


def test_what_is_accepted_was_sent_once_whole_and_with_the_key() -> None:
    waits: list[float] = []
    with a_depot(ACCEPTED) as depot:
        assert send(recipient(depot.url, waits), MESSAGE) == 201
    [received] = depot.received
    assert received.line == "POST /avis?v=1 HTTP/1.1"
    assert received.body == MESSAGE
    assert received.headers["x-api-key"] == KEY
    assert received.headers["content-type"] == "application/json"
    assert waits == []


@pytest.mark.parametrize("answer", [said(200), said(202, b" "), said(204), said(200, b'{"id": 1}')])
def test_any_success_without_a_page_is_an_acceptance(answer: bytes) -> None:
    with a_depot(answer) as depot:
        assert 200 <= send(recipient(depot.url, []), MESSAGE) < 300


@pytest.mark.parametrize("status", [429, 500, 502, 503, 504])
def test_a_failure_of_theirs_is_tried_again(status: int) -> None:
    waits: list[float] = []
    with a_depot(said(status), said(status), ACCEPTED) as depot:
        assert send(recipient(depot.url, waits), MESSAGE) == 201
    assert [each.body for each in depot.received] == [MESSAGE] * 3
    assert waits == [1, 2]


@pytest.mark.parametrize("status", [400, 401, 403, 404, 409, 413, 422, 501])
def test_a_refusal_is_not_tried_again(status: int) -> None:
    assert refusal(said(status)) == (f"le dépôt a répondu {status}", 1, [])


def test_what_never_works_is_given_up() -> None:
    assert refusal(said(503)) == ("après 5 essais, le dépôt a répondu 503", ATTEMPTS, [1, 2, 4, 8])


def test_the_wait_is_the_one_that_is_asked_for() -> None:
    assert refusal(said(429, retry_after="7"))[2] == [7] * (ATTEMPTS - 1)
    assert refusal(said(503, retry_after="bientôt".encode().decode("latin-1")))[2] == [1, 2, 4, 8]
    later = format_datetime(datetime.now(UTC) + timedelta(seconds=60), usegmt=True)
    assert all(50 < wait <= 60 for wait in refusal(said(503, retry_after=later))[2])
    past = format_datetime(datetime.now(UTC) - timedelta(days=1), usegmt=True)
    assert refusal(said(503, retry_after=past))[2] == [0] * (ATTEMPTS - 1)


def test_nobody_waits_for_an_hour() -> None:
    sentence, attempts, waits = refusal(said(429, retry_after="3600"))
    assert (sentence, attempts, waits) == ("le dépôt a répondu 429", 1, [])


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_is_not_followed_with_the_key(status: int) -> None:
    with a_depot(ACCEPTED) as other:
        sentence, attempts, _ = refusal(said(status, location=other.url))
        assert other.received == []
    assert sentence == f"le dépôt renvoie ailleurs ({status}), ce qui n’est pas suivi"
    assert attempts == 1


@pytest.mark.parametrize("body", [b"<html>portail captif</html>", b"\xff\xfe", b"{"])
def test_a_success_that_is_a_page_is_no_acceptance(body: bytes) -> None:
    sentence, attempts, _ = refusal(said(200, body))
    assert sentence == "le dépôt a répondu 200 sans dire en JSON ce qu’il a reçu"
    assert attempts == 1


GARBLED = [
    b"\x00\x01\x02\r\n\r\n",
    b"SSH-2.0-OpenSSH\r\n",
    b"HTTP/1.1 2x0 OK\r\n\r\n",
    b"HTTP/1.1 200 OK\r\ncontent-length: 50\r\n\r\n{}",
    b"HTTP/1.1 200 OK\r\ncontent-length: 900000\r\n\r\n" + b" " * 900_000,
    b"HTTP/1.1 200 OK\r\n" + b"a: b\r\n" * 500,
]


@pytest.mark.parametrize("answer", GARBLED, ids=range(len(GARBLED)))
def test_an_answer_that_is_no_http_is_tried_again_then_said(answer: bytes) -> None:
    sentence, attempts, _ = refusal(answer)
    assert sentence == f"après {ATTEMPTS} essais, le dépôt ne répond pas en HTTP, ou pas à temps"
    assert attempts == ATTEMPTS


def test_silence_ends() -> None:
    sentence, _, waits = refusal(b"", timeout=0.2)
    assert sentence.startswith(f"après {ATTEMPTS} essais, le dépôt ne répond pas")
    assert waits == [1, 2, 4, 8]


def test_nobody_there_is_said_so() -> None:
    with pytest.raises(SendingError, match="injoignable"):
        send(recipient(f"http://127.0.0.1:{free_port()}/", []), MESSAGE)


def test_the_key_is_in_no_sentence_and_in_no_repr() -> None:
    sentences = [refusal(each)[0] for each in (said(401, KEY.encode()), b"\x00", said(302))]
    assert not any(KEY in each for each in [*sentences, repr(recipient("http://a.fr/", []))])


def test_the_pause_is_a_real_one_unless_told_otherwise() -> None:
    assert Recipient("https://a.fr/", KEY).pause is time.sleep
