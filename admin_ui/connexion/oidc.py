"""Sign-in through OpenID Connect: what a provider is asked, and what has to be true of its answers
before one is believed. Pure.

Sections (§) are those of OpenID Connect Core 1.0. Every check that fails has a code of its own: a
person reads what to do about it, the journal keeps the code, nobody is shown the value.
"""

from __future__ import annotations

import base64
import contextlib
import hashlib
import math
import re
import secrets
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from hmac import compare_digest
from typing import Literal
from urllib.parse import urlencode, urlsplit

import orjson

from collector.comptes import Compte
from collector.config import is_safe_address

Claims = Mapping[str, object]

# Each signs with a private key, and hashes with SHA-256. « none » signs nothing; with the HS*, a
# key that others know (a public one, our secret) would sign.
ALGORITHMS = ("ES256", "PS256", "RS256")

LEEWAY = 60  # seconds by which two clocks may differ
DEPART_SECONDS = 900  # long enough to find one's second factor
_LONGEST = 200  # characters of a name that are kept
_LONGEST_SUITE = 500  # of an address, in a cookie
_SUJET = re.compile(r"[\x21-\x7e]{1,255}")  # §2
_ERROR = re.compile(r"[A-Za-z0-9_.-]{1,60}")
_SIRET = re.compile(r"[0-9]{14}")

# ProConnect has a scope for each claim; elsewhere they come with `profile`.
_SCOPES = ("openid", "given_name", "usual_name", "profile", "email", "siret")
_DEFAULT_SCOPES = ("openid", "profile", "email")
_SIGNING = "id_token_signing_alg_values_supported"
_EXIT = "end_session_endpoint"
_PROCONNECT = re.compile(
    r"(?:.+\.)?(?:proconnect\.gouv\.fr|agentconnect(?:\.rie)?\.gouv\.fr|dev-agentconnect\.fr)"
)

Code = Literal[
    "algorithme", "annule", "at_hash", "cle", "courriel", "destinataire", "emetteur", "etat",
    "expire", "ferme", "forme", "fournisseur", "horloge", "injoignable", "local", "niveau",
    "nonce", "occupe", "prise", "sans_droit", "signature", "sujet",
]  # fmt: skip


class OidcRefused(Exception):
    """A sign-in that goes no further. `code` says which check failed, `compte` whose it was."""

    def __init__(self, code: Code, compte: Compte | None = None) -> None:
        super().__init__(code)
        self.code, self.compte = code, compte


# What is asked


@dataclass(frozen=True, slots=True)
class Fournisseur:
    """What a provider says of itself.

    `sortie` is where one signs out there, if one can. `pkce`, `claims`, `iss`, `basic`: whether it
    takes S256 challenges, takes the `claims` parameter, names itself in each answer (RFC 9207),
    wants our secret in a header.
    """

    emetteur: str
    autorisation: str
    jeton: str
    userinfo: str
    cles: str
    sortie: str | None = None
    scopes: tuple[str, ...] = _DEFAULT_SCOPES
    pkce: bool = False
    claims: bool = False
    iss: bool = False
    basic: bool = False


@dataclass(frozen=True, slots=True)
class Client:
    """Who we are for a provider. `acr`: the levels of assurance one of which is wanted; none: any
    will do."""

    id: str
    retour: str
    acr: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Depart:
    """A sign-in under way in one browser. `suite`: the page that was asked for. `compte`: the
    account that asked to be linked."""

    cookie: str
    state: str
    nonce: str
    verifier: str
    suite: str = ""
    compte: int | None = None


