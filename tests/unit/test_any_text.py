"""Every parser, given anything: a value or the error it declares, and there and back the same.

What has its own properties beside it is not here: `loads`, `clean` and `Schema` in test_parse.py,
days in test_periode.py, jetons in test_jeton.py, languages in test_texts.py.
"""

from __future__ import annotations

import contextlib
import dataclasses
import json
import re
from datetime import date
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from starlette.requests import Request

from collector.asked.filtre import parse_filtre
from collector.config import (
    SECRET_LENGTH,
    ConfigError,
    Settings,
    load,
    origin_of,
    written,
)
from collector.domain import new_cle
from collector.errors import BadFilter, Invalid, NotJson, WrongType
from collector.ingest import check_content_type
from collector.limits import AddressLimit
from collector.pages import CLE, MAX_FIELDS, form_fields
from collector.parse import Schema, parse_avis
from collector.secret import kept_beside
from collector.wire.codings import preferred_coding
from tests.http.nasty import ALL, BYTES, JSON_VALUES
from tests.world import NOON, an_avis

TODAY = date(2026, 11, 22)
AVIS = Schema("avis.v1.json")

texts = st.text() | st.sampled_from(ALL)
latin = st.text(st.characters(max_codepoint=255)) | st.sampled_from(ALL).map(
    lambda text: text.encode().decode("latin-1")
)


def asking(**headers: str) -> Request:
    """A request with these headers, as they come on the wire."""
    raw = [
        (name.replace("_", "-").encode(), text.encode("latin-1")) for name, text in headers.items()
    ]
    return Request({"type": "http", "headers": raw, "query_string": b""})


# Bodies


@given(body=st.binary() | st.sampled_from(BYTES) | texts.map(lambda text: text.encode()))
def test_any_bytes_are_an_avis_or_refused(body: bytes) -> None:
    with contextlib.suppress(NotJson, Invalid):
        parse_avis(body, AVIS, NOON)


@given(
    fields=st.dictionaries(
        st.sampled_from([*an_avis(), "verbatim", "site_web"]) | texts,
        st.sampled_from(JSON_VALUES) | texts.map(json.dumps),
        max_size=4,
    )
)
def test_an_avis_with_any_field_is_what_the_schema_says_or_is_refused(
    fields: dict[str, str],
) -> None:
    members = {name: json.dumps(value) for name, value in an_avis().items()} | fields
    body = ",".join(f"{json.dumps(name)}:{value}" for name, value in members.items())
    try:
        avis = parse_avis(f"{{{body}}}".encode(), AVIS, NOON)
    except (NotJson, Invalid):
        return
    AVIS.check(avis)
    assert parse_avis(json.dumps(avis).encode(), AVIS, NOON) == avis


@given(name=st.sampled_from([*an_avis()]), first=st.sampled_from(JSON_VALUES))
def test_of_a_field_that_comes_twice_the_last_one_counts(name: str, first: str) -> None:
    """As for every reader of JSON that our clients have; the first one has to be JSON, no more."""
    body = an_avis()
    twice = f'{{"{name}":{first},{json.dumps(body)[1:]}'
    with contextlib.suppress(NotJson):
        assert parse_avis(twice.encode(), AVIS, NOON) == body


@given(body=st.binary() | texts.map(lambda text: text.encode()))
def test_any_bytes_are_fields_of_a_form(body: bytes) -> None:
    assert all(isinstance(each, str) for pair in form_fields(body).items() for each in pair)


@given(fields=st.dictionaries(texts, texts, max_size=MAX_FIELDS))
def test_a_form_that_is_posted_is_read_as_it_was_filled_in(fields: dict[str, str]) -> None:
    assert form_fields(urlencode(fields).encode()) == fields


@given(now=st.integers(0, 2**47), random=st.integers(0, 2**80 - 1))
def test_every_key_that_is_made_is_one_that_is_taken(now: int, random: int) -> None:
    cle = new_cle(now, random)
    assert CLE.fullmatch(cle)
    assert int(cle[:8] + cle[9:13], 16) == now
    body = json.dumps({**an_avis(), "cle": cle}).encode()
    assert parse_avis(body, AVIS, now)["cle"] == cle


# Addresses and headers


