"""An OpenID Connect provider on loopback, as a process: it signs people in without asking them, and
lies as it is told to.

`python -m tests.admin.fournisseur PORT`. Its keys are made at start. `POST /essai` says how it
behaves from then on: see `Conduite`.
"""

from __future__ import annotations

import base64
import contextlib
import hashlib
import hmac
import json
import secrets
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote, urlencode

import httpx2 as httpx
import uvicorn
from joserfc import jwt
from joserfc.jwk import ECKey, RSAKey
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from tests.ports import free_port

CLIENT_ID, CLIENT_SECRET = "je-donne-mon-avis", "un-secret-de-client"
ZOE = {
    "sub": "agent-12",
    "given_name": "Zoé",
    "usual_name": "Le Goff",
    "email": "zoe@ville.fr",
    "email_verified": True,
    "siret": "21350238800019",
}


@dataclass
class Conduite:
    """How the provider behaves. `travers` names what it does wrong, `seconds` is its clock (0: the
    real one), `alg` signs ID tokens, `userinfo` is json or jwt, `sait` is what discovery says."""

    travers: str = ""
    seconds: int = 0
    personne: dict[str, Any] = field(default_factory=lambda: dict(ZOE))
    acr: str = "eidas1"
    alg: str = "RS256"
    userinfo: str = "json"
    sait: dict[str, Any] = field(default_factory=dict)