class Departs:
    """Writes and reads what a browser keeps while somebody is at the provider:
    « {ms}.{random}.{suite}.{compte}.{MAC} ».

    State, nonce and verifier are derived from it under our secret: nothing has to be stored here,
    and the browser has nothing that somebody else could use.
    """

    def __init__(self, secret: str, before: Sequence[str] = ()) -> None:
        """`before`: secrets that sign nothing any more, and are still believed."""
        self._key = hashlib.sha256(b"oidc:" + secret.encode()).digest()
        self._before = [Departs(each) for each in before]

    def begin(self, now_ms: int, suite: str = "", compte: int | None = None) -> Depart:
        kept = suite.encode().hex() if suite.isascii() and len(suite) <= _LONGEST_SUITE else ""
        return self._depart(f"{now_ms:x}.{secrets.token_hex(16)}.{kept}.{compte or ''}")

    def read(self, cookie: str | None, now_ms: int) -> Depart:
        """Raises OidcRefused « etat » when it is missing, forged or too old."""
        for each in self._before:
            if each._made(cookie):
                return each.read(cookie, now_ms)
        _require("etat", self._made(cookie))
        body, _, _ = (cookie or "").rpartition(".")
        begun_ms = int(body.partition(".")[0], 16)  # ours, since the MAC is
        _require("etat", 0 <= now_ms - begun_ms <= DEPART_SECONDS * 1000)
        return self._depart(body)

    def _made(self, cookie: str | None) -> bool:
        body, _, mac = (cookie or "").rpartition(".")
        return compare_digest(mac.encode(), self._derive("mac", body).encode())

    def _depart(self, body: str) -> Depart:
        *_, suite, compte = body.split(".")
        return Depart(
            cookie=f"{body}.{self._derive('mac', body)}",
            state=self._derive("state", body),
            nonce=self._derive("nonce", body),
            verifier=self._derive("verifier", body),
            suite=bytes.fromhex(suite).decode(),
            compte=int(compte) if compte else None,
        )

    def _derive(self, use: str, body: str) -> str:
        # 64 characters: ProConnect wants 32 at least, a verifier has 43 to 128 (RFC 7636).
        made = hashlib.blake2b(body.encode(), key=self._key, person=use.encode(), digest_size=32)
        return made.hexdigest()


def address_of_departure(fournisseur: Fournisseur, client: Client, depart: Depart) -> str:
    """Where a browser is sent to sign in (§3.1.2.1)."""
    asked = {
        "response_type": "code",
        "client_id": client.id,
        "redirect_uri": client.retour,
        "scope": " ".join(fournisseur.scopes),
        "state": depart.state,
        "nonce": depart.nonce,
    }
    if client.acr:
        asked |= _levels(fournisseur, client.acr)
    if fournisseur.pkce:  # only then: ProConnect answers an error to parameters it does not know
        asked |= {"code_challenge": challenge(depart.verifier), "code_challenge_method": "S256"}
    return _with(fournisseur.autorisation, asked)


def _levels(fournisseur: Fournisseur, acr: tuple[str, ...]) -> dict[str, str]:
    # A claim makes a condition of them (§5.5.1.1); `acr_values` is but a wish.
    if not fournisseur.claims:
        return {"acr_values": " ".join(acr)}
    wanted = {"id_token": {"acr": {"essential": True, "values": acr}}}
    return {"claims": orjson.dumps(wanted).decode()}


def challenge(verifier: str) -> str:
    """RFC 7636, S256."""
    return _base64(hashlib.sha256(verifier.encode()).digest())


def address_of_exit(
    fournisseur: Fournisseur, client: Client, id_token: str, state: str, retour: str
) -> str | None:
    """Where a browser signs out at the provider (RP-Initiated Logout 1.0). None: nowhere."""
    if fournisseur.sortie is None:
        return None
    asked = {"id_token_hint": id_token, "client_id": client.id}
    return _with(fournisseur.sortie, {**asked, "state": state, "post_logout_redirect_uri": retour})


# What comes back


@dataclass(frozen=True, slots=True)
class Attendu:
    """What an ID token is held against. `now` is in seconds since 1970 UTC."""

    emetteur: str
    client: Client
    nonce: str
    access_token: str
    now: float


@dataclass(frozen=True, slots=True)
class Identite:
    """Who somebody is for a provider. `courriel`: only an address it has verified."""

    emetteur: str
    sujet: str
    nom: str
    courriel: str | None = None
    siret: str | None = None


