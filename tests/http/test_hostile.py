"""Whatever is sent to a real server: no 5xx, no row changed, no memory kept, and it goes on.

JDMA_TEST_HOSTILE sets how many requests are sent, JDMA_TEST_SEED which ones in another run.
"""

from __future__ import annotations

import json
import os
import random
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from random import Random

import httpx2 as httpx
import pytest

from collector.parse import clean
from collector.privacy.masquage import mask
from collector.store.sqlite_file import READERS
from tests.durability.outside import ROOT, jdma
from tests.http.hostile import AVIS, KINDS, Attempt
from tests.http.nasty import ALL
from tests.http.problems import BY_CODE
from tests.http.wire import Answer, Connection, connected, request
from tests.watch import Said, Vitals, digests, slope, vitals
from tests.world import FIN, Server, a_jeton, a_server, an_avis, new_database, rows

REQUESTS = int(os.environ.get("JDMA_TEST_HOSTILE", "3000"))
SAMPLES = 50
# Seen: 0.4 for 4,000 requests, 0.3 for 100,000; to keep what came would be 40, and 1,000.
MOST_MEMORY = 8.0  # MB

HEADERS = {
    "access-control-allow-origin", "access-control-expose-headers", "allow", "cache-control",
    "connection", "content-encoding", "content-length", "content-security-policy", "content-type",
    "cross-origin-resource-policy", "date", "etag", "location", "permissions-policy",
    "referrer-policy", "retry-after", "timing-allow-origin", "vary", "www-authenticate",
    "x-content-type-options", "x-request-id",
}  # fmt: skip


def wrong_with(attempt: Attempt, answer: Answer) -> str | None:
    """What is wrong with an answer, or nothing."""
    if answer.status >= 500 and answer.code != "file_pleine":
        return f"{answer.status}"
    if answer.headers.keys() - HEADERS:
        return f"headers {answer.headers.keys() - HEADERS}"
    kind = answer.headers.get("content-type", "")
    if kind.startswith("text/html") and (
        b"<jdma" in answer.body.lower() or b"74219851" in answer.body
    ):
        return "it gives back what it was sent as its own"
    program = attempt.target.startswith("/api/") and attempt.method != "HEAD"
    if program and answer.status >= 400 and answer.code not in BY_CODE:
        return f"{answer.status} without a known code"
    return None


