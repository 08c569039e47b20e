"""Published files of the widget: the bytes of the index, compressed for those who can read it."""

from __future__ import annotations

import base64
import gzip
import hashlib
import json
import re
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collector.config import resource
from collector.releases import Releases, snippet
from tests.http.problems import LANGUES, problem
from tests.world import FIN, World, a_world

RELEASES = resource("widget", "releases")
NEWEST = f"/w/{Releases().newest}/avis.js"
MAJOR = f"/w/{Releases().newest.partition('.')[0]}/avis.js"


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """One world for what is only read."""
    with a_world(tmp_path_factory.mktemp("files")) as made:
        yield made


def every_file() -> list[tuple[str, str, dict[str, Any]]]:
    return [
        (release["version"], name, listed)
        for release in Releases().index["versions"]
        for name, listed in release["fichiers"].items()
    ]


def sha384(content: bytes) -> str:
    return f"sha384-{base64.b64encode(hashlib.sha384(content).digest()).decode()}"


Answer = tuple[int, dict[str, str], bytes]


def asked(world: World, address: str, method: str = "GET", **headers: str) -> Answer:
    """Status, headers and the very bytes that travel."""
    names = {name.replace("_", "-"): value for name, value in headers.items()}
    with world.client.stream(method, address, headers=names) as answer:
        return answer.status_code, dict(answer.headers), b"".join(answer.iter_raw())


def coding_for(world: World, accepted: str) -> str | None:
    """The coding in which a file comes to whoever accepts this."""
    return asked(world, NEWEST, accept_encoding=accepted)[1].get("content-encoding")


# The bytes


@pytest.mark.parametrize(("version", "name", "listed"), every_file())
def test_a_release_is_served_as_it_was_published(
    files: World, version: str, name: str, listed: dict[str, Any]
) -> None:
    status, headers, sent = asked(files, f"/w/{version}/{name}", accept_encoding="identity")
    assert status == 200
    assert (sha384(sent), len(sent)) == (listed["integrity"], listed["octets"])
    assert headers["cache-control"] == "public, max-age=31536000, immutable"
    assert headers["x-content-type-options"] == "nosniff"
    assert "content-encoding" not in headers
    kind = {"js": "text/javascript", "css": "text/css"}[name.rpartition(".")[2]]
    assert headers["content-type"] == f"{kind}; charset=utf-8"


@pytest.mark.parametrize(("version", "name", "listed"), every_file())
def test_a_release_travels_compressed_when_the_browser_can(
    files: World, version: str, name: str, listed: dict[str, Any]
) -> None:
    address = f"/w/{version}/{name}"
    _, plain, content = asked(files, address, accept_encoding="identity")
    _, headers, sent = asked(files, address, accept_encoding="gzip, deflate, br, zstd")
    assert headers["content-encoding"] == "br"
    assert (sha384(sent), len(sent)) == (listed["brotli_integrity"], listed["brotli"])
    _, older, zipped = asked(files, address, accept_encoding="gzip, deflate")
    assert older["content-encoding"] == "gzip"
    assert (gzip.decompress(zipped), len(zipped)) == (content, listed["gzip"])
    assert len(sent) < len(zipped) < len(content)
    for each in (plain, headers, older):
        assert each["vary"] == "Accept-Encoding"
        assert each["content-type"] == plain["content-type"]
        assert each["cache-control"] == plain["cache-control"]


def test_the_snippet_names_the_bytes_that_are_served(files: World) -> None:
    text = snippet("https://avis.exemple.fr", Releases(), FIN.code)
    found = re.search(r'src="https://avis\.exemple\.fr(/w/[^"]+)" integrity="([^"]+)"', text)
    assert found
    _, _, sent = asked(files, found[1], accept_encoding="identity")
    assert found[2] == sha384(sent)
    assert f'href="https://avis.exemple.fr/f/{FIN.code}"' in text
    assert 'crossorigin="anonymous" defer' in text