@given(
    query=st.dictionaries(
        st.sampled_from(["du", "au", "pas", "bouton"]) | texts,
        texts | st.sampled_from(["2026-01-01", "2026-01-31", "2025-12-31", "mois", "annee"]),
        max_size=4,
    )
)
def test_any_question_is_a_filter_or_named_as_wrong(query: dict[str, str]) -> None:
    try:
        filtre = parse_filtre(query, TODAY)
    except BadFilter:
        return
    told = {"du": str(filtre.periode.du), "au": str(filtre.periode.au)}
    told |= {name: str(v) for name in ("pas", "bouton") if (v := getattr(filtre, name)) is not None}
    assert parse_filtre(told, TODAY) == filtre


@given(accepted=latin)
def test_any_accept_encoding_is_answered_with_what_there_is(accepted: str) -> None:
    assert preferred_coding(asking(accept_encoding=accepted), ("br", "gzip")) in (
        "br",
        "gzip",
        None,
    )


@given(kind=latin)
def test_any_content_type_is_wanted_or_refused(kind: str) -> None:
    with contextlib.suppress(WrongType):
        check_content_type(kind, ("text/plain",))
    check_content_type(f"text/plain; charset={kind}", ("text/plain",))


addresses = (
    texts
    | st.ip_addresses().map(str)
    | st.ip_addresses(v=6).map(lambda ip: f"{ip}%eth0")
    | st.ip_addresses(v=4).map(lambda ip: f"::ffff:{ip}")
)


@given(address=addresses)
@example("::ffff:192.0.2.1%x")
@example("fe80::1%")
def test_any_address_has_its_limit(address: str) -> None:
    assert AddressLimit(30, 2).seconds_to_wait(address) == 0


@given(ip=st.ip_addresses(v=6), bits=st.integers(0, 2**64 - 1))
def test_the_addresses_of_one_subscriber_have_one_limit(ip: Any, bits: int) -> None:
    network = int(ip) >> 64 << 64
    limit = AddressLimit(30, 1)
    assert limit.seconds_to_wait(str(ip)) == 0
    if network:  # the first of all networks holds the IPv4 addresses
        assert limit.seconds_to_wait(str(type(ip)(network | bits))) > 0
    assert limit.seconds_to_wait(str(type(ip)(int(ip) ^ 1 << 64))) == 0


# Settings


@given(name=st.sampled_from([f.name for f in dataclasses.fields(Settings)]), text=texts)
@example("port", "9" * 5_000)
@example("min_seconds", "1" * 5_000)
def test_any_text_is_a_setting_or_named_as_wrong(name: str, text: str) -> None:
    try:
        settings = load({name: text}, {})
    except ConfigError:
        return
    again = {f.name: written(getattr(settings, f.name)) for f in dataclasses.fields(Settings)}
    assert load(again, {}) == settings


hosts = st.text("aZ0.-_é;: \\'\"*,@%[]", max_size=8)
urls = texts | st.builds(
    "{}://{}{}{}".format,
    st.sampled_from(["http", "https", "HTTPS", "ftp", ""]),
    hosts,
    st.sampled_from(["", ":", ":80", ":443", ":8443", ":99999", ":x", ":-1"]),
    st.sampled_from(["", "/", "/a", "?b", "#c"]),
)


@given(url=urls)
def test_any_text_has_an_origin_that_browsers_write_or_none(url: str) -> None:
    """An origin goes into a policy of pages, where a space or « ; » would begin something else."""
    try:
        origin = origin_of(url)
    except ValueError:
        return
    assert re.fullmatch(r"https?://([a-z0-9._-]+|\[[0-9a-f:.]+\])(:\d+)?", origin)
    assert origin_of(origin) == origin


@given(content=st.binary(max_size=80) | st.sampled_from(BYTES))
def test_any_file_is_a_secret_or_said_to_be_none(
    tmp_path_factory: pytest.TempPathFactory, content: bytes
) -> None:
    database = tmp_path_factory.mktemp("secret") / "avis.db"
    Path(f"{database}.secret").write_bytes(content)
    try:
        ring, made, _ = kept_beside(database)
    except ConfigError:
        return
    assert not made
    assert ring
    assert all(each.isascii() and len(each) >= SECRET_LENGTH for each in ring)