@dataclass
class Onslaught:
    """What came of a run."""

    answers: Counter[tuple[str, int | None]] = field(default_factory=Counter)
    """By kind and status; None when the connection was ended without an answer."""
    wrong: list[tuple[str, bytes]] = field(default_factory=list)
    memory: list[tuple[int, Vitals]] = field(default_factory=list)
    rows_before: dict[str, str] = field(default_factory=dict)
    rows_after: dict[str, str] = field(default_factory=dict)
    said: str = ""

    @property
    def sent(self) -> int:
        return sum(self.answers.values())

    @property
    def growth(self) -> float:
        """MB by which memory grew, once the first fifth has warmed everything up."""
        warm = self.memory[len(self.memory) // 5 :]
        sent = [n for n, _ in warm]
        return slope(sent, [each.memory for _, each in warm]) * (sent[-1] - sent[0])


class Attacker:
    """Sends attempts one after the other, over a connection that is kept as long as it can be."""

    def __init__(self, url: str, found: Onslaught) -> None:
        self._url = url
        self._found = found
        self._kept = Connection(url)

    def close(self) -> None:
        self._kept.close()

    def send(self, attempt: Attempt) -> None:
        answers = self._one(attempt) if attempt.whole else self._some(attempt)
        statuses: list[int | None] = [answer.status for answer in answers]
        self._found.answers.update((attempt.kind, status) for status in statuses or [None])
        wrong = filter(None, (wrong_with(attempt, answer) for answer in answers))
        self._found.wrong += [(each, attempt.data) for each in wrong]

    def _one(self, attempt: Attempt) -> list[Answer]:
        self._kept.send(attempt.data)
        answer = self._kept.answer(to_head=attempt.method == "HEAD")
        if answer is None or answer.ends:
            self._kept.close()
            self._kept = Connection(self._url)
        return [answer] if answer else []

    def _some(self, attempt: Attempt) -> list[Answer]:
        """Whatever is answered to bytes that may be less than a request, or more."""
        with connected(self._url) as connection:
            connection.send(attempt.data)
            # Whoever is answered after them is served after them: their answer is under way.
            self._kept.send(request("/nulle-part"))
            assert self._kept.answer()
            connection.end()
            return connection.to_the_end()


def attack(server: Server, path: Path, requests: int, chance: Random) -> Onslaught:
    found = Onslaught(rows_before=digests(path))
    said = Said(server)
    attacker = Attacker(server.url, found)
    while found.sent < requests:
        now = int(time.time() * 1000)
        attacker.send(chance.choice(KINDS)(chance, now))
        if found.sent >= requests / SAMPLES * len(found.memory):
            found.memory.append((found.sent, vitals(server.process.pid)))
    attacker.close()
    assert httpx.get(f"{server.url}/healthz").status_code == 200
    found.rows_after = digests(path)
    assert server.terminate() == 0
    found.said = said.all()
    return found


@pytest.fixture(scope="module")
def onslaught(tmp_path_factory: pytest.TempPathFactory) -> Onslaught:
    seed = int(os.environ.get("JDMA_TEST_SEED", random.randrange(2**32)))
    print(f"JDMA_TEST_SEED={seed}")
    path = new_database(tmp_path_factory.mktemp("hostile"))
    with a_server(path, trusted_proxies="127.0.0.1") as server:
        found = attack(server, path, REQUESTS, Random(seed))
    for (kind, status), n in sorted(found.answers.items(), key=str):
        print(f"{kind:24} {status or 'sans réponse':>12} {n:8,}")
    print(f"{found.sent:,} requêtes, mémoire : {found.growth:+.2f} Mo")
    return found


def test_every_kind_was_sent_and_most_of_it_refused(onslaught: Onslaught) -> None:
    assert len({kind for kind, _ in onslaught.answers}) == len(KINDS)
    refused = sum(n for (_, status), n in onslaught.answers.items() if status and status >= 400)
    assert onslaught.sent >= REQUESTS
    assert refused > onslaught.sent / 2


def test_whatever_is_a_whole_request_is_answered(onslaught: Onslaught) -> None:
    assert {kind for kind, status in onslaught.answers if status is None} == {"presque du HTTP"}


def test_no_answer_is_an_error_of_ours_or_gives_back_what_it_was_sent(onslaught: Onslaught) -> None:
    assert onslaught.wrong == []


def test_no_row_is_changed_by_what_is_refused(onslaught: Onslaught) -> None:
    assert onslaught.rows_after == onslaught.rows_before


def test_nothing_breaks_and_nobody_is_named_in_what_the_server_says(onslaught: Onslaught) -> None:
    lines = set(onslaught.said.splitlines()[1:])
    assert lines <= {
        "WARNING uvicorn.error: a request was refused: requete_illisible",
        "WARNING uvicorn.error: a request was refused: entetes_trop_grands",
    }


def test_memory_and_files_do_not_grow(onslaught: Onslaught) -> None:
    assert onslaught.growth < MOST_MEMORY
    warm = [each for _, each in onslaught.memory[SAMPLES // 5 :]]
    assert max(each.files for each in warm) <= min(each.files for each in warm) + 3
    # The loop's, the one that writes, and those that read, which begin when they are wanted.
    assert max(each.threads for each in warm) <= 2 + READERS


def test_no_shell_was_given_a_command(onslaught: Onslaught) -> None:
    assert not (ROOT / "jdma-was-here").exists()  # where the server was started


# What is let in: the same texts, as comments


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    with a_server(new_database(tmp_path)) as started:
        yield started


def test_every_nasty_comment_is_kept_cleaned_and_masked_and_changes_nothing_else(
    server: Server,
) -> None:
    now = int(time.time() * 1000)
    texts = [text for text in ALL if len(text) <= 10_000]
    bodies = [an_avis(FIN, now, verbatim=text) for text in texts]
    with connected(server.url) as connection:
        for body in bodies:
            headers = {"Content-Type": "text/plain"}
            connection.send(request(AVIS, "POST", json.dumps(body).encode(), headers))
            answer = connection.answer()
            assert answer
            assert answer.status == 201, body["verbatim"]
    kept = rows(server.path, "select cle, verbatim from avis")
    assert dict(kept) == {
        body["cle"]: mask(clean(body["verbatim"])).texte or None for body in bodies
    }
    assert jdma("verify", f"--database=sqlite:///{server.path}").returncode == 0


# Negative twins


def test_a_good_avis_would_have_been_seen_in_the_rows(server: Server) -> None:
    before = digests(server.path)
    now = int(time.time() * 1000)
    answer = httpx.post(f"{server.url}{AVIS}", json=an_avis(FIN, now, jeton=a_jeton(FIN.code, now)))
    assert answer.status_code == 201
    after = digests(server.path)
    assert {name for name in after if after[name] != before[name]} == {
        "avis", "agregat", "agregat_mois",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("answer", "seen"),
    [
        (Answer(500, {}, b""), "500"),
        (Answer(400, {}, b""), "400 without a known code"),
        (Answer(200, {"x-jdma": "1"}, b""), "headers {'x-jdma'}"),
        (Answer(200, {"content-type": "text/html; charset=utf-8"}, b"<JDMA>"), "it gives back"),
        (Answer(200, {"content-type": "text/html; charset=utf-8"}, b"= 74219851"), "it gives back"),
        (Answer(503, {"content-type": "application/problem+json"}, b'{"code":"x"}'), "503"),
    ],
)
def test_a_wrong_answer_would_have_been_seen(answer: Answer, seen: str) -> None:
    wrong = wrong_with(Attempt("", b"", "POST", AVIS), answer)
    assert wrong is not None
    assert wrong.startswith(seen)


def test_memory_that_grows_would_have_been_seen() -> None:
    found = Onslaught(memory=[(n, Vitals(60 + n / 300, 20, 8)) for n in range(0, 4_000, 80)])
    assert found.growth == pytest.approx(10.4)
    assert found.growth > MOST_MEMORY
