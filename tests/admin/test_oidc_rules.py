"""What has to be true of a provider's answers: tables of what is believed and of what is not."""

from __future__ import annotations

import base64
import hashlib
from dataclasses import replace
from typing import Any, get_args
from urllib.parse import parse_qs, parse_qsl, urlsplit

import orjson
import pytest

from admin_ui.connexion.oidc import (
    DEPART_SECONDS,
    ID_TOKEN_CHECKS,
    LEEWAY,
    Attendu,
    Client,
    Code,
    Departs,
    Fournisseur,
    OidcRefused,
    address_of_departure,
    address_of_exit,
    check_id_token,
    check_userinfo,
    identite_of,
    is_proconnect,
    read_discovery,
    read_json,
    read_return,
    said_wrong,
)

NOW = 1_795_341_600
ISSUER = "https://auth.exemple.fr/api/v2"
CLIENT = Client("jdma", "https://avis.exemple.fr/admin/oidc/retour")
WANTED = Attendu(ISSUER, CLIENT, "n" * 64, "un-jeton-d-acces", NOW)
GOOD = {
    "iss": ISSUER,
    "aud": "jdma",
    "sub": "agent-12",
    "exp": NOW + 60,
    "iat": NOW,
    "nonce": "n" * 64,
}
MISSING = "(absent)"

# From the specification, not from the code: the left half of the SHA-256, in base64url.
_HALF = hashlib.sha256(b"un-jeton-d-acces").digest()[:16]
AT_HASH = base64.urlsafe_b64encode(_HALF).decode().rstrip("=")


def changed(claims: dict[str, Any], **changes: Any) -> dict[str, Any]:
    return {k: v for k, v in {**claims, **changes}.items() if v is not MISSING}


def code_of(caught: pytest.ExceptionInfo[OidcRefused]) -> Code:
    return caught.value.code


BELIEVED: list[dict[str, Any]] = [
    {},
    {"aud": ["jdma"]},
    {"aud": ["jdma"], "azp": "jdma"},
    {"aud": ["jdma", "autre"], "azp": "jdma"},
    {"exp": NOW - LEEWAY + 1},
    {"exp": NOW + 0.5},
    {"iat": NOW + LEEWAY - 1},
    {"nbf": NOW + LEEWAY - 1},
    {"at_hash": AT_HASH},
    {"acr": "eidas1"},
    {"sub": "a" * 255},
]

NOT_BELIEVED: list[tuple[Code, dict[str, Any]]] = [
    ("emetteur", {"iss": f"{ISSUER}/"}),
    ("emetteur", {"iss": "https://autre.exemple.fr"}),
    ("emetteur", {"iss": MISSING}),
    ("destinataire", {"aud": "autre"}),
    ("destinataire", {"aud": MISSING}),
    ("destinataire", {"aud": []}),
    ("destinataire", {"aud": ["autre"]}),
    ("destinataire", {"aud": {"jdma": 1}}),
    ("destinataire", {"aud": ["jdma", "autre"]}),
    ("destinataire", {"aud": ["jdma", "autre"], "azp": "autre"}),
    ("destinataire", {"azp": "autre"}),
    ("destinataire", {"azp": None}),
    ("expire", {"exp": NOW - LEEWAY}),
    ("expire", {"exp": MISSING}),
    ("expire", {"exp": str(NOW + 60)}),
    ("expire", {"exp": True}),
    ("expire", {"exp": None}),
    ("horloge", {"iat": NOW + LEEWAY}),
    ("horloge", {"iat": MISSING}),
    ("horloge", {"iat": "0"}),
    ("horloge", {"nbf": NOW + LEEWAY}),
    ("horloge", {"nbf": "0"}),
    ("nonce", {"nonce": "m" * 64}),
    ("nonce", {"nonce": MISSING}),
    ("nonce", {"nonce": None}),
    ("at_hash", {"at_hash": AT_HASH[:-1]}),
    ("at_hash", {"at_hash": ""}),
    ("at_hash", {"at_hash": None}),
    ("forme", {"sub": MISSING}),
    ("forme", {"sub": ""}),
    ("forme", {"sub": 12}),
    ("forme", {"sub": "a" * 256}),
    ("forme", {"sub": "é"}),
    ("forme", {"sub": "a\n"}),
]


