"""What somebody might send who means no good: nothing of it may be stored, or break anything."""

from __future__ import annotations

import gzip
import json
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from random import Random
from urllib.parse import quote

from collector.domain import new_cle
from tests.http.nasty import ALL, BYTES, JSON_VALUES
from tests.http.wire import chunked, request
from tests.world import AILLEURS, COURRIEL, FIN, SITE, a_jeton, an_avis

AVIS = "/api/v1/avis"
FORM = "application/x-www-form-urlencoded"


@dataclass(frozen=True, slots=True)
class Attempt:
    """Bytes for one connection. `whole`: they are one request, which has one answer."""

    kind: str
    data: bytes
    method: str = "GET"
    target: str = ""
    whole: bool = True


def _attempt(
    kind: str, target: str, method: str = "GET", body: bytes = b"", **headers: str
) -> Attempt:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Attempt(kind, request(target, method, body, named), method, target)


# Texts in their places


def in_target(text: str) -> str:
    return quote(text, safe="", errors="surrogatepass")


def in_header(text: str) -> str:
    """As bytes on the wire, shown as latin-1; what would end the line is left out."""
    sent = text.encode("utf-8", "surrogatepass").decode("latin-1")
    return "".join(each for each in sent if each not in "\r\n\0")[:8_000]


TARGETS = (
    "/f/{}", "/f/{}.json", "/f/{}/merci", "/f/{}/diagnostic.json", "/w/{}/avis.js", "/w/1.0.0/{}",
    "/style/{}.css", "/api/v1/demarches/{}/scores", "/resultats/{}", "/{}", "/api/{}",
)  # fmt: skip
PLACES = (
    "/f/k7f3q2", "/f/k7f3q2.json", "/f/k7f3q2/merci", "/f/k7f3q2/diagnostic.json", "/resultats/",
    "/resultats/carte-de-stationnement", "/api/v1/demarches/carte-de-stationnement/scores",
    "/api/v1/demarches", "/w/1.0.0/avis.js", "/w/index.json", "/", "/nulle-part", "/healthz",
)  # fmt: skip
PARAMETERS = (
    "lang", "cadre", "theme", "affichage", "cle", "satisfaction", "effort", "du", "au", "pas",
    "bouton", "version", "integrite", "heure", "jeton",
)  # fmt: skip
HEADERS = (
    "Host", "Origin", "Accept", "Accept-Language", "Accept-Encoding", "If-None-Match", "Cookie",
    "Authorization", "Content-Encoding", "Content-Type", "X-Forwarded-For", "X-Forwarded-Proto",
    "X-Forwarded-Host", "X-Original-URL", "X-HTTP-Method-Override", "Forwarded", "Referer",
    "User-Agent", "Range", "Sec-Purpose", "Accept-Charset", "If-Modified-Since", "Idempotency-Key",
)  # fmt: skip
METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "PROPFIND", "PURGE")


def path(chance: Random, now: int) -> Attempt:
    target = chance.choice(TARGETS).format(in_target(chance.choice(ALL)))
    return _attempt("chemin", target, Accept=chance.choice(["text/html", "*/*"]))


def query(chance: Random, now: int) -> Attempt:
    named = [chance.choice([*PARAMETERS, in_target(chance.choice(ALL))]) for _ in range(3)]
    pairs = "&".join(f"{name}={in_target(chance.choice(ALL))}" for name in named)
    return _attempt("question", f"{chance.choice(PLACES)}?{pairs}", Accept="text/html")


def header(chance: Random, now: int) -> Attempt:
    names = chance.sample(HEADERS, 3)
    headers = {name: in_header(chance.choice(ALL)) for name in names}
    return Attempt("en-têtes", *_with_headers(chance, headers))


def _with_headers(chance: Random, headers: dict[str, str]) -> tuple[bytes, str, str]:
    target = chance.choice(PLACES)
    lines = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    data = f"GET {target} HTTP/1.1\r\n{lines}\r\n".encode("latin-1")
    return data, "GET", target


def method(chance: Random, now: int) -> Attempt:
    target = chance.choice([*PLACES, AVIS, "/f/k7f3q2"])
    kind = chance.choice(METHODS[1:])
    return _attempt("méthode", target, kind, Content_Type="text/html")


# Bodies


def json_fields(chance: Random, now: int) -> Attempt:
    """An avis of which some fields are anything, without a good jeton."""
    body = an_avis(chance.choice([FIN, COURRIEL, AILLEURS]), now)
    names = [*body, "verbatim", "site_web", chance.choice(ALL)]
    body |= {name: chance.choice(ALL) for name in chance.sample(names, 3)}
    body["jeton"] = chance.choice([*ALL, a_jeton(COURRIEL.code, 0)])
    return _posted("champs JSON", json.dumps(body).encode())


def json_values(chance: Random, now: int) -> Attempt:
    """An avis of which one field is written as no program would, and that names another field."""
    body = an_avis(FIN, now)
    name = chance.choice([*body, "verbatim", "site_web", "notes", "notes"])
    text = json.dumps({**body, name: "@@", "de-trop": 1})
    return _posted("valeurs JSON", text.replace('"@@"', chance.choice(JSON_VALUES)).encode())


def wrong_but_for_the_jeton(chance: Random, now: int) -> Attempt:
    """An avis whose jeton is good and which has something that there is not."""
    wrongs: tuple[dict[str, object], ...] = (
        {"questionnaire": "standard-9"},
        {"notes": {}},
        {"notes": {"satisfaction": 3, chance.choice(ALL): 1, "inconnue": 1}},
        {"notes": {"satisfaction": 10}},
        {chance.choice(ALL): 1},
        {"cle": new_cle(now + 10**9)},
        {"bouton": AILLEURS.code},
    )
    body = {**an_avis(FIN, now), "verbatim": chance.choice(ALL), **chance.choice(wrongs)}
    return _posted("bon jeton", json.dumps(body).encode())


