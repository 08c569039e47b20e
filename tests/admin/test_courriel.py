"""Messages by a mail server: taken, refused, silent, encrypted, and nobody's to forge."""

from __future__ import annotations

import asyncio
import ssl
from dataclasses import replace

import pytest
import trustme

from admin_ui.courriel import Courrier, Message, NotSent, courrier_of
from tests.admin.poste import Poste, a_poste
from tests.world import settings

FROM = "Je donne mon avis <avis@exemple.fr>"
BONJOUR = Message("camille@exemple.fr", "Vos avis d’hier", "Trois avis, dont un « bon ».\n")


def send(poste: Poste, message: Message = BONJOUR, tls: ssl.SSLContext | None = None) -> None:
    asyncio.run(Courrier(poste.url, FROM, tls, 5).send(message))


def refusal(poste: Poste, message: Message = BONJOUR, tls: ssl.SSLContext | None = None) -> NotSent:
    with pytest.raises(NotSent) as refused:
        send(poste, message, tls)
    assert poste.received == []
    return refused.value


def test_a_message_is_sent_once_its_server_took_it() -> None:
    with a_poste() as poste:
        send(poste)
        [courriel] = poste.received
    assert (courriel.de, courriel.pour) == ("avis@exemple.fr", ["camille@exemple.fr"])
    assert courriel.texte == BONJOUR.texte
    email = courriel.email
    assert (email["subject"], str(email["from"])) == (BONJOUR.objet, FROM)
    assert email["message-id"].endswith("@exemple.fr>")
    assert (email.get_content_type(), email["auto-submitted"]) == ("text/plain", "auto-generated")
    assert email["list-unsubscribe"] is None


def test_a_message_that_one_may_end_says_how_to_mail_programs() -> None:
    address = "https://avis.exemple.fr/admin/alertes/arreter?a=" + "x" * 120
    with a_poste() as poste:
        send(poste, replace(BONJOUR, desabonnement=address))
        email = poste.received[0].email
    assert email["list-unsubscribe"] == f"<{address}>"
    assert email["list-unsubscribe-post"] == "List-Unsubscribe=One-Click"


@pytest.mark.parametrize(
    ("replies", "said", "definitif"),
    [
        ({"RCPT": "550 5.1.1 inconnu"}, "refuse l’adresse (550)", True),
        ({"RCPT": "451 4.7.1 plus tard"}, "refuse l’adresse (451)", False),
        ({"MAIL": "553 pas vous"}, "a répondu 553", False),
        ({".": "554 pourriel"}, "a répondu 554", False),
        ({"DATA": "452 disque plein"}, "a répondu 452", False),
        ({"": "554 pas ici"}, "a répondu 554", False),
        ({"EHLO": "500 quoi ?", "HELO": "500 quoi ?"}, "a répondu 500", False),
    ],
)
def test_a_refusal_says_why(replies: dict[str, str], said: str, definitif: bool) -> None:
    with a_poste(replies=replies) as poste:
        refused = refusal(poste)
    assert said in str(refused)
    assert refused.definitif is definitif


@pytest.mark.parametrize("verb", ["", "EHLO", "DATA"])
def test_a_silent_server_is_not_waited_for(verb: str) -> None:
    with a_poste(replies={verb: ""}) as poste:
        with pytest.raises(NotSent, match="ne répond pas à temps"):
            asyncio.run(Courrier(poste.url, FROM, None, 0.3).send(BONJOUR))
        assert poste.received == []


def test_a_server_that_is_not_there_is_said_to_be_out_of_reach() -> None:
    with a_poste() as poste:
        url = poste.url
    with pytest.raises(NotSent, match="injoignable"):
        asyncio.run(Courrier(url, FROM).send(BONJOUR))


@pytest.mark.parametrize(
    "address",
    [
        "camille@exemple.fr\r\nBcc: tous@exemple.fr", "camille@exemple.fr, tous@exemple.fr", "",
        "camille", "camille@", "<camille@exemple.fr", "camille@exemple.fr>\r\nRCPT TO:<tous@a.fr",
        "Camille <camille@exemple.fr>", "camillé@exemple.fr", "a b@exemple.fr",
    ],
)  # fmt: skip
def test_an_address_is_one_address(address: str) -> None:
    with a_poste() as poste:
        assert refusal(poste, replace(BONJOUR, destinataire=address)).definitif