@pytest.mark.parametrize("changes", BELIEVED, ids=range(len(BELIEVED)))
def test_an_id_token_that_is_right_is_believed(changes: dict[str, Any]) -> None:
    claims = changed(GOOD, **changes)
    assert check_id_token(claims, WANTED) == claims["sub"]


@pytest.mark.parametrize(("code", "changes"), NOT_BELIEVED, ids=range(len(NOT_BELIEVED)))
def test_an_id_token_with_one_thing_wrong_is_refused(code: Code, changes: dict[str, Any]) -> None:
    with pytest.raises(OidcRefused) as caught:
        check_id_token(changed(GOOD, **changes), WANTED)
    assert code_of(caught) == code


@pytest.mark.parametrize(
    ("acr", "enough"),
    [("eidas2", True), ("eidas1-mfa", True), ("eidas1", False), (MISSING, False), (None, False)],
)
def test_the_level_that_was_asked_for_is_checked_again(acr: Any, enough: bool) -> None:
    wanted = replace(WANTED, client=replace(CLIENT, acr=("eidas1-mfa", "eidas2")))
    claims = changed(GOOD, acr=acr)
    if enough:
        assert check_id_token(claims, wanted) == "agent-12"
        return
    with pytest.raises(OidcRefused) as caught:
        check_id_token(claims, wanted)
    assert code_of(caught) == "niveau"


def test_each_check_of_an_id_token_is_in_the_table() -> None:
    tried = {code for code, _ in NOT_BELIEVED} | {"niveau"}
    assert {code for code, _ in ID_TOKEN_CHECKS} == tried


USERINFO: list[tuple[Code | None, dict[str, Any]]] = [
    (None, {}),
    (None, {"iss": ISSUER, "aud": "jdma", "exp": NOW + 1}),
    ("sujet", {"sub": "agent-13"}),
    ("sujet", {"sub": MISSING}),
    ("emetteur", {"iss": "https://autre.exemple.fr"}),
    ("destinataire", {"aud": "autre"}),
    ("expire", {"exp": NOW - LEEWAY}),
]


@pytest.mark.parametrize(("code", "changes"), USERINFO, ids=range(len(USERINFO)))
def test_userinfo_is_about_whom_the_id_token_is_about(
    code: Code | None, changes: dict[str, Any]
) -> None:
    claims = changed({"sub": "agent-12"}, **changes)
    if code is None:
        check_userinfo(claims, "agent-12", WANTED)
        return
    with pytest.raises(OidcRefused) as caught:
        check_userinfo(claims, "agent-12", WANTED)
    assert code_of(caught) == code


# Who it is

PROCONNECT = "https://auth.agentconnect.gouv.fr/api/v2"


def test_proconnect_says_usual_name_and_siret() -> None:
    said = {
        "sub": "x",
        "given_name": "Zoé  Anne",
        "usual_name": "Le\tGoff",
        "email": "zoe@ville.fr",
        "siret": "21350238800019",
    }
    identite = identite_of(PROCONNECT, said)
    assert (identite.nom, identite.siret) == ("Zoé Anne Le Goff", "21350238800019")
    assert (identite.courriel, identite.sujet) == ("zoe@ville.fr", "x")


@pytest.mark.parametrize(
    ("said", "nom"),
    [
        ({"given_name": "A", "family_name": "B"}, "A B"),
        ({"given_name": "A", "family_name": "B", "usual_name": "C"}, "A C"),
        ({"name": "A B"}, "A B"),
        ({"usual_name": "B"}, "B"),
        ({"name": "e\u0301"}, "é"),
        ({"name": "a\u202e\x00b"}, "a b"),
        ({"name": "a" * 300}, "a" * 200),
        ({"name": ["a"]}, ""),
        ({}, ""),
    ],
    ids=str,
)
def test_a_name_is_one_line_of_what_is_given(said: dict[str, Any], nom: str) -> None:
    assert identite_of(ISSUER, {"sub": "x", **said}).nom == nom


