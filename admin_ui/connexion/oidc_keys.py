"""The keys of a provider, and what one of them has signed. Needs joserfc, the extra « oidc »."""

from __future__ import annotations

from joserfc.errors import JoseError
from joserfc.jwk import ECKey, RSAKey
from joserfc.jws import CompactSignature, JWSRegistry, extract_compact, validate_compact

from admin_ui.connexion.oidc import ALGORITHMS, Claims, OidcRefused, read_json

MOST_KEYS = 50
_SHORTEST_RSA = 2_048  # bits

Key = RSAKey | ECKey
_KINDS: dict[str, type[RSAKey] | type[ECKey]] = {"RSA": RSAKey, "EC": ECKey}


def read_keys(said: Claims) -> tuple[Key, ...]:
    """The keys of a JWKS that may sign what we read; others may be there for other purposes."""
    listed = said.get("keys")
    if not isinstance(listed, list):
        raise OidcRefused("forme")
    found = (_key(each) for each in listed[:MOST_KEYS])
    return tuple(key for key in found if key is not None)


def _key(said: object) -> Key | None:
    kind = _KINDS.get(str(said.get("kty"))) if isinstance(said, dict) else None
    if kind is None or said.get("use", "sig") != "sig":  # type: ignore[attr-defined]
        return None
    try:
        key = kind.import_key(said)  # type: ignore[arg-type]
    except (JoseError, ValueError, TypeError, KeyError):
        return None  # of no use to us, and no reason to refuse the others
    return key


def verified(token: str, keys: tuple[Key, ...]) -> Claims:
    """The claims of a JWT that one of the keys has signed.

    Raises OidcRefused: « forme », « algorithme », « signature »; « cle » when it names a key that
    is not there, which may be a new one.
    """
    signed = _extract(token)
    if signed.headers().get("alg") not in ALGORITHMS:
        raise OidcRefused("algorithme")
    candidates = [key for key in keys if _fits(key, signed)]
    if not candidates:
        raise OidcRefused("cle")
    if not any(_has_signed(key, signed) for key in candidates):
        raise OidcRefused("signature")
    return read_json(signed.payload)


def _extract(token: str) -> CompactSignature:
    try:
        return extract_compact(token.encode(), registry=_registry())
    except (JoseError, ValueError):
        raise OidcRefused("forme") from None


def _fits(key: Key, signed: CompactSignature) -> bool:
    header = signed.headers()
    if "kid" in header and key.kid != header["kid"]:
        return False
    if key.alg not in (None, header["alg"]):
        return False
    if isinstance(key, ECKey):
        return header["alg"] == "ES256" and key.curve_name == "P-256"
    return header["alg"] != "ES256" and key.raw_value.key_size >= _SHORTEST_RSA


def _has_signed(key: Key, signed: CompactSignature) -> bool:
    try:
        return validate_compact(signed, key, registry=_registry())
    except (JoseError, ValueError):
        return False


class _Headers(JWSRegistry):
    """Headers may be longer than the library's 512 bytes (some hold a certificate) and say what we
    do not know, but nothing critical (RFC 7515 §4.1.11)."""

    max_header_length = 8_192


def _registry() -> JWSRegistry:
    return _Headers(algorithms=ALGORITHMS, strict_check_header=False)
