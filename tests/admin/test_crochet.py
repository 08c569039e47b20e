"""Webhooks: signed, to public addresses only, and taken only when the other side says so."""

from __future__ import annotations

import asyncio
import hashlib
import hmac

import pytest
import trustme

from admin_ui.alertes.crochet import (
    Livreur,
    NotTaken,
    is_public,
    new_graine,
    secret_of,
    signature,
    wrong_with,
)
from tests.admin.recepteur import HOST, Recepteur, a_recepteur
from tests.http.depot import said

BODY = '{"id": "é"}'.encode()


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


def post(livreur: Livreur, url: str, **headers: str) -> int:
    return asyncio.run(livreur.post(url, BODY, headers))


def refusal(recepteur: Recepteur, livreur: Livreur | None = None, url: str = "") -> str:
    with pytest.raises(NotTaken) as refused:
        post(livreur or recepteur.livreur(), url or recepteur.url)
    return str(refused.value)


def test_an_event_arrives_as_it_was_sent(authority: trustme.CA) -> None:
    with a_recepteur(authority) as recepteur:
        assert post(recepteur.livreur(), recepteur.url, **{"JDMA-Evenement": "e1"}) == 204
    [recu] = recepteur.received
    assert (recu.ligne, recu.corps) == ("POST /avis?v=1 HTTP/1.1", BODY)
    assert recu.entetes["host"] == f"{HOST}:{recepteur.port}"
    assert recu.entetes["content-type"] == "application/json"
    assert recu.entetes["jdma-evenement"] == "e1"
    assert "cookie" not in recu.entetes


def test_a_signature_is_checked_with_the_secret_alone() -> None:
    secret = secret_of("s" * 40, 3, new_graine())
    stamp, _, mac = signature([secret], 1_795_341_600, BODY).partition(",v1=")
    assert stamp == "t=1795341600"
    wanted = hmac.new(secret.encode(), b"1795341600." + BODY, hashlib.sha256).hexdigest()
    assert mac == wanted
    assert mac not in signature([secret], 1_795_341_601, BODY)
    assert mac not in signature([secret], 1_795_341_600, BODY + b" ")


def test_another_webhook_server_or_renewal_has_another_secret() -> None:
    given = [("s" * 40, 3, "a"), ("t" * 40, 3, "a"), ("s" * 40, 4, "a"), ("s" * 40, 3, "b")]
    assert len({secret_of(*each) for each in given}) == len(given)
    assert secret_of(*given[0]) == secret_of(*given[0])


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (said(500), "la réponse est 500"),
        (said(404), "la réponse est 404"),
        (said(301, location="https://ailleurs.exemple.fr/"), "renvoie ailleurs (301)"),
        (said(307, location="https://127.0.0.1/"), "renvoie ailleurs (307)"),
        (b"SSH-2.0-OpenSSH\r\n\r\n", "n’est pas du HTTP"),
        (b"HTTP/1.1 200 OK\r\nx: " + b"x" * 20_000 + b"\r\n\r\n", "n’est pas du HTTP"),
        (b"HTTP/1.1 2", "n’est pas du HTTP"),
    ],
)
def test_what_is_no_acceptance_is_none(authority: trustme.CA, answer: bytes, reason: str) -> None:
    with a_recepteur(authority, answer) as recepteur:
        assert reason in refusal(recepteur)
    assert len(recepteur.received) == 1


@pytest.mark.parametrize(
    "answer",
    [
        said(200, b"ok"),
        said(202),
        said(200, b"x" * 5_000_000),
        b"HTTP/1.1 100 \r\n\r\n" + said(201),
    ],
)
def test_every_2xx_is_an_acceptance_however_long(authority: trustme.CA, answer: bytes) -> None:
    with a_recepteur(authority, answer) as recepteur:
        assert 200 <= post(recepteur.livreur(), recepteur.url) < 300


def test_whoever_says_nothing_is_not_waited_for(authority: trustme.CA) -> None:
    with a_recepteur(authority, b"") as recepteur:
        assert "pas de réponse" in refusal(recepteur, recepteur.livreur(seconds=0.3))
        assert len(recepteur.received) == 1


def test_nobody_listening_is_out_of_reach(authority: trustme.CA) -> None:
    with a_recepteur(authority) as recepteur:
        livreur, url = recepteur.livreur(), recepteur.url
    with pytest.raises(NotTaken, match="injoignable"):
        post(livreur, url)


def test_another_address_of_the_name_is_tried(authority: trustme.CA) -> None:
    with a_recepteur(authority) as recepteur:
        assert post(recepteur.livreur("127.0.0.2", "127.0.0.1"), recepteur.url) == 204


# Whom we do not speak to