@pytest.mark.parametrize(
    ("issuer", "said", "courriel"),
    [
        (ISSUER, {"email": "a@b.fr", "email_verified": True}, "a@b.fr"),
        (ISSUER, {"email": "a@b.fr", "email_verified": "true"}, "a@b.fr"),
        (ISSUER, {"email": "a@b.fr", "email_verified": False}, None),
        (ISSUER, {"email": "a@b.fr", "email_verified": "false"}, None),
        (ISSUER, {"email": "a@b.fr", "email_verified": "oui"}, None),
        (ISSUER, {"email": "a@b.fr"}, None),
        (ISSUER, {"email_verified": True}, None),
        (ISSUER, {"email": "a@b.fr\n", "email_verified": True}, None),
        (ISSUER, {"email": "a" * 300 + "@b.fr", "email_verified": True}, None),
        (ISSUER, {"email": ["a@b.fr"], "email_verified": True}, None),
        (PROCONNECT, {"email": "a@b.fr"}, "a@b.fr"),
        (PROCONNECT, {"email": "a@b.fr", "email_verified": False}, None),
    ],
    ids=str,
)
def test_an_address_counts_when_the_provider_vouches_for_it(
    issuer: str, said: dict[str, Any], courriel: str | None
) -> None:
    assert identite_of(issuer, {"sub": "x", **said}).courriel == courriel


@pytest.mark.parametrize(
    ("issuer", "is_it"),
    [
        (PROCONNECT, True),
        ("https://fca.integ01.dev-agentconnect.fr/api/v2", True),
        ("https://auth.agentconnect.rie.gouv.fr/api/v2", True),
        ("https://proconnect.gouv.fr", True),
        ("https://faux-proconnect.gouv.fr", False),
        ("https://proconnect.gouv.fr.exemple.com", False),
        ("http://proconnect.gouv.fr", False),
        (ISSUER, False),
    ],
)
def test_only_proconnect_is_proconnect(issuer: str, is_it: bool) -> None:
    assert is_proconnect(issuer) is is_it


# What a provider says of itself

SAID: dict[str, Any] = {
    "issuer": ISSUER,
    "authorization_endpoint": f"{ISSUER}/authorize",
    "token_endpoint": f"{ISSUER}/token",
    "userinfo_endpoint": f"{ISSUER}/userinfo",
    "jwks_uri": f"{ISSUER}/jwks",
}


def test_what_is_not_announced_is_not_used() -> None:
    assert read_discovery(SAID, ISSUER) == Fournisseur(
        ISSUER,
        f"{ISSUER}/authorize",
        f"{ISSUER}/token",
        f"{ISSUER}/userinfo",
        f"{ISSUER}/jwks",
        basic=True,
    )


def test_what_proconnect_announces_is_used() -> None:
    said = {
        **SAID,
        "end_session_endpoint": f"{ISSUER}/session/end",
        "scopes_supported": ["openid", "given_name", "usual_name", "email", "siret", "phone"],
        "code_challenge_methods_supported": ["S256"],
        "claims_parameter_supported": True,
        "authorization_response_iss_parameter_supported": True,
        "token_endpoint_auth_methods_supported": ["client_secret_post"],
        "id_token_signing_alg_values_supported": ["HS256", "ES256", "RS256"],
    }
    found = read_discovery(said, ISSUER)
    assert found.scopes == ("openid", "given_name", "usual_name", "email", "siret")
    assert found.sortie == f"{ISSUER}/session/end"
    assert (found.pkce, found.claims, found.iss, found.basic) == (True, True, True, False)