def test_a_name_with_a_line_break_makes_no_header() -> None:
    title = "Avis\r\nBcc: tous@exemple.fr\n\nBonjour"
    with a_poste() as poste:
        send(poste, replace(BONJOUR, objet=title))
        [courriel] = poste.received
        assert refusal_of(replace(BONJOUR, desabonnement="https://a.fr/\r\nBcc: b@a.fr"), poste)
    assert courriel.email["subject"] == "Avis Bcc: tous@exemple.fr Bonjour"
    assert courriel.email["bcc"] is None
    assert courriel.pour == ["camille@exemple.fr"]


def refusal_of(message: Message, poste: Poste) -> bool:
    with pytest.raises(NotSent):
        send(poste, message)
    return len(poste.received) == 1


def test_lines_that_begin_with_a_dot_and_long_ones_arrive_as_they_were() -> None:
    texte = ".\n.. deux\n" + "é" * 1200 + "\nfin\n"
    with a_poste() as poste:
        send(poste, replace(BONJOUR, texte=texte))
        assert poste.received[0].texte == texte


# Passwords and encryption


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture(scope="module")
def known(authority: trustme.CA) -> ssl.SSLContext:
    """What someone believes who trusts this authority."""
    context = ssl.create_default_context()
    authority.configure_trust(context)
    return context


def certified(authority: trustme.CA, name: str = "127.0.0.1") -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert(name).configure_cert(context)
    return context


@pytest.mark.parametrize("implicit", [True, False])
def test_a_password_is_told_only_once_encrypted(
    authority: trustme.CA, known: ssl.SSLContext, implicit: bool
) -> None:
    with a_poste(tls=certified(authority), implicit=implicit, login="avis:p%40sse") as poste:
        url = poste.url
        poste.login = "avis:p@sse"
        asyncio.run(Courrier(url, FROM, known, 5).send(BONJOUR))
        assert [courriel.chiffre for courriel in poste.received] == [True]
        before = poste.verbs[: poste.verbs.index("AUTH")]
        assert ("STARTTLS" in before) is not implicit


def test_a_server_elsewhere_that_offers_no_encryption_is_told_nothing(
    known: ssl.SSLContext,
) -> None:
    with a_poste(login="avis:passe") as poste:
        assert "STARTTLS" in str(refusal(poste, tls=known))
        assert not {"AUTH", "MAIL"} & set(poste.verbs)


@pytest.mark.parametrize("implicit", [True, False])
def test_a_certificate_of_another_name_is_refused(
    authority: trustme.CA, known: ssl.SSLContext, implicit: bool
) -> None:
    other = certified(authority, "autre.exemple.fr")
    with a_poste(tls=other, implicit=implicit, login="avis:passe") as poste:
        assert "certificat" in str(refusal(poste, tls=known))
        assert not {"AUTH", "MAIL"} & set(poste.verbs)


def test_on_the_machine_itself_any_certificate_will_do(authority: trustme.CA) -> None:
    with a_poste(tls=certified(authority, "poste.exemple.fr")) as poste:
        send(poste)
        assert [courriel.chiffre for courriel in poste.received] == [True]


def test_a_wrong_password_is_said_and_never_shown() -> None:
    with a_poste(login="avis:passe") as poste:
        courrier = Courrier(poste.url.replace("passe", "autre"), FROM)
        with pytest.raises(NotSent, match="refuse le mot de passe") as refused:
            asyncio.run(courrier.send(BONJOUR))
    assert "autre" not in f"{refused.value}{courrier!r}"


def test_without_settings_nothing_can_be_sent() -> None:
    courrier = courrier_of(settings())
    assert not courrier.possible
    with pytest.raises(NotSent, match="JDMA_SMTP_URL"):
        asyncio.run(courrier.send(BONJOUR))
    assert courrier_of(settings(smtp_url="smtp://localhost", smtp_from=FROM)).possible