@dataclass(frozen=True, slots=True)
class Arrivee:
    """Somebody who came back, and the ID token that says so: signing out there wants it."""

    identite: Identite
    id_token: str


def read_discovery(said: Claims, emetteur: str) -> Fournisseur:
    """What a provider says of itself (Discovery 1.0 §4.3). Raises OidcRefused « emetteur » when it
    is another one, « algorithme » when it signs with none of ours, « forme »."""
    _require("emetteur", said.get("issuer") == emetteur)
    _require("algorithme", not said.get(_SIGNING) or _words(said, _SIGNING) & {*ALGORITHMS})
    known = _words(said, "scopes_supported")
    return Fournisseur(
        emetteur,
        autorisation=_endpoint(said, "authorization_endpoint", emetteur),
        jeton=_endpoint(said, "token_endpoint", emetteur),
        userinfo=_endpoint(said, "userinfo_endpoint", emetteur),
        cles=_endpoint(said, "jwks_uri", emetteur),
        sortie=_endpoint(said, _EXIT, emetteur) if said.get(_EXIT) else None,
        scopes=tuple(each for each in _SCOPES if each in known) or _DEFAULT_SCOPES,
        pkce="S256" in _words(said, "code_challenge_methods_supported"),
        claims=said.get("claims_parameter_supported") is True,
        iss=said.get("authorization_response_iss_parameter_supported") is True,
        # §9: who does not say how takes it in a header.
        basic="client_secret_post" not in _words(said, "token_endpoint_auth_methods_supported"),
    )


def read_return(said: Mapping[str, str], fournisseur: Fournisseur, depart: Depart) -> str:
    """The code that a browser brings back (§3.1.2.5). The state comes first: without it, nothing
    else was said to this browser. Raises OidcRefused."""
    _require("etat", compare_digest(said.get("state", "").encode(), depart.state.encode()))
    named = said.get("iss", None if fournisseur.iss else fournisseur.emetteur)
    _require("emetteur", named == fournisseur.emetteur)
    _require("annule", said.get("error") != "access_denied")
    _require("fournisseur", "error" not in said)
    _require("forme", bool(said.get("code")))
    return said["code"]


def check_id_token(claims: Claims, attendu: Attendu) -> str:
    """The `sub` of an ID token whose signature is good (§3.1.3.7). Raises OidcRefused."""
    for code, holds in ID_TOKEN_CHECKS:
        _require(code, holds(claims, attendu))
    return str(claims["sub"])


def _for_us(claims: Claims, attendu: Attendu) -> bool:
    """Others may be meant besides us only when it says that it was issued to us."""
    aud = claims.get("aud")
    meant = {aud} if isinstance(aud, str) else _words(claims, "aud")
    azp = claims.get("azp", attendu.client.id if len(meant) == 1 else None)
    return attendu.client.id in meant and azp == attendu.client.id


def _is_sujet(value: object) -> bool:
    return isinstance(value, str) and _SUJET.fullmatch(value) is not None


def _hash_of(access_token: str) -> str:
    return _base64(hashlib.sha256(access_token.encode()).digest()[:16])


ID_TOKEN_CHECKS: tuple[tuple[Code, Callable[[Claims, Attendu], bool]], ...] = (
    ("emetteur", lambda claims, wanted: claims.get("iss") == wanted.emetteur),
    ("destinataire", _for_us),
    ("expire", lambda claims, wanted: _number(claims, "exp") > wanted.now - LEEWAY),
    ("horloge", lambda claims, wanted: _number(claims, "iat") < wanted.now + LEEWAY),
    ("horloge", lambda claims, wanted: _number(claims, "nbf", 0) < wanted.now + LEEWAY),
    ("nonce", lambda claims, wanted: claims.get("nonce") == wanted.nonce),
    (
        "at_hash",
        lambda claims, wanted: (
            claims.get("at_hash", _hash_of(wanted.access_token)) == _hash_of(wanted.access_token)
        ),
    ),
    (
        "niveau",
        lambda claims, wanted: not wanted.client.acr or claims.get("acr") in wanted.client.acr,
    ),
    ("forme", lambda claims, _: _is_sujet(claims.get("sub"))),
)