@pytest.mark.parametrize(
    ("code", "changes"),
    [
        ("emetteur", {"issuer": f"{ISSUER}/"}),
        ("emetteur", {"issuer": MISSING}),
        ("algorithme", {"id_token_signing_alg_values_supported": ["HS256", "none"]}),
        ("forme", {"token_endpoint": MISSING}),
        ("forme", {"jwks_uri": "http://auth.exemple.fr/jwks"}),
        ("forme", {"jwks_uri": "http://127.0.0.1/jwks"}),
        ("forme", {"userinfo_endpoint": "file:///etc/passwd"}),
        ("forme", {"token_endpoint": "https://a:b@auth.exemple.fr/"}),
        ("forme", {"authorization_endpoint": "javascript:alert(1)"}),
        ("forme", {"end_session_endpoint": "javascript:alert(1)"}),
        ("forme", {"token_endpoint": ["https://auth.exemple.fr/"]}),
    ],
    ids=str,
)
def test_a_provider_that_is_another_or_unsafe_is_not_used(
    code: Code, changes: dict[str, Any]
) -> None:
    with pytest.raises(OidcRefused) as caught:
        read_discovery(changed(SAID, **changes), ISSUER)
    assert code_of(caught) == code


@pytest.mark.parametrize("raw", [b"", b"[]", b"{", b'"a"', b"\xff", b'{"exp": NaN}', b"[" * 9_999])
def test_what_is_no_object_in_json_is_refused(raw: bytes) -> None:
    with pytest.raises(OidcRefused, match="forme"):
        read_json(raw)


@pytest.mark.parametrize(
    ("raw", "said"),
    [
        (b'{"error": "invalid_client"}', "invalid_client"),
        (b'{"error": "Y000400"}', "Y000400"),
        (b'{"error": "a\\nb"}', ""),
        (b'{"error": {"a": 1}}', ""),
        (b"<html>", ""),
    ],
)
def test_an_error_of_a_provider_is_one_word_in_our_log(raw: bytes, said: str) -> None:
    assert said_wrong(raw) == said


# There and back

DEPARTS = Departs("un-secret-de-test-assez-long-pour-etre-accepte")
DEPART = DEPARTS.begin(NOW * 1000)
FOURNISSEUR = read_discovery(SAID, ISSUER)


def asked(address: str) -> dict[str, str]:
    return dict(parse_qsl(urlsplit(address).query))


def test_a_departure_asks_for_a_code_and_nothing_the_provider_does_not_know() -> None:
    assert asked(address_of_departure(FOURNISSEUR, CLIENT, DEPART)) == {
        "response_type": "code",
        "client_id": "jdma",
        "redirect_uri": CLIENT.retour,
        "scope": "openid profile email",
        "state": DEPART.state,
        "nonce": DEPART.nonce,
    }


def test_a_departure_hides_its_verifier_behind_a_challenge() -> None:
    address = address_of_departure(replace(FOURNISSEUR, pkce=True), CLIENT, DEPART)
    hashed = hashlib.sha256(DEPART.verifier.encode()).digest()
    wanted = base64.urlsafe_b64encode(hashed).decode().rstrip("=")
    assert asked(address)["code_challenge"] == wanted
    assert asked(address)["code_challenge_method"] == "S256"
    assert DEPART.verifier not in address


def test_levels_are_a_condition_where_the_provider_knows_conditions() -> None:
    client = replace(CLIENT, acr=("eidas2", "eidas3"))
    weak = asked(address_of_departure(FOURNISSEUR, client, DEPART))
    assert weak["acr_values"] == "eidas2 eidas3"
    strong = asked(address_of_departure(replace(FOURNISSEUR, claims=True), client, DEPART))
    assert "acr_values" not in strong
    assert orjson.loads(strong["claims"]) == {
        "id_token": {"acr": {"essential": True, "values": ["eidas2", "eidas3"]}}
    }


def test_an_address_that_has_a_query_keeps_it() -> None:
    fournisseur = replace(FOURNISSEUR, autorisation=f"{ISSUER}/authorize?p=1")
    address = address_of_departure(fournisseur, CLIENT, DEPART)
    assert parse_qs(urlsplit(address).query)["p"] == ["1"]
    assert address.count("?") == 1


def test_one_leaves_the_provider_with_the_token_it_gave() -> None:
    assert address_of_exit(FOURNISSEUR, CLIENT, "j", "s", "https://avis.exemple.fr/") is None
    fournisseur = replace(FOURNISSEUR, sortie=f"{ISSUER}/session/end")
    address = address_of_exit(fournisseur, CLIENT, "j", "s", "https://avis.exemple.fr/")
    assert address is not None
    assert asked(address) == {
        "id_token_hint": "j",
        "client_id": "jdma",
        "state": "s",
        "post_logout_redirect_uri": "https://avis.exemple.fr/",
    }