def any_bytes(chance: Random, now: int) -> Attempt:
    body = chance.choice(BYTES) * chance.randint(1, 50)
    if chance.random() < 0.5:
        body = json.dumps(an_avis(FIN, now, jeton="x")).encode().replace(b"k7f3q2", body[:200], 1)
    kind = chance.choice(["text/plain", "application/json", FORM, "text/plain; charset=utf-16"])
    return _posted("octets", body, kind)


def too_large(chance: Random, now: int) -> Attempt:
    body = json.dumps(an_avis(FIN, now, jeton="x")).encode()
    size = chance.choice([64 * 1024, 64 * 1024 + 1, 70_000, 200_000])
    return _posted("longueurs", body + b" " * (size - len(body)))


def compressed(chance: Random, now: int) -> Attempt:
    """A good avis, compressed, or 10 MB of nothing: never opened, so neither JSON nor a form."""
    plain = chance.choice([json.dumps(an_avis(FIN, now)).encode(), _ZEROS])
    coding, body = chance.choice(
        [
            ("gzip", gzip.compress(plain, 1)),
            ("deflate", zlib.compress(plain, 1)),
            ("deflate", zlib.compress(plain, 1)[2:-4]),
            ("br", b"\x8b\x02\x80" + plain[:20] + b"\x03"),
            ("zstd", b"\x28\xb5\x2f\xfd\x04\x00" + plain[:20]),
            ("gzip, gzip", gzip.compress(gzip.compress(plain, 1), 1)),
        ]
    )
    return _attempt(
        "corps comprimés", AVIS, "POST", body, Content_Type="text/plain", Content_Encoding=coding
    )


_ZEROS = bytes(300_000)


def content_type(chance: Random, now: int) -> Attempt:
    """A good avis under a type that is not one of ours."""
    text = in_header(chance.choice(ALL))
    kind = chance.choice(
        [
            f"multipart/form-data; boundary={text}",
            f"text/html; charset={text}",
            f"{text}/plain",
            f"application/{text}",
            f'"text/plain"; charset="{text}"',
        ]
    )
    body = json.dumps(an_avis(FIN, now)).encode()
    return _attempt("types", AVIS, "POST", body, Content_Type=kind)


def form_fields(chance: Random, now: int) -> Attempt:
    """A form whose jeton is good or not, without its mandatory answer."""
    fields = {
        "cle": chance.choice([new_cle(now), chance.choice(ALL)]),
        "jeton": chance.choice([a_jeton(FIN.code, now - 10_000), chance.choice(ALL)]),
        "questionnaire": chance.choice(["standard-1", chance.choice(ALL)]),
        "note.effort": chance.choice(ALL),
        "verbatim": chance.choice(ALL),
        f"note.{chance.choice(ALL)}": chance.choice(ALL),
        chance.choice(ALL): chance.choice(ALL),
    }
    fields.pop("note.satisfaction", None)
    body = "&".join(f"{in_target(name)}={in_target(text)}" for name, text in fields.items())
    return _attempt(
        "champs de formulaire", "/f/k7f3q2", "POST", body.encode(),
        Content_Type=FORM, Accept="text/html", Origin=SITE,
    )  # fmt: skip


def multipart(chance: Random, now: int) -> Attempt:
    text = in_target(chance.choice(ALL))
    part = f'--x\r\nContent-Disposition: form-data; name="{text}"; filename="{text}"\r\n\r\n{text}'
    body = f"{part}\r\n--x--\r\n".encode()
    target = chance.choice([AVIS, "/f/k7f3q2"])
    return _attempt(
        "multipart", target, "POST", body, Content_Type="multipart/form-data; boundary=x"
    )


def _posted(kind: str, body: bytes, content_type: str = "text/plain") -> Attempt:
    return _attempt(kind, AVIS, "POST", body, Content_Type=content_type, Origin=SITE)


# What is hardly HTTP


def broken(chance: Random, now: int) -> Attempt:
    """A request with some bytes changed, taken out, doubled or put in."""
    body = json.dumps(an_avis(FIN, now, jeton="x")).encode()
    headers = {"Content-Type": "text/plain", "Transfer-Encoding": "chunked"}
    data = bytearray(
        chance.choice(
            [
                request(chance.choice(PLACES)),
                request(AVIS, "POST", body, {"Content-Type": "text/plain"}),
                request(AVIS, "POST", headers=headers) + chunked(body[:50], body[50:]),
            ]
        )
    )
    for _ in range(chance.randint(1, 4)):
        at = chance.randrange(len(data))
        piece = chance.choice([b"\r\n", b"\n", b"\0", b" ", b"\t", b":", *BYTES])
        match chance.randrange(4):
            case 0:
                data[at : at + 1] = piece
            case 1:
                del data[at : at + chance.randint(1, 20)]
            case 2:
                data[at:at] = data[at : at + chance.randint(1, 40)]
            case _:
                data[at:at] = piece
        data = data or bytearray(b"\r\n")
    return Attempt("presque du HTTP", bytes(data), whole=False)


KINDS: tuple[Callable[[Random, int], Attempt], ...] = (
    path, query, header, method, json_fields, json_values, wrong_but_for_the_jeton, any_bytes,
    too_large, compressed, content_type, form_fields, multipart, broken,
)  # fmt: skip