# What travels (RFC 9110, 12.5.3)


@pytest.mark.parametrize(
    ("accepted", "coding"),
    [
        ("br", "br"),
        ("gzip, br", "br"),
        ("gzip", "gzip"),
        ("gzip;q=1.0", "gzip"),
        ("br, GZIP;q=0.5", "br"),
        ("br;q=0.5, gzip", "gzip"),
        ("br;q=0, GZIP;q=0.001", "gzip"),
        ("br;\tq=0.000 , gzip ; q=0.8", "gzip"),
        ("*", "br"),
        ("br;q=0, *;q=0.1", "gzip"),
        ("identity, br", "br"),
        ("identity, br;q=0.9", None),
        ("identity;q=0.5, gzip", "gzip"),
        ("identity;q=0", None),
        ("gzip;q=0", None),
        ("*;q=0", None),
        ("br;q=0.000, gzip; q=0.000, identity", None),
        ("br;q=2, gzip;q=-1", None),
        ("br;q=nan, gzip;q=1e0", None),
        ("br;q=0.5;q=1, gzip;level=9", None),
        ("gzipped, brotli", None),
        ("", None),
        (",;,", None),
    ],
)
def test_a_file_is_compressed_as_the_browser_likes_it(
    files: World, accepted: str, coding: str | None
) -> None:
    assert coding_for(files, accepted) == coding


PIECES = st.sampled_from(["br", "gzip", "identity", "*", ";", "q=", "0", "1", ".5", ",", " ", "é"])


@given(accepted=st.lists(PIECES, max_size=12).map("".join))
def test_whatever_is_accepted_the_bytes_are_those_of_the_file(files: World, accepted: str) -> None:
    header = {b"accept-encoding": accepted.encode("latin-1")}
    with files.client.stream("GET", NEWEST, headers=header) as answer:
        sent = b"".join(answer.iter_raw())
    script = Releases().file(Releases().newest, "avis.js")
    coding = answer.headers.get("content-encoding")
    assert answer.status_code == 200
    assert sent == (script.codings[coding] if coding else script.content)
    assert coding is None or coding in accepted or "*" in accepted


def test_two_lines_of_the_header_are_read_as_one(files: World) -> None:
    lines = [(b"accept-encoding", b"gzip;q=0.5"), (b"accept-encoding", b"br")]
    with files.client.stream("GET", NEWEST, headers=lines) as answer:
        assert answer.headers["content-encoding"] == "br"


# What the browser has already


CODINGS = ("identity", "gzip", "br")


@pytest.mark.parametrize("address", [NEWEST, MAJOR])
def test_each_coding_of_a_file_has_a_tag_of_its_own(files: World, address: str) -> None:
    tags = {each: asked(files, address, accept_encoding=each)[1]["etag"] for each in CODINGS}
    plain = tags["identity"]
    assert tags["gzip"] == f'{plain[:-1]}-gzip"'
    assert tags["br"] == f'{plain[:-1]}-br"'
    for accepted, own in tags.items():
        for tag in tags.values():
            status, headers, sent = asked(
                files, address, accept_encoding=accepted, if_none_match=tag
            )
            assert (status, bool(sent)) == ((304, False) if tag == own else (200, True))
            assert headers["etag"] == own


@pytest.mark.parametrize("coding", CODINGS)
def test_a_file_the_browser_has_is_not_sent_again(files: World, coding: str) -> None:
    _, first, _ = asked(files, NEWEST, accept_encoding=coding)
    tag = first["etag"]
    for tags in (tag, f'"a", {tag}', f'"a",W/{tag} , "b"', "*"):
        status, headers, sent = asked(files, NEWEST, accept_encoding=coding, if_none_match=tags)
        assert (status, sent) == (304, b"")
        for name in ("etag", "cache-control", "vary"):
            assert headers[name] == first[name]
    for tags in ('"a", "b"', tag.strip('"'), ""):
        assert asked(files, NEWEST, accept_encoding=coding, if_none_match=tags)[0] == 200