def check_userinfo(claims: Claims, sujet: str, attendu: Attendu) -> None:
    """What a provider says of somebody is about whom the ID token is about, and, where it says so,
    from the same provider and for us (§5.3.2). Raises OidcRefused."""
    _require("sujet", claims.get("sub") == sujet)
    _require("emetteur", claims.get("iss", attendu.emetteur) == attendu.emetteur)
    _require("destinataire", "aud" not in claims or _for_us(claims, attendu))
    _require("expire", "exp" not in claims or _number(claims, "exp") > attendu.now - LEEWAY)


def identite_of(emetteur: str, claims: Claims) -> Identite:
    """Who that is. `claims` are those of userinfo, their `sub` checked."""
    family = _text(claims, "usual_name") or _text(claims, "family_name")
    nom = f"{_text(claims, 'given_name')} {family}".strip() or _text(claims, "name")
    siret = _text(claims, "siret").replace(" ", "")
    return Identite(
        emetteur,
        str(claims["sub"]),
        nom,
        _courriel(emetteur, claims),
        siret if _SIRET.fullmatch(siret) else None,
    )


def is_proconnect(emetteur: str) -> bool:
    """Whether an issuer is ProConnect, which alone may be called so."""
    parts = urlsplit(emetteur)
    return parts.scheme == "https" and _PROCONNECT.fullmatch(parts.hostname or "") is not None


def _courriel(emetteur: str, claims: Claims) -> str | None:
    """An address that its provider vouches for. ProConnect has no `email_verified`: what it passes
    on are the addresses that an administration gives to its own agents."""
    said = claims.get("email")
    verified = claims.get("email_verified", is_proconnect(emetteur)) in (True, "true")
    return said if verified and isinstance(said, str) and said == _text(claims, "email") else None


# Reading what was sent by others


def read_json(raw: bytes) -> Claims:
    """A JSON object. Raises OidcRefused « forme »."""
    try:
        said = orjson.loads(raw)
    except ValueError:
        raise OidcRefused("forme") from None
    if not isinstance(said, dict):
        raise OidcRefused("forme")
    return said


def said_wrong(raw: bytes) -> str:
    """The code of an error of OAuth (RFC 6749 §5.2), for whoever runs this service: such as
    « invalid_client ». Empty when it is none."""
    with contextlib.suppress(OidcRefused):
        code = str(read_json(raw).get("error"))
        return code if _ERROR.fullmatch(code) else ""
    return ""


def _require(code: Code, holds: object) -> None:
    if not holds:
        raise OidcRefused(code)


def _words(claims: Claims, name: str) -> set[str]:
    value = claims.get(name)
    return {each for each in value if isinstance(each, str)} if isinstance(value, list) else set()


def _number(claims: Claims, name: str, absent: float = math.nan) -> float:
    """NaN when it is no number: whatever it is compared with, that does not hold."""
    value = claims.get(name, absent)
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return math.nan
    return value


def _text(claims: Claims, name: str) -> str:
    """One line of text, or an empty one."""
    value = claims.get(name)
    line = unicodedata.normalize("NFC", value) if isinstance(value, str) else ""
    printable = "".join(each if each.isprintable() else " " for each in line)
    return " ".join(printable.split())[:_LONGEST].strip()


def _endpoint(said: Claims, name: str, emetteur: str) -> str:
    """An address that we call, or send browsers to: as safe as the issuer's own."""
    value = said.get(name)
    _require("forme", isinstance(value, str) and is_safe_address(value))
    _require("forme", str(value).startswith("https:") or emetteur.startswith("http:"))
    return str(value)


def _with(address: str, asked: Mapping[str, str]) -> str:
    return f"{address}{'&' if urlsplit(address).query else '?'}{urlencode(asked)}"


def _base64(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")
