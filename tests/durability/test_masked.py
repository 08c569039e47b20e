"""What somebody wrote and should not have is on no disk: not in the database, not in what is
written ahead of it, not in what the server says."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx2 as httpx
import pytest

from tests import postgres
from tests.http.html import parse
from tests.http.test_form import fields_of
from tests.world import FIN, SITE, Server, a_server, an_avis, new_database, rows, set_up

# Written as people do, and what of it must be nowhere, whatever stands between the digits.
PLANTED = {
    "telephone": ("06 39 98 47 12", "0639984712"),
    "courriel": ("camille.planté@exemple.fr", "camille.planté"),
    "nir": ("1 79 04 75 255 349 87", "179047525534987"),
    "iban": ("FR58 3419 9799 2995 2890 7866 651", "5834199799299528"),
    "carte": ("4288 0729 0222 7911", "4288072902227911"),
    "fiscal": ("22 13 271 411 106", "2213271411106"),
    "dossier": ("990312345678", "990312345678"),
}
WITNESS = "temoinquireste"
SAID = f"{WITNESS} " + ", ".join(written for written, _ in PLANTED.values())


@contextmanager
def a_place(engine: str, folder: Path) -> Iterator[tuple[Path | str, Path]]:
    """A database with démarches, and the folder of all that it writes."""
    if engine == "sqlite":
        yield new_database(folder), folder
        return
    with postgres.a_cluster() as cluster:
        set_up(cluster.address())
        yield cluster.address(), cluster.data


def post_everywhere(server: Server) -> None:
    """By the widget's way, once and again, then a later step; by the form; and some that are
    refused."""
    now = time.time_ns() // 1_000_000
    headers = {"origin": SITE, "content-type": "text/plain"}

    def post(body: dict[str, Any]) -> int:
        return httpx.post(f"{server.url}/api/v1/avis", json=body, headers=headers).status_code

    body = an_avis(clock_ms=now, verbatim=SAID)
    assert [post(body), post(body), post({**body, "etape": 2})] == [201, 200, 200]
    assert post(an_avis(clock_ms=now, verbatim=SAID, notes={})) == 422
    assert post(an_avis(clock_ms=now, verbatim=SAID, site_web="x")) == 201
    form = httpx.get(f"{server.url}/f/{FIN.code}")
    fields = fields_of(parse(form.text)) | {"verbatim": SAID}
    for more, status in (({}, 422), ({"note.satisfaction": "3"}, 303)):
        assert httpx.post(str(form.url), data={**fields, **more}).status_code == status


def traces(text: bytes) -> set[str]:
    """The kinds of which something planted is in it."""
    together = b"".join(text.split())
    return {
        genre
        for genre, (written, digits) in PLANTED.items()
        if written.encode() in text or digits.encode() in together
    }


@pytest.mark.parametrize("engine", ["sqlite", "postgresql"])
def test_what_is_masked_is_in_no_file_and_in_nothing_said(engine: str, tmp_path: Path) -> None:
    with a_place(engine, tmp_path) as (where, folder), a_server(where) as server:
        post_everywhere(server)
        files = {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}
        metrics = httpx.get(f"{server.url}/metrics").content
        server.terminate()
        said = server.process.stdout.read() if server.process.stdout else ""
        found = [path.name for path, content in files.items() if WITNESS.encode() in content]
        assert len(rows(where, f"select 1 from avis where verbatim like '{WITNESS}%'")) == 3
    assert any("wal" in str(path) for path in files)
    assert found, "what must be there is looked for where it is not"
    for content in (*files.values(), metrics, said.encode()):
        assert traces(content) == set()


def test_what_would_not_be_masked_would_be_found() -> None:
    assert traces(SAID.encode()) == set(PLANTED)
    assert traces(b"0 6-39.98") == set()