@pytest.mark.parametrize("address", [NEWEST, MAJOR, "/w/index.json"])
@pytest.mark.parametrize("coding", CODINGS)
def test_what_head_says_is_what_get_sends(files: World, address: str, coding: str) -> None:
    _, got, sent = asked(files, address, accept_encoding=coding)
    assert asked(files, address, "HEAD", accept_encoding=coding) == (200, got, b"")
    assert int(got["content-length"]) == len(sent)


# Who may use it


@pytest.mark.parametrize("path", ["9.9.9/avis.js", "9/avis.js", "0.1.0"])
def test_any_page_may_read_that_there_is_no_such_file(files: World, path: str) -> None:
    status, headers, _ = asked(files, f"/w/{path}")
    assert status == 404
    assert headers["access-control-allow-origin"] == "*"
    assert headers["cross-origin-resource-policy"] == "cross-origin"
    assert headers["timing-allow-origin"] == "*"


@pytest.mark.parametrize("tag", ["", "*"])
@pytest.mark.parametrize("coding", CODINGS)
@pytest.mark.parametrize("address", [NEWEST, MAJOR, "/w/index.json"])
def test_any_page_may_use_and_time_it(files: World, address: str, coding: str, tag: str) -> None:
    status, headers, _ = asked(files, address, accept_encoding=coding, if_none_match=tag)
    assert status == (304 if tag else 200)
    assert headers["access-control-allow-origin"] == "*"
    assert headers["cross-origin-resource-policy"] == "cross-origin"
    assert headers["timing-allow-origin"] == "*"


# The newest, and the list


def test_a_major_version_is_its_newest_release_and_is_kept_for_an_hour(files: World) -> None:
    _, headers, sent = asked(files, MAJOR, accept_encoding="br")
    assert sent == asked(files, NEWEST, accept_encoding="br")[2]
    assert headers["cache-control"] == "public, max-age=3600, stale-while-revalidate=86400"


def test_the_index_lists_every_release(files: World) -> None:
    answer = files.client.get("/w/index.json")
    assert answer.content == (RELEASES / "index.json").read_bytes()
    assert answer.headers["content-type"] == "application/json"
    assert answer.headers["cache-control"] == "public, max-age=3600"
    news = json.loads((RELEASES / "nouveautes.json").read_text("utf-8"))
    for each in answer.json()["versions"]:
        said = {"publie_le": each["publie_le"], "nouveautes": each["nouveautes"]}
        assert said == news[each["version"]]


def test_a_style_sheet_is_served_under_its_own_name_only(files: World) -> None:
    page = files.client.get("/resultats/", headers={"accept": "text/html"}).text
    [address] = re.findall(r"/style/[0-9a-f]+\.css", page)
    answer = files.client.get(address)
    assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"
    other = files.client.get("/style/0123456789abcdef.css")
    problem(other, 404, "version_inconnue")


@pytest.mark.parametrize("langue", LANGUES)
@pytest.mark.parametrize(
    "path",
    [
        "9.9.9/avis.js",
        "9/avis.js",
        "0.1/avis.js",
        "latest/avis.js",
        "0.1.0/index.json",
        "0.1.0/avis.js.map",
        "0.1.0/AVIS.JS",
        "0.1.0/..",
        "..%2f..%2fpyproject.toml/avis.js",
        "0.1.0/..%2f..%2f..%2fpyproject.toml",
        "0.1.0/%2e%2e%2f%2e%2e%2findex.json",
        "%2fetc/passwd",
        "0.1.0/avis.js%00",
        "0.1.0/",
        "0.1.0",
        "",
    ],
)
def test_nothing_else_is_served_from_there(files: World, path: str, langue: str) -> None:
    answer = files.client.get(f"/w/{path}", headers={"accept-language": langue})
    assert answer.status_code == 404
    code = answer.json()["code"]
    assert code in ("version_inconnue", "introuvable")
    problem(answer, 404, code, langue)
