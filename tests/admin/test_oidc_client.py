"""A provider that is asked over the wire: what is kept of it, what is asked again, and when not."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest

from admin_ui.connexion.oidc import (
    Arrivee,
    Client,
    Depart,
    Departs,
    OidcRefused,
    address_of_departure,
    read_return,
)
from admin_ui.connexion.oidc_client import AGAIN_MS, AT_ONCE, DOWN_MS, KEPT_MS, OidcClient
from tests.admin.fournisseur import CLIENT_ID, CLIENT_SECRET, ZOE, Fournisseur, a_provider
from tests.http.depot import a_depot
from tests.ports import free_port
from tests.world import NOON, MovedClock

RETOUR = "https://avis.exemple.fr/admin/oidc/retour"
DEPARTS = Departs("un-secret-de-test-assez-long-pour-etre-accepte")


@pytest.fixture(scope="module")
def provider() -> Iterator[Fournisseur]:
    with a_provider() as made:
        yield made


def behave(provider: Fournisseur, **changes: Any) -> None:
    provider.behave(**{"seconds": NOON // 1000, **changes})


@contextlib.asynccontextmanager
async def a_client(
    url: str, clock: Callable[[], int] = lambda: NOON, secret: str = CLIENT_SECRET
) -> AsyncIterator[OidcClient]:
    client = OidcClient(url, Client(CLIENT_ID, RETOUR), secret, clock)
    try:
        yield client
    finally:
        client.close()


async def back_with_a_code(client: OidcClient, provider: Fournisseur) -> tuple[str, Depart]:
    """Go to the provider as a browser does; the code it comes back with."""
    fournisseur, depart = await client.fournisseur(), DEPARTS.begin(NOON)
    address = address_of_departure(fournisseur, client.client, depart)
    answer = await asyncio.to_thread(provider.http.get, address)
    said = dict(parse_qsl(urlsplit(answer.headers["location"]).query))
    return read_return(said, fournisseur, depart), depart


async def arrival(client: OidcClient, provider: Fournisseur) -> Arrivee:
    return await client.arrival(*await back_with_a_code(client, provider))


async def refused(work: Awaitable[object]) -> str:
    with pytest.raises(OidcRefused) as caught:
        await work
    return caught.value.code


@pytest.mark.parametrize("userinfo", ["json", "jwt"])
@pytest.mark.parametrize("alg", ["RS256", "PS256", "ES256"])
def test_who_signs_in_is_who_the_provider_says(
    provider: Fournisseur, alg: str, userinfo: str
) -> None:
    behave(provider, alg=alg, userinfo=userinfo)

    async def work() -> None:
        async with a_client(provider.url) as client:
            found = await arrival(client, provider)
        assert found.identite.sujet == ZOE["sub"]
        assert found.identite.nom == "Zoé Le Goff"
        assert found.identite.courriel == "zoe@ville.fr"
        assert found.identite.siret == "21350238800019"
        assert found.id_token.count(".") == 2

    asyncio.run(work())


@pytest.mark.parametrize(
    "said",
    [
        {"code_challenge_methods_supported": None},
        {"code_challenge_methods_supported": ["plain"]},
        {"token_endpoint_auth_methods_supported": ["client_secret_basic"]},
        {"token_endpoint_auth_methods_supported": None},
    ],
    ids=str,
)
def test_a_provider_is_asked_in_the_way_it_announces(
    provider: Fournisseur, said: dict[str, Any]
) -> None:
    behave(provider, sait=said)

    async def work() -> None:
        async with a_client(provider.url) as client:
            assert (await arrival(client, provider)).identite.sujet == ZOE["sub"]

    asyncio.run(work())
    [departure] = [each for each in provider.asked() if each.startswith("authorize")]
    assert ("code_challenge=" in departure) is ("code_challenge_methods_supported" not in said)


def test_a_code_is_worth_nothing_without_the_verifier_or_the_secret_or_twice(
    provider: Fournisseur, caplog: pytest.LogCaptureFixture
) -> None:
    behave(provider)

    async def work() -> None:
        async with a_client(provider.url) as client:
            code, _ = await back_with_a_code(client, provider)
            other = DEPARTS.begin(NOON)
            assert await refused(client.arrival(code, other)) == "fournisseur"
            code, depart = await back_with_a_code(client, provider)
            assert await client.arrival(code, depart)
            assert await refused(client.arrival(code, depart)) == "fournisseur"
        async with a_client(provider.url, secret="un-autre") as client:
            assert await refused(arrival(client, provider)) == "fournisseur"

    asyncio.run(work())
    assert {record.getMessage() for record in caplog.records} == {
        f"{provider.url}/token: 400 invalid_grant"
    }


def test_what_a_provider_says_of_itself_is_asked_once_an_hour(provider: Fournisseur) -> None:
    behave(provider)
    clock = MovedClock()

    async def work() -> None:
        async with a_client(provider.url, clock) as client:
            await asyncio.gather(*(client.fournisseur() for _ in range(5)))
            await arrival(client, provider)
            await arrival(client, provider)
            assert (provider.asked().count("discovery"), provider.asked().count("jwks")) == (1, 1)
            clock.advance(hours=KEPT_MS / 3_600_000)
            behave(provider, seconds=clock.ms // 1000)
            await arrival(client, provider)
            assert (provider.asked().count("discovery"), provider.asked().count("jwks")) == (1, 1)

    asyncio.run(work())


def test_a_new_key_is_asked_for_once_a_minute(provider: Fournisseur) -> None:
    behave(provider)
    clock = MovedClock()

    async def work() -> None:
        async with a_client(provider.url, clock) as client:
            await arrival(client, provider)
            behave(provider, nouvelle_cle=True)
            assert await refused(arrival(client, provider)) == "cle"
            assert provider.asked().count("jwks") == 0  # it was asked less than a minute ago
            clock.advance(seconds=AGAIN_MS / 1000)
            behave(provider, seconds=clock.ms // 1000)
            await arrival(client, provider)
            assert provider.asked().count("jwks") == 1
            behave(provider, seconds=clock.ms // 1000, travers="cle_inconnue")
            for _ in range(3):
                assert await refused(arrival(client, provider)) == "cle"
            assert provider.asked().count("jwks") == 0

    asyncio.run(work())


def test_a_provider_that_is_down_is_left_alone_for_a_while() -> None:
    clock = MovedClock()

    async def work(url: str, received: list[object]) -> None:
        async with a_client(url, clock) as client:
            assert await refused(client.fournisseur()) == "fournisseur"
            assert await refused(client.fournisseur()) == "injoignable"
            assert len(received) == 1
            clock.advance(seconds=DOWN_MS / 1000)
            assert await refused(client.fournisseur()) == "fournisseur"
            assert len(received) == 2

    with a_depot(b"HTTP/1.1 503 X\r\ncontent-length: 0\r\n\r\n") as depot:
        asyncio.run(work(depot.url.partition("?")[0], depot.received))  # type: ignore[arg-type]


def test_nobody_there_is_said_so() -> None:
    async def work() -> None:
        async with a_client(f"http://127.0.0.1:{free_port()}") as client:
            assert await refused(client.fournisseur()) == "injoignable"

    asyncio.run(work())


def test_a_silent_provider_keeps_so_many_waiting_and_no_more() -> None:
    async def work(url: str) -> None:
        async with a_client(url) as client:
            waiting = [asyncio.create_task(client.fournisseur()) for _ in range(AT_ONCE)]
            await asyncio.sleep(0)  # each has begun
            assert await refused(client.fournisseur()) == "occupe"
            for each in waiting:
                each.cancel()
            await asyncio.gather(*waiting, return_exceptions=True)

    with a_depot(b"") as depot:
        asyncio.run(work(depot.url.partition("?")[0]))


@pytest.mark.parametrize(
    ("travers", "code"), [("renvoi", "fournisseur"), ("trop_long", "injoignable"),
                          ("autre_emetteur", "emetteur")],
)  # fmt: skip
def test_a_provider_that_is_not_itself_is_not_used(
    provider: Fournisseur, travers: str, code: str
) -> None:
    behave(provider, travers=travers)

    async def work() -> None:
        async with a_client(provider.url) as client:
            assert await refused(client.fournisseur()) == code

    asyncio.run(work())
    assert provider.asked() == ["discovery"]  # a redirect was not followed
