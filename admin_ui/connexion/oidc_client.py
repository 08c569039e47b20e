"""A provider, asked: what it says of itself, its keys, and who came back from it.

What it says of itself and its keys are kept for an hour. A key that is not among them may be a new
one: they are then asked for again, once a minute at most, whoever signs with whatever name.
"""

from __future__ import annotations

import asyncio
import base64
import contextlib
import logging
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import quote, urlencode

from admin_ui.connexion.oidc import (
    Arrivee,
    Attendu,
    Claims,
    Client,
    Depart,
    Fournisseur,
    OidcRefused,
    check_id_token,
    check_userinfo,
    identite_of,
    read_discovery,
    read_json,
    said_wrong,
)
from admin_ui.connexion.oidc_keys import Key, read_keys, verified
from admin_ui.connexion.outside import Answer, Question, Unreachable, ask
from collector.limits import AtOnce

logger = logging.getLogger("admin_ui")

KEPT_MS = 3_600_000
AGAIN_MS = 60_000  # between two questions for keys
DOWN_MS = 10_000  # a provider that did not answer is left alone for so long
AT_ONCE = 16  # sign-ins under way; a provider is asked THREADS questions at a time
THREADS = 4
_DISCOVERY = "/.well-known/openid-configuration"
_JSON, _JWT = "application/json", "application/jwt"


class OidcClient:
    """One provider and us. `now_ms`: our clock."""

    def __init__(
        self, emetteur: str, client: Client, secret: str, now_ms: Callable[[], int]
    ) -> None:
        self.emetteur, self.client = emetteur, client
        self._secret, self._now_ms = secret, now_ms
        self._threads = ThreadPoolExecutor(THREADS, "oidc")
        self._room = AtOnce(AT_ONCE)
        self._lock = asyncio.Lock()
        self._known: tuple[int, Fournisseur] | None = None
        self._keys: tuple[int, tuple[Key, ...]] | None = None
        self._down_until = 0

    def close(self) -> None:
        self._threads.shutdown(wait=False, cancel_futures=True)

    async def fournisseur(self) -> Fournisseur:
        """What the provider says of itself. Raises OidcRefused."""
        with self._a_place():
            return await self._fournisseur()

    async def arrival(self, code: str, depart: Depart) -> Arrivee:
        """Who comes back with a code. Raises OidcRefused."""
        with self._a_place():
            fournisseur = await self._fournisseur()
            tokens = await self._tokens(fournisseur, code, depart)
            return await self._who(fournisseur, tokens, depart.nonce)

    @contextlib.contextmanager
    def _a_place(self) -> Iterator[None]:
        """Raises OidcRefused « occupe »: whoever a slow provider keeps waiting are not too many."""
        if not self._room.enter():
            raise OidcRefused("occupe")
        try:
            yield
        finally:
            self._room.leave()

    async def _fournisseur(self) -> Fournisseur:
        async with self._lock:
            if self._known and self._now_ms() - self._known[0] < KEPT_MS:
                return self._known[1]
            if self._now_ms() < self._down_until:
                raise OidcRefused("injoignable")
            try:
                said = await self._read(self.emetteur.rstrip("/") + _DISCOVERY)
                fournisseur = read_discovery(said, self.emetteur)
            except OidcRefused:
                self._down_until = self._now_ms() + DOWN_MS
                raise
            self._known = self._now_ms(), fournisseur
            return fournisseur

    async def _who(self, fournisseur: Fournisseur, tokens: Claims, nonce: str) -> Arrivee:
        id_token, access_token = tokens.get("id_token"), tokens.get("access_token")
        if not isinstance(id_token, str) or not isinstance(access_token, str):
            raise OidcRefused("forme")
        now = self._now_ms() / 1000
        wanted = Attendu(self.emetteur, self.client, nonce, access_token, now)
        sujet = check_id_token(await self._verified(fournisseur, id_token), wanted)
        info = await self._userinfo(fournisseur, access_token)
        check_userinfo(info, sujet, wanted)
        return Arrivee(identite_of(self.emetteur, info), id_token)

    # What is asked

    async def _tokens(self, fournisseur: Fournisseur, code: str, depart: Depart) -> Claims:
        """§3.1.3."""
        said = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": self.client.retour,
        }
        if fournisseur.pkce:
            said["code_verifier"] = depart.verifier
        headers = {"content-type": "application/x-www-form-urlencoded", "accept": _JSON}
        if fournisseur.basic:
            headers["authorization"] = f"Basic {self._basic()}"
        else:
            said |= {"client_id": self.client.id, "client_secret": self._secret}
        question = Question(fournisseur.jeton, headers, urlencode(said).encode())
        return read_json((await self._ask(question)).body)

    def _basic(self) -> str:
        """RFC 6749 §2.3.1: each is encoded before they are joined."""
        both = f"{quote(self.client.id, '')}:{quote(self._secret, '')}"
        return base64.b64encode(both.encode()).decode()

    async def _userinfo(self, fournisseur: Fournisseur, access_token: str) -> Claims:
        """§5.3: JSON, or a JWT signed like the others."""
        headers = {"authorization": f"Bearer {access_token}", "accept": f"{_JWT}, {_JSON}"}
        answer = await self._ask(Question(fournisseur.userinfo, headers))
        if answer.kind != _JWT:
            return read_json(answer.body)
        return await self._verified(fournisseur, answer.body.decode("latin-1").strip())

    async def _verified(self, fournisseur: Fournisseur, token: str) -> Claims:
        keys = await self._keys_of(fournisseur, KEPT_MS)
        try:
            return verified(token, keys)
        except OidcRefused as refused:
            if refused.code != "cle":
                raise
        return verified(token, await self._keys_of(fournisseur, AGAIN_MS))

    async def _keys_of(self, fournisseur: Fournisseur, age_ms: int) -> tuple[Key, ...]:
        """The provider's keys as they were `age_ms` ago, or since."""
        async with self._lock:
            if self._keys is None or self._now_ms() - self._keys[0] >= age_ms:
                self._keys = self._now_ms(), read_keys(await self._read(fournisseur.cles))
            return self._keys[1]

    async def _read(self, url: str) -> Claims:
        return read_json((await self._ask(Question(url, {"accept": _JSON}))).body)

    async def _ask(self, question: Question) -> Answer:
        """An answer that says 200. Raises OidcRefused « injoignable » or « fournisseur »."""
        loop = asyncio.get_running_loop()
        try:
            answer = await loop.run_in_executor(self._threads, ask, question)
        except Unreachable as error:
            logger.warning("%s: no answer (%r)", question.url, error.__cause__)
            raise OidcRefused("injoignable") from None
        if answer.status != 200:
            logger.warning("%s: %d %s", question.url, answer.status, said_wrong(answer.body))
            raise OidcRefused("fournisseur")
        return answer
