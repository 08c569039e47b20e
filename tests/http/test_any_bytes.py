"""Whatever comes in: no answer is a 5xx, and no row changes."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote, urlencode

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from collector.domain import new_cle
from tests.http.nasty import ALL, BYTES
from tests.watch import digests
from tests.world import AILLEURS, COURRIEL, FIN, NOON, SITE, World, a_jeton, a_world, an_avis

# JDMA_TEST_EXAMPLES asks for more.
EXAMPLES = max(150, int(os.environ.get("JDMA_TEST_EXAMPLES", "0")))
QUICK = settings(max_examples=EXAMPLES)
LONGEST = 60_000  # characters of an address: the client that sends it refuses 65,536


@pytest.fixture(scope="module")
def still(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """One world for all examples: each of them has to leave it as it was."""
    with a_world(tmp_path_factory.mktemp("still")) as made:
        yield made


JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text()
    | st.sampled_from([10**400, "\ud83d", "k7f3q2", "standard-1", *ALL]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=6,
)

NO_JETON = st.none() | st.text() | st.sampled_from(
    ["", ".", "é.é", a_jeton(COURRIEL.code), a_jeton(opened_ms=0), "0." + "A" * 43, "-1.x"]
)  # fmt: skip


CLE = new_cle(NOON)


@st.composite
def nearly_an_avis(draw: st.DrawFn) -> bytes:
    """A good body but for its jeton, and some fields replaced by anything."""
    body: dict[str, Any] = {**an_avis(cle=CLE), "jeton": draw(NO_JETON)}
    names = [*(name for name in body if name != "jeton"), "verbatim", "site_web", "inconnu"]
    body.update(draw(st.dictionaries(st.sampled_from(names), JSON, max_size=4)))
    return json.dumps(body).encode()


@st.composite
def nearly_a_form(draw: st.DrawFn) -> bytes:
    fields = {"cle": CLE, "questionnaire": "standard-1", "note.satisfaction": "3"}
    fields["jeton"] = draw(NO_JETON) or ""
    names = [*(name for name in fields if name != "jeton"), "note.effort", "verbatim", "note."]
    level = st.text() | st.sampled_from(ALL)
    fields.update(draw(st.dictionaries(st.sampled_from(names), level, max_size=4)))
    return urlencode(fields, errors="replace").encode()


BODIES = (
    st.binary(max_size=200)
    | st.sampled_from(BYTES)
    | JSON.map(lambda value: json.dumps(value).encode())
    | nearly_an_avis()
    | nearly_a_form()
    | st.sampled_from([b"[" * 60_000, b"\\ud83d", b"a=1&" * 9_000, b"x" * 140_000])
)

KINDS = st.sampled_from(
    ["text/plain", "application/json", "application/x-www-form-urlencoded"]
) | st.text(st.characters(max_codepoint=255, exclude_categories=["Cc"]), max_size=20)

VALUES = st.text(
    st.characters(max_codepoint=255, exclude_categories=["Cc"]), max_size=30
) | st.sampled_from(ALL).map(lambda text: text.encode().decode("latin-1"))

SOUP = st.fixed_dictionaries(
    {"content-type": KINDS},
    optional={
        "origin": VALUES | st.sampled_from([SITE, "null"]),
        "accept": VALUES | st.sampled_from(["text/html", "*/*"]),
        "accept-language": VALUES | st.sampled_from(["en", "fr", ",,;q=", "e"]),
        "sec-purpose": VALUES,
        "content-encoding": VALUES,
        "x-forwarded-for": VALUES,
        "cookie": VALUES,
        "authorization": VALUES,
        "if-none-match": VALUES,
        "expect": VALUES,
    },
)

CODES = st.sampled_from([FIN.code, AILLEURS.code, *filter(None, ALL)]) | st.text(
    min_size=1, max_size=20
).filter(lambda text: "/" not in text)


def as_bytes(headers: dict[str, str]) -> list[tuple[bytes, bytes]]:
    return [(name.encode(), value.encode("latin-1")) for name, value in headers.items()]


def quoted(text: str) -> str:
    return quote(text, safe="", errors="replace")


@QUICK
@given(body=BODIES, headers=SOUP)
def test_any_bytes_posted_as_an_avis(still: World, body: bytes, headers: dict[str, str]) -> None:
    before = digests(still.path)
    answer = still.client.post("/api/v1/avis", content=body, headers=as_bytes(headers))
    assert 400 <= answer.status_code < 500
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["code"]
    assert digests(still.path) == before


@QUICK
@given(body=BODIES, headers=SOUP, code=CODES, query=st.binary(max_size=20))
def test_any_bytes_posted_as_a_form(
    still: World, body: bytes, headers: dict[str, str], code: str, query: bytes
) -> None:
    before = digests(still.path)
    url = f"/f/{quoted(code)}?{quote(query, safe='&=')}"
    answer = still.client.post(url, content=body, headers=as_bytes(headers))
    assert 400 <= answer.status_code < 500
    assert digests(still.path) == before


ADDRESSES = st.sampled_from(
    [
        "/f/{}",
        "/f/{}.json",
        "/f/{}/merci",
        "/f/{}/diagnostic.json",
        "/w/{}/avis.js",
        "/w/0.1.0/{}",
        "/style/{}.css",
        "/api/v1/demarches/{}/scores",
        "/resultats/{}",
        "/{}",
    ]
)
NAMES = CODES | st.sampled_from(["carte-de-stationnement", "0.1.0", "0", "avis.js"])
QUERIES = st.dictionaries(
    st.sampled_from(
        ["du", "au", "pas", "bouton", "lang", "satisfaction", "cadre", "theme", "version", "heure"]
    )
    | st.text(max_size=5),
    st.text(max_size=12)
    | st.sampled_from(ALL)
    | st.sampled_from(["2026-11-01", "2026-11-30", "0000-00-00", "mois", "k7f3q2", "3", "en"]),
    max_size=4,
)


@QUICK
@given(
    method=st.sampled_from(["GET", "HEAD"]), address=ADDRESSES, name=NAMES, query=QUERIES,
    headers=SOUP,
)  # fmt: skip
def test_any_address_asked_for(
    still: World, method: str, address: str, name: str, query: dict[str, str],
    headers: dict[str, str],
) -> None:  # fmt: skip
    before = digests(still.path)
    url = f"{address.format(quoted(name))}?{urlencode(query, errors='replace')}"
    answer = still.client.request(method, url[:LONGEST], headers=as_bytes(headers))
    assert answer.status_code < 500
    assert digests(still.path) == before


def test_a_good_avis_would_have_changed_a_row(tmp_path_factory: pytest.TempPathFactory) -> None:
    """The property can fail: what it posts differs from this by the jeton alone."""
    with a_world(tmp_path_factory.mktemp("good")) as world:
        before = digests(world.path)
        assert world.post(an_avis()).status_code == 201
        assert digests(world.path) != before
