"""Who signed: keys of a provider against tokens that others could make."""

from __future__ import annotations

import base64
import hmac
import json
from typing import Any

import pytest
from joserfc import jwt
from joserfc.jwk import ECKey, RSAKey
from joserfc.jws import JWSRegistry, serialize_compact

from admin_ui.connexion.oidc import ALGORITHMS, OidcRefused
from admin_ui.connexion.oidc_keys import MOST_KEYS, Key, read_keys, verified

RSA = RSAKey.generate_key(2048, {"kid": "r"}, auto_kid=False)
EC = ECKey.generate_key("P-256", {"kid": "e"}, auto_kid=False)
CLAIMS = {"sub": "agent-12", "nom": "Zoé"}


def public(*keys: Key, **changes: Any) -> dict[str, Any]:
    """A JWKS of the public halves."""
    return {"keys": [{**key.as_dict(private=False), **changes} for key in keys]}


KEYS = read_keys(public(RSA, EC))


def signed(key: Any, alg: str, **header: Any) -> str:
    registry = JWSRegistry(algorithms=[alg], strict_check_header=False)
    return jwt.encode({"alg": alg, **header}, CLAIMS, key, registry=registry)


def raw(header: dict[str, Any], signature: str = "") -> str:
    """A token written by hand, around every library."""
    parts = (json.dumps(each).encode() for each in (header, CLAIMS))
    head, body = (base64.urlsafe_b64encode(each).decode().rstrip("=") for each in parts)
    return f"{head}.{body}.{signature}"


@pytest.mark.parametrize(
    ("key", "alg", "kid"), [(RSA, "RS256", "r"), (RSA, "PS256", "r"), (EC, "ES256", "e")]
)
def test_what_a_key_of_the_provider_signed_is_read(key: Key, alg: str, kid: str) -> None:
    assert alg in ALGORITHMS
    assert verified(signed(key, alg, kid=kid), KEYS) == CLAIMS
    assert verified(signed(key, alg), KEYS) == CLAIMS
    assert verified(signed(key, alg, kid=kid, inconnu="x"), KEYS) == CLAIMS


def public_pem() -> bytes:
    return RSA.as_pem(private=False)


def public_jwk() -> bytes:
    return json.dumps(RSA.as_dict(private=False)).encode()


@pytest.mark.parametrize("secret", [public_pem(), public_pem().strip(), public_jwk(), b""])
def test_a_public_key_is_no_secret_to_sign_with(secret: bytes) -> None:
    unsigned = raw({"alg": "HS256", "kid": "r"}).rstrip(".")
    mac = hmac.digest(secret, unsigned.encode(), "sha256")  # the library would not make one
    with pytest.raises(OidcRefused, match="algorithme"):
        verified(f"{unsigned}.{base64.urlsafe_b64encode(mac).decode().rstrip('=')}", KEYS)


@pytest.mark.parametrize("alg", ["none", "None", "HS256", "HS512", "RS1", "RS512", "EdDSA", 5])
def test_only_three_algorithms_are_known(alg: object) -> None:
    with pytest.raises(OidcRefused, match="algorithme"):
        verified(raw({"alg": alg, "kid": "r"}), KEYS)


def test_a_token_whose_words_were_changed_is_refused() -> None:
    head, body, signature = signed(RSA, "RS256", kid="r").split(".")
    other = base64.urlsafe_b64encode(b'{"sub":"agent-1"}').decode().rstrip("=")
    assert other != body
    with pytest.raises(OidcRefused, match="signature"):
        verified(f"{head}.{other}.{signature}", KEYS)


@pytest.mark.parametrize("signature", ["", "AAAA", "a" * 342])
def test_a_token_without_its_signature_is_refused(signature: str) -> None:
    with pytest.raises(OidcRefused, match="signature"):
        verified(raw({"alg": "RS256", "kid": "r"}, signature), KEYS)


def test_somebody_elses_key_under_the_same_name_is_refused() -> None:
    other = RSAKey.generate_key(2048)
    for header in ({"kid": "r"}, {}, {"kid": "r", "jwk": other.as_dict(private=False)}):
        with pytest.raises(OidcRefused, match="signature"):
            verified(signed(other, "RS256", **header), KEYS)


def test_a_key_with_another_name_may_be_a_new_one() -> None:
    with pytest.raises(OidcRefused, match="cle"):
        verified(signed(RSA, "RS256", kid="nouvelle"), KEYS)


def test_a_key_signs_with_its_own_algorithm_only() -> None:
    keys = read_keys(public(RSA, alg="RS256"))
    assert verified(signed(RSA, "RS256"), keys) == CLAIMS
    with pytest.raises(OidcRefused, match="cle"):
        verified(signed(RSA, "PS256"), keys)
    with pytest.raises(OidcRefused, match="cle"):
        verified(raw({"alg": "ES256", "kid": "r"}), KEYS)


@pytest.mark.filterwarnings("ignore:.*key size:Warning")
def test_keys_that_are_weak_or_of_another_kind_sign_nothing() -> None:
    short = RSAKey.generate_key(1024)
    other = ECKey.generate_key("P-384")
    for key, alg in ((short, "RS256"), (other, "ES384")):
        keys = read_keys(public(key))
        with pytest.raises(OidcRefused):
            verified(signed(key, alg), keys)


@pytest.mark.parametrize(
    "said",
    [
        public(RSA, use="enc"),
        {"keys": [{"kty": "oct", "k": "c2VjcmV0"}]},
        {"keys": [{"kty": "RSA"}, {"kty": "RSA", "n": 5, "e": "AQAB"}, {"kty": "EC", "crv": "x"}]},
        {"keys": [{"kty": "RSA", "n": "é", "e": "é"}, {"kty": "EC", "crv": "P-256", "x": "AA"}]},
        {"keys": ["a", 5, None, [], {}]},
        {"keys": []},
    ],
    ids=range(6),
)
def test_what_is_no_key_to_sign_with_is_left_aside(said: dict[str, Any]) -> None:
    assert read_keys(said) == ()
    mixed = {"keys": [*said["keys"], *public(RSA)["keys"]]}
    assert verified(signed(RSA, "RS256", kid="r"), read_keys(mixed)) == CLAIMS


def test_keys_are_a_list_that_ends() -> None:
    assert len(read_keys({"keys": public(RSA)["keys"] * (MOST_KEYS + 5)})) == MOST_KEYS
    wrong: list[dict[str, Any]] = [{}, {"keys": {}}, {"keys": "a"}]
    for said in wrong:
        with pytest.raises(OidcRefused, match="forme"):
            read_keys(said)


@pytest.mark.parametrize(
    "token",
    ["", ".", "..", "a.b", "a.b.c", "é.é.é", "a.b.c.d.e", "e30.e30.AAAA", "W10.e30.AAAA",
     "A" * 200_000],
    ids=range(10),
)  # fmt: skip
def test_what_is_no_token_is_refused(token: str) -> None:
    with pytest.raises(OidcRefused):
        verified(token, KEYS)


def test_a_header_with_something_critical_is_refused() -> None:
    head = {"alg": "RS256", "kid": "r", "crit": ["b64"], "b64": True}
    with pytest.raises(OidcRefused):
        verified(raw(head), KEYS)


def test_a_signed_text_that_is_no_object_is_refused() -> None:
    for text in (b"[]", b"5", b"\xff"):
        token = serialize_compact({"alg": "RS256", "kid": "r"}, text, RSA)
        with pytest.raises(OidcRefused, match="forme"):
            verified(token, KEYS)
