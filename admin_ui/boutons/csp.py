"""Whether a Content-Security-Policy lets something be loaded, as browsers decide (CSP Level 3).

Pure. What only the page's own address could tell is taken to be right.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal
from urllib.parse import urlsplit

Besoin = Literal["script", "connect", "frame"]

# Where a browser looks, in order; the first that is there decides.
_ASKED: Mapping[Besoin, Sequence[str]] = {
    "script": ("script-src-elem", "script-src", "default-src"),
    "connect": ("connect-src", "default-src"),
    "frame": ("frame-src", "child-src", "default-src"),
}
_DEFAULT_PORTS = {"http": "80", "https": "443"}
_HOST = re.compile(
    r"(?:(?P<scheme>[a-z][a-z0-9+.-]*)://)?"
    r"(?P<host>\*|(?:\*\.)?[a-z0-9_-]+(?:\.[a-z0-9_-]+)*|\[[0-9a-f:.]+\])"
    r"(?::(?P<port>[0-9]{1,5}|\*))?(?P<path>/.*)?",
    re.IGNORECASE,
)

Policy = Mapping[str, Sequence[str]]
"""The sources of each directive, by its name in small letters."""


@dataclass(frozen=True, slots=True)
class Loaded:
    """What is to be loaded: an absolute address, and for a script what its element says."""

    url: str
    integrity: Sequence[str] = ()
    nonce: str | None = None


def parse_policies(header: str) -> list[Policy]:
    """The policies of one header: several may stand there, and each of them has to agree."""
    found = [_parse(each) for each in header.split(",")]
    return [each for each in found if each]


def _parse(text: str) -> Policy:
    policy: dict[str, Sequence[str]] = {}
    for directive in text.split(";"):
        name, *sources = directive.split() or [""]
        if name:  # the first one of a name counts
            policy.setdefault(name.lower(), sources)
    return policy


def forbids(policy: Policy, besoin: Besoin, loaded: Loaded, page: str | None) -> str | None:
    """The directive that forbids it, or None. `page` is the origin of the page, where known."""
    name = next((each for each in _ASKED[besoin] if each in policy), None)
    if name is None or _allows(policy[name], besoin, loaded, page):
        return None
    return name


def _allows(sources: Sequence[str], besoin: Besoin, loaded: Loaded, page: str | None) -> bool:
    if besoin == "script":
        if _vouched(sources, loaded):
            return True
        if "'strict-dynamic'" in map(str.lower, sources):
            return False  # then a name of a site is worth nothing
    return any(_matches(source, loaded.url, page) for source in sources)


def _vouched(sources: Sequence[str], loaded: Loaded) -> bool:
    """By a nonce, or by hashes of all that its integrity allows."""
    nonces = {each[7:-1] for each in sources if each.lower().startswith("'nonce-")}
    # What a browser shows of a page that it has loaded has an empty nonce.
    if nonces and loaded.nonce is not None and loaded.nonce in nonces | {""}:
        return True
    hashes = {each[1:-1] for each in sources if each.lower().startswith("'sha")}
    return bool(loaded.integrity) and set(loaded.integrity) <= hashes


def _matches(source: str, url: str, page: str | None) -> bool:
    parts = urlsplit(url)
    if source == "*":
        return True
    if source.lower() == "'self'":
        return page is not None and page == f"{parts.scheme}://{parts.netloc}"
    if re.fullmatch(r"[a-z][a-z0-9+.-]*:", source, re.IGNORECASE):
        return _scheme_fits(source[:-1].lower(), parts.scheme)
    found = _HOST.fullmatch(source)
    if found is None:
        return False
    own = urlsplit(page).scheme if page else parts.scheme
    return (
        _scheme_fits((found["scheme"] or own).lower(), parts.scheme)
        and _host_fits(found["host"].lower(), parts.hostname or "")
        and _port_fits(found["port"], parts.port, parts.scheme)
        and _path_fits(found["path"], parts.path)
    )


def _scheme_fits(wanted: str, scheme: str) -> bool:
    return scheme == wanted or (wanted, scheme) == ("http", "https")


def _host_fits(wanted: str, host: str) -> bool:
    if wanted.startswith("*."):
        return host.endswith(wanted[1:])
    return wanted in ("*", host, f"[{host}]")


def _port_fits(wanted: str | None, port: int | None, scheme: str) -> bool:
    actual = str(port) if port else _DEFAULT_PORTS.get(scheme)
    if wanted is None:
        return actual == _DEFAULT_PORTS.get(scheme)
    # One that is meant for http serves for https, too.
    return wanted in ("*", actual) or (wanted, actual) == ("80", "443")


def _path_fits(wanted: str | None, path: str) -> bool:
    if not wanted or wanted == "/":
        return True
    return path.startswith(wanted) if wanted.endswith("/") else path == wanted