class Provider:
    """What is at work in the process."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.conduite = Conduite()
        self.rsa = RSAKey.generate_key(2048, {"kid": "r1"})
        self.ec = ECKey.generate_key("P-256", {"kid": "e1"})
        self.rogue = RSAKey.generate_key(2048, {"kid": "r1"})
        self.codes: dict[str, dict[str, str]] = {}
        self.tokens: dict[str, str] = {}
        self.asked: list[str] = []

    def discovery(self) -> dict[str, Any]:
        said = {
            "issuer": self.url,
            "authorization_endpoint": f"{self.url}/authorize",
            "token_endpoint": f"{self.url}/token",
            "userinfo_endpoint": f"{self.url}/userinfo",
            "jwks_uri": f"{self.url}/jwks",
            "end_session_endpoint": f"{self.url}/session/end",
            "code_challenge_methods_supported": ["S256"],
            "token_endpoint_auth_methods_supported": ["client_secret_post"],
            **self.conduite.sait,
        }
        if self.conduite.travers == "autre_emetteur":
            said["issuer"] = "https://autre.exemple.fr"
        return {name: value for name, value in said.items() if value is not None}

    def now(self) -> int:
        return self.conduite.seconds or int(time.time())

    def id_token(self, asked: dict[str, str], access_token: str) -> str:
        travers, now = self.conduite.travers, self.now()
        half = hashlib.sha256(access_token.encode()).digest()[:16]
        claims: dict[str, Any] = {
            "iss": self.url,
            "aud": CLIENT_ID,
            "sub": self.conduite.personne["sub"],
            "iat": now,
            "exp": now + 60,
            "nonce": asked["nonce"],
            "acr": self.conduite.acr,
            "at_hash": base64.urlsafe_b64encode(half).decode().rstrip("="),
        }
        lies: dict[str, dict[str, Any]] = {
            "nonce": {"nonce": "un-autre"},
            "emetteur": {"iss": "https://autre.exemple.fr"},
            "destinataire": {"aud": "un-autre-service"},
            "pour_un_autre": {"aud": [CLIENT_ID, "autre"], "azp": "autre"},
            "expire": {"exp": now - 3600, "iat": now - 3660},
            "futur": {"iat": now + 3600, "exp": now + 7200},
            "at_hash": {"at_hash": "AAAAAAAAAAAAAAAAAAAAAA"},
        }
        return self.sign({**claims, **lies.get(travers, {})}, self.conduite.alg)

    def sign(self, claims: dict[str, Any], alg: str) -> str:
        travers = self.conduite.travers
        if travers == "sans_signature":
            return _by_hand({"alg": "none"}, claims, b"")
        if travers == "cle_publique":
            return _by_hand({"alg": "HS256", "kid": "r1"}, claims, self.rsa.as_pem(private=False))
        key: RSAKey | ECKey = self.ec if alg == "ES256" else self.rsa
        if travers == "autre_cle":
            key = self.rogue
        kid = "inconnue" if travers == "cle_inconnue" else str(key.kid)
        return jwt.encode({"alg": alg, "kid": kid}, claims, key, algorithms=[alg])


def _by_hand(header: dict[str, str], claims: dict[str, Any], secret: bytes) -> str:
    parts = (base64.urlsafe_b64encode(json.dumps(each).encode()) for each in (header, claims))
    body = b".".join(part.rstrip(b"=") for part in parts)
    mac = hmac.digest(secret, body, "sha256") if secret else b""
    return f"{body.decode()}.{base64.urlsafe_b64encode(mac).decode().rstrip('=')}"


def provider_of(request: Request) -> Provider:
    provider: Provider = request.app.state.provider
    return provider


async def post_essai(request: Request) -> Response:
    provider, said = provider_of(request), await request.json()
    if said.pop("nouvelle_cle", False):
        number = int(str(provider.rsa.kid)[1:]) + 1
        provider.rsa = RSAKey.generate_key(2048, {"kid": f"r{number}"})
    provider.conduite = Conduite(**said)
    provider.asked.clear()
    return Response()


async def get_asked(request: Request) -> Response:
    return JSONResponse(provider_of(request).asked)


async def get_discovery(request: Request) -> Response:
    provider = provider_of(request)
    provider.asked.append("discovery")
    if provider.conduite.travers == "renvoi":
        return RedirectResponse("/ailleurs")
    if provider.conduite.travers == "trop_long":
        return Response(b" " * 1_000_000, media_type="application/json")
    return JSONResponse(provider.discovery())


async def get_jwks(request: Request) -> Response:
    provider = provider_of(request)
    provider.asked.append("jwks")
    keys = [each.as_dict(private=False) for each in (provider.rsa, provider.ec)]
    return JSONResponse({"keys": keys})


async def get_authorize(request: Request) -> Response:
    """Nobody is asked anything: whoever comes is `personne`."""
    provider, asked = provider_of(request), dict(request.query_params)
    provider.asked.append(f"authorize?{request.url.query}")
    assert asked["response_type"] == "code"
    assert asked["client_id"] == CLIENT_ID
    assert min(len(asked["state"]), len(asked["nonce"])) >= 32
    said = {"state": asked["state"]}
    if provider.conduite.travers == "annule":
        said["error"] = "access_denied"
    elif provider.conduite.travers == "erreur":
        said["error"] = "server_error"
    else:
        said["code"] = secrets.token_urlsafe(16)
        provider.codes[said["code"]] = asked
    if provider.conduite.travers == "autre_iss":
        said["iss"] = "https://autre.exemple.fr"
    return RedirectResponse(f"{asked['redirect_uri']}?{urlencode(said)}", 303)


async def post_token(request: Request) -> Response:
    """A code is worth a token once, to the client it was given to, who knows its verifier."""
    provider = provider_of(request)
    provider.asked.append("token")
    said = dict(parse_qsl((await request.body()).decode()))
    asked = provider.codes.pop(said.get("code", ""), None)
    if provider.conduite.travers == "panne":
        return JSONResponse({"error": "server_error"}, 503)
    if asked is None or not _is_the_client(request, said) or not _knows_it(asked, said):
        return JSONResponse({"error": "invalid_grant"}, 400)
    access_token = secrets.token_urlsafe(16)
    provider.tokens[access_token] = asked["client_id"]
    given = {"access_token": access_token, "token_type": "Bearer"}
    if provider.conduite.travers != "sans_jeton":
        given["id_token"] = provider.id_token(asked, access_token)
    return JSONResponse(given)


def _is_the_client(request: Request, said: dict[str, str]) -> bool:
    scheme, _, both = request.headers.get("authorization", "").partition(" ")
    if scheme == "Basic":
        user, _, password = base64.b64decode(both).decode().partition(":")
        return (unquote(user), unquote(password)) == (CLIENT_ID, CLIENT_SECRET)
    return (said.get("client_id"), said.get("client_secret")) == (CLIENT_ID, CLIENT_SECRET)


def _knows_it(asked: dict[str, str], said: dict[str, str]) -> bool:
    """The redirect address is the same as before, and the verifier that of the challenge."""
    hashed = hashlib.sha256(said.get("code_verifier", "").encode()).digest()
    challenge = base64.urlsafe_b64encode(hashed).decode().rstrip("=")
    return (
        said.get("grant_type") == "authorization_code"
        and said.get("redirect_uri") == asked["redirect_uri"]
        and asked.get("code_challenge", challenge) == challenge
    )


async def get_userinfo(request: Request) -> Response:
    provider = provider_of(request)
    provider.asked.append("userinfo")
    token = request.headers.get("authorization", "").removeprefix("Bearer ")
    if token not in provider.tokens:
        return Response(status_code=401)
    claims = dict(provider.conduite.personne)
    travers = provider.conduite.travers
    if travers == "autre_sujet":
        claims["sub"] = "agent-1"
    if provider.conduite.userinfo == "json":
        return JSONResponse(claims)
    claims |= {"iss": provider.url, "aud": CLIENT_ID}
    body = json.dumps(claims) if travers == "profil_en_clair" else _signed(provider, claims)
    return Response(body, media_type="application/jwt")


def _signed(provider: Provider, claims: dict[str, Any]) -> str:
    if provider.conduite.travers == "profil_sans_signature":
        return _by_hand({"alg": "none"}, claims, b"")
    if provider.conduite.travers == "profil_hs256":
        return _by_hand({"alg": "HS256"}, claims, CLIENT_SECRET.encode())
    return provider.sign(claims, "ES256")


async def get_end(request: Request) -> Response:
    """Back to where the client says, with its state, when the hint is a token of ours."""
    provider, asked = provider_of(request), dict(request.query_params)
    provider.asked.append("end")
    hint = jwt.decode(asked["id_token_hint"], provider.rsa, algorithms=["RS256"])
    assert hint.claims["aud"] == CLIENT_ID
    said = urlencode({"state": asked["state"]})
    return RedirectResponse(f"{asked['post_logout_redirect_uri']}?{said}", 303)


ROUTES = [
    Route("/essai", post_essai, methods=["POST"]),
    Route("/essai", get_asked),
    Route("/.well-known/openid-configuration", get_discovery),
    Route("/jwks", get_jwks),
    Route("/authorize", get_authorize),
    Route("/token", post_token, methods=["POST"]),
    Route("/userinfo", get_userinfo),
    Route("/session/end", get_end),
]


def main(port: int) -> None:
    app = Starlette(routes=ROUTES)
    app.state.provider = Provider(f"http://127.0.0.1:{port}")
    uvicorn.run(app, host="127.0.0.1", port=port, log_level="warning")


@dataclass
class Fournisseur:
    """The process, from the tests."""

    url: str
    http: httpx.Client

    def behave(self, nouvelle_cle: bool = False, **changes: Any) -> None:
        """Behave well, but for these, and forget what was asked."""
        said = {**asdict(Conduite(**changes)), "nouvelle_cle": nouvelle_cle}
        assert self.http.post("/essai", json=said).status_code == 200

    def asked(self) -> list[str]:
        """What it was asked since."""
        return list(self.http.get("/essai").json())


@contextlib.contextmanager
def a_provider() -> Iterator[Fournisseur]:
    """A provider as a process of its own, ended by its process id in any case."""
    port = free_port()
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.admin.fournisseur", str(port)], cwd=Path(__file__).parents[2]
    )
    url = f"http://127.0.0.1:{port}"
    try:
        with httpx.Client(base_url=url) as http:
            _wait_ready(process, http)
            yield Fournisseur(url, http)
    finally:
        process.kill()
        process.wait(10)


def _wait_ready(process: subprocess.Popen[bytes], http: httpx.Client, seconds: float = 10) -> None:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        assert process.poll() is None, "the provider ended at once"
        with contextlib.suppress(httpx.TransportError):
            http.get("/jwks")
            return
        time.sleep(0.02)
    raise AssertionError("the provider was not ready in time")


if __name__ == "__main__":
    main(int(sys.argv[1]))