RETURNS: list[tuple[Code | None, dict[str, str]]] = [
    (None, {"code": "c", "state": DEPART.state}),
    (None, {"code": "c", "state": DEPART.state, "iss": ISSUER}),
    ("etat", {"code": "c"}),
    ("etat", {"code": "c", "state": ""}),
    ("etat", {"code": "c", "state": "é"}),
    ("etat", {"code": "c", "state": DEPARTS.begin(NOW * 1000).state}),
    ("etat", {"error": "access_denied", "state": "autre"}),
    ("emetteur", {"code": "c", "state": DEPART.state, "iss": "https://autre.exemple.fr"}),
    ("annule", {"error": "access_denied", "state": DEPART.state}),
    ("fournisseur", {"error": "Y000400", "code": "c", "state": DEPART.state}),
    ("forme", {"state": DEPART.state}),
    ("forme", {"code": "", "state": DEPART.state}),
]


@pytest.mark.parametrize(("code", "said"), RETURNS, ids=range(len(RETURNS)))
def test_a_return_is_of_the_departure(code: Code | None, said: dict[str, str]) -> None:
    if code is None:
        assert read_return(said, FOURNISSEUR, DEPART) == "c"
        return
    with pytest.raises(OidcRefused) as caught:
        read_return(said, FOURNISSEUR, DEPART)
    assert code_of(caught) == code


def test_a_provider_that_names_itself_does_so_each_time() -> None:
    fournisseur = replace(FOURNISSEUR, iss=True)
    said = {"code": "c", "state": DEPART.state}
    assert read_return({**said, "iss": ISSUER}, fournisseur, DEPART) == "c"
    with pytest.raises(OidcRefused, match="emetteur"):
        read_return(said, fournisseur, DEPART)


def test_a_browser_keeps_where_it_is_with_nothing_to_learn_from_it() -> None:
    for suite, compte in (("", None), ("/admin/demarches/x?a=1&b=.", 12)):
        depart = DEPARTS.begin(NOW * 1000, suite, compte)
        assert DEPARTS.read(depart.cookie, NOW * 1000) == depart
        assert (depart.suite, depart.compte) == (suite, compte)
        hidden = {depart.state, depart.nonce, depart.verifier}
        assert len(hidden) == 3
        assert not any(each in depart.cookie for each in hidden)
        assert all(43 <= len(each) <= 128 for each in hidden)


def test_an_address_too_long_for_a_cookie_is_forgotten() -> None:
    assert DEPARTS.begin(NOW * 1000, "é").suite == ""
    assert len(DEPARTS.begin(NOW * 1000, "a" * 500).cookie) < 1_200
    assert DEPARTS.begin(NOW * 1000, "a" * 501).suite == ""


def test_no_two_departures_are_alike() -> None:
    assert DEPARTS.begin(NOW * 1000).state != DEPARTS.begin(NOW * 1000).state


def forged() -> list[str | None]:
    body, _, mac = DEPART.cookie.rpartition(".")
    other = Departs("un-autre-secret-de-test-assez-long-pour-cela").begin(NOW * 1000).cookie
    return [None, "", ".", body, f"{body}.", f"{body}12.{mac}", f"{body}.{mac}a", other, "é.é"]


@pytest.mark.parametrize("cookie", forged(), ids=range(9))
def test_what_a_browser_keeps_cannot_be_forged(cookie: str | None) -> None:
    with pytest.raises(OidcRefused, match="etat"):
        DEPARTS.read(cookie, NOW * 1000)


def test_a_departure_is_over_after_a_while() -> None:
    last = (NOW + DEPART_SECONDS) * 1000
    assert DEPARTS.read(DEPART.cookie, last) == DEPART
    for ms in (last + 1, NOW * 1000 - 1):
        with pytest.raises(OidcRefused, match="etat"):
            DEPARTS.read(DEPART.cookie, ms)


def test_codes_are_in_order() -> None:
    assert list(get_args(Code)) == sorted(get_args(Code))