PRIVATE = [
    "127.0.0.1", "127.8.8.8", "0.0.0.0", "0.1.2.3", "10.0.0.1", "172.16.0.1", "172.31.255.255",
    "192.168.1.1", "169.254.169.254", "100.64.0.1", "100.127.255.255", "192.0.0.9", "192.0.2.1",
    "198.18.0.1", "198.51.100.7", "203.0.113.9", "192.88.99.1", "224.0.0.1", "239.255.255.255",
    "240.0.0.1", "255.255.255.255", "::", "::1", "::127.0.0.1", "::ffff:127.0.0.1",
    "::ffff:8.8.8.8", "64:ff9b::7f00:1", "64:ff9b::808:808", "64:ff9b:1::1", "100::1",
    "2001::1", "2001:0:4136:e378::1", "2001:db8::1", "2002:7f00:1::1", "3fff::1", "5f00::1",
    "fc00::1", "fd12:3456::1", "fe80::1", "fe80::1%eth0", "fec0::1", "ff02::1",
    "", "exemple.fr", "127.1", "0x7f000001", "2130706433", "017700000001",
]  # fmt: skip
PUBLIC = [
    "8.8.8.8", "1.1.1.1", "100.63.255.255", "100.128.0.1", "172.15.0.1", "172.32.0.1", "9.9.9.9",
    "193.252.1.1", "223.255.255.255", "2001:4860:4860::8888", "2a01:cb00::1", "2606:4700::1111",
]  # fmt: skip


@pytest.mark.parametrize("address", PRIVATE)
def test_an_address_that_is_not_public_is_not_spoken_to(address: str) -> None:
    assert not is_public(address)


@pytest.mark.parametrize("address", PUBLIC)
def test_a_public_address_may_be(address: str) -> None:
    assert is_public(address)


@pytest.mark.parametrize("url", ["https://127.0.0.1:{}/", "https://localhost:{}/"])
def test_as_it_ships_it_does_not_speak_to_this_machine(authority: trustme.CA, url: str) -> None:
    with a_recepteur(authority, name="127.0.0.1") as recepteur:
        said = refusal(recepteur, Livreur(), url.format(recepteur.port))
    assert "réseau privé" in said
    assert recepteur.connected == 0


def test_a_name_that_changes_is_looked_up_once(authority: trustme.CA) -> None:
    """The address that was allowed is the one that is spoken to, whatever the name says next."""
    asked = []

    async def turning(host: str, port: int) -> list[str]:
        asked.append(host)
        return ["127.0.0.1"] if len(asked) == 1 else ["127.0.0.2"]

    with a_recepteur(authority) as recepteur:
        ours = recepteur.livreur()
        livreur = Livreur(turning, lambda address: address == "127.0.0.1", ours.tls, 5)
        assert post(livreur, recepteur.url) == 204
        assert asked == [HOST]
        assert "réseau privé" in refusal(recepteur, livreur)
        assert recepteur.connected == 1


def test_of_a_name_with_several_addresses_only_public_ones_are_spoken_to(
    authority: trustme.CA,
) -> None:
    spoken = []

    async def found(host: str, port: int) -> list[str]:
        return ["169.254.169.254", "127.0.0.1"]

    def allowed(address: str) -> bool:
        spoken.append(address)
        return address.startswith("127.")

    with a_recepteur(authority) as recepteur:
        livreur = Livreur(found, allowed, recepteur.livreur().tls, 5)
        assert post(livreur, recepteur.url) == 204
    assert spoken == ["169.254.169.254", "127.0.0.1"]


def test_a_certificate_of_nobody_we_know_or_of_another_name_is_refused(
    authority: trustme.CA,
) -> None:
    with a_recepteur(authority, name="autre.exemple.fr") as recepteur:
        assert "certificat" in refusal(recepteur)
        stranger = Livreur(recepteur.livreur().resolve, lambda _: True, None, 5)
        assert "certificat" in refusal(recepteur, stranger)
        assert recepteur.received == []


@pytest.mark.parametrize(
    "url",
    [
        "http://exemple.fr/", "exemple.fr", "https://", "ftp://exemple.fr", "https://a b.fr/",
        "https://moi:passe@exemple.fr/", "https://exemple.fr/#x", "https://exemple.fr:0/",
        "https://exemple.fr:99999/", "https://exemple.fr/é", "https://exemple.fr/\r\nX: y",
        "https://exemplé.fr/", "https://[::1", "https://127.0.0.1/", "https://[::1]/",
        "https://192.168.1.1:8443/", "https://[::ffff:8.8.8.8]/", "https://localhost/",
        "https://a.localhost/", "https://imprimante.local/", "https://exemple.fr/" + "x" * 2000,
        "javascript:alert(1)", "",
    ],
)  # fmt: skip
def test_an_address_that_cannot_be_one_is_refused_when_it_is_typed(url: str) -> None:
    assert wrong_with(url)


@pytest.mark.parametrize(
    "url",
    [
        "https://exemple.fr",
        "https://exemple.fr:8443/a?b=c%20d",
        "https://8.8.8.8/",
        "HTTPS://A.FR/",
    ],
)
def test_an_address_that_can_be_one_is_taken(url: str) -> None:
    assert wrong_with(url) is None
