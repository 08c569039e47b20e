"""Whose address counts: what a visitor writes never does, what a trusted proxy adds does."""

from __future__ import annotations

import ipaddress
import logging

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from collector.config import ConfigError, load
from collector.wire.proxies import LOOKS, MAX_HOPS, Proxies, read_address, read_trusted

LOCAL = "127.0.0.1, ::1, 10.0.0.0/8, 2001:db8:aaaa::/48"
NEAR, FAR = "127.0.0.1", "10.1.2.3"  # two proxies, the one next to us first
VISITOR, OTHER = "203.0.113.7", "198.51.100.9"

XFF, FORWARDED = "x-forwarded-for", "forwarded"


def visitor(*headers: tuple[str, str], peer: str | None = NEAR, trusted: str = LOCAL) -> str:
    """Whose address counts, of a request with these headers from this peer."""
    raw = [(name.encode(), value.encode("utf-8")) for name, value in headers]
    scope = {"client": None if peer is None else (peer, 4711), "headers": raw}
    return Proxies(trusted).visitor(scope)


def test_without_a_trusted_proxy_only_the_connection_tells() -> None:
    told = (XFF, VISITOR), (FORWARDED, f"for={VISITOR}")
    assert visitor(*told, trusted="") == NEAR
    assert visitor(*told, peer=OTHER) == OTHER
    assert visitor(*told, peer=None) == ""


@pytest.mark.parametrize(
    ("line", "whose"),
    [
        (VISITOR, VISITOR),
        (f"{OTHER}, {VISITOR}", VISITOR),  # the first one is what a visitor wrote
        (f"{OTHER},{VISITOR},{FAR}", VISITOR),
        (f"{VISITOR}, {FAR}, 10.9.9.9, ::1", VISITOR),
        (f" \t{VISITOR}\t ", VISITOR),
        (f"{VISITOR}:52311", VISITOR),
        ("2001:db8::7", "2001:db8::7"),
        ("2001:DB8:0::7", "2001:db8::7"),
        ("[2001:db8::7]", "2001:db8::7"),
        ("[2001:db8::7]:443", "2001:db8::7"),
        (f"::ffff:{VISITOR}", VISITOR),
        (f"[::ffff:{VISITOR}]:1", VISITOR),
        (f"{VISITOR}, ::ffff:10.1.2.3", VISITOR),  # a trusted one, as IPv6 writes it
        (f"{VISITOR}, 2001:db8:aaaa:1::5", VISITOR),
        ("", NEAR),
        ("unknown", NEAR),
        ("unix:", NEAR),
        (f"{VISITOR}, ", NEAR),  # whoever is next to us did not say
        (f"{VISITOR}, unknown, {FAR}", FAR),
        (f"{VISITOR}, 999.1.1.1", NEAR),
        (f"{VISITOR}, 010.0.0.1", NEAR),
        (f"{VISITOR}, 1", NEAR),
        (f"{VISITOR}, 127.1", NEAR),
        (f"{VISITOR}, 2001:db8::7]:443", NEAR),
        (f"{VISITOR}, [203.0.113.7]", NEAR),
        (f"{VISITOR}, ２０３.0.113.7", NEAR),
        (f"{VISITOR};drop", NEAR),
        (f'"{VISITOR}"', NEAR),
        (f"{FAR}, 10.9.9.9", FAR),  # a machine of ours: the furthest one
    ],
)  # fmt: skip
def test_x_forwarded_for_is_read_from_its_end(line: str, whose: str) -> None:
    assert visitor((XFF, line)) == whose


@pytest.mark.parametrize(
    ("line", "whose"),
    [
        (f"for={VISITOR}", VISITOR),
        (f"For={VISITOR}; proto=https ;by={NEAR}", VISITOR),
        (f"proto=http;for={VISITOR}", VISITOR),
        (f'for="{VISITOR}:4711"', VISITOR),
        (f"for={VISITOR}:4711", VISITOR),
        ('for="[2001:db8::7]:_port"', "2001:db8::7"),
        ('for="[2001:db8::7]"', "2001:db8::7"),
        (f"for={OTHER}, for={VISITOR}", VISITOR),
        (f"for={VISITOR};host=a.fr , for={FAR}", VISITOR),
        (f'for={OTHER};host="a,b;for={OTHER}", for={VISITOR}', VISITOR),
        ('for="\\2\\0\\3.0.113.7"', VISITOR),
        ("for=unknown", NEAR),
        ("for=_cache", NEAR),
        (f"for={VISITOR}, for=_cache", NEAR),
        (f"for={VISITOR}, for=_cache;by=x, for={FAR}", FAR),
        (f"for={VISITOR}, by={NEAR}", NEAR),  # an element without `for`
        (f"for={VISITOR};for={OTHER}", NEAR),
        (f"for = {VISITOR}", NEAR),
        (f'for="{VISITOR}" by=a', NEAR),
        (VISITOR, NEAR),
        ("", NEAR),
        (",", NEAR),
        ("=", NEAR),
        # What a visitor wrote before the comma swallows nothing of what the proxy added after it.
        (f'for={OTHER};by=", for={VISITOR}', NEAR),
        (f'for="{OTHER}, for="[2001:db8::7]"', NEAR),
        (f'for={OTHER};by="\\, for={VISITOR}', NEAR),
        (f'for={OTHER};by="\\\\"", for={VISITOR}', NEAR),
        (f"for={OTHER};by=" + "a" * 5_000 + f", for={VISITOR}", NEAR),
    ],
)  # fmt: skip
def test_forwarded_is_read_to_the_letter_or_not_at_all(line: str, whose: str) -> None:
    assert visitor((FORWARDED, line)) == whose


@pytest.mark.parametrize("write", [lambda a: (XFF, a), lambda a: (FORWARDED, f"for={a}")])
def test_lines_are_one_list(write: object) -> None:
    assert callable(write)
    assert visitor(write(OTHER), write(VISITOR), write(FAR)) == VISITOR
    assert visitor(write('"'), write(VISITOR)) == VISITOR
    assert visitor(write(VISITOR), write("")) == NEAR


def test_of_two_headers_that_disagree_neither_is_believed() -> None:
    assert visitor((XFF, VISITOR), (FORWARDED, f"for={VISITOR}")) == VISITOR
    assert visitor((XFF, VISITOR), (FORWARDED, f"for={OTHER}")) == NEAR
    assert visitor((XFF, VISITOR), (FORWARDED, "for=unknown")) == NEAR
    assert visitor((XFF, "unix:"), (FORWARDED, f"for={OTHER}")) == NEAR


def test_no_other_header_tells() -> None:
    for name in (
        "x-real-ip",
        "client-ip",
        "true-client-ip",
        "via",
        "x-forwarded",
        "x_forwarded_for",
    ):
        assert visitor((name, VISITOR)) == NEAR


def test_the_socket_of_this_machine_is_trusted_by_its_name() -> None:
    assert visitor((XFF, VISITOR), peer=None, trusted="unix") == VISITOR
    assert visitor((XFF, f"{VISITOR}, {FAR}"), peer=None, trusted="unix, 10.0.0.0/8") == VISITOR
    assert visitor((XFF, VISITOR), peer=None) == ""
    assert visitor((XFF, VISITOR), trusted="unix") == NEAR
    assert visitor((XFF, "unknown"), peer=None, trusted="unix") == ""


def test_a_peer_is_known_however_it_is_written() -> None:
    assert visitor((XFF, VISITOR), peer="::ffff:127.0.0.1") == VISITOR
    assert visitor((XFF, VISITOR), peer="fe80::1%eth0", trusted="fe80::/10") == VISITOR
    assert visitor((XFF, VISITOR), trusted="::ffff:127.0.0.0/104") == VISITOR
    assert visitor((XFF, VISITOR), peer="testclient") == "testclient"


def test_a_header_as_long_as_it_may_be_is_not_read_to_its_beginning() -> None:
    assert visitor((XFF, "1.1.1.1," * 8_000 + VISITOR)) == VISITOR
    assert visitor((XFF, f"{VISITOR}," + ",".join([FAR] * MAX_HOPS))) == VISITOR
    assert visitor((XFF, f"{OTHER},{VISITOR}," + ",".join([FAR] * MAX_HOPS))) == FAR
    assert visitor((FORWARDED, f"for={OTHER}," * 4_000 + f"for={VISITOR}")) == NEAR


@pytest.mark.parametrize(
    "text",
    ["*", "0.0.0.0/0", "::/0", "localhost", "caddy", "10.0.0.1/8", "10.0.0.0/33", "10.0.0", "1",
     "127.0.0.1,", ",", "127.0.0.1 10.0.0.1", "unix:/run/jdma.sock", "127.0.0.1:80"],
)  # fmt: skip
def test_what_is_neither_an_address_nor_a_network_stops_the_start(text: str) -> None:
    with pytest.raises(ConfigError) as refused:
        load({"trusted_proxies": text}, {})
    wanted = f"JDMA_TRUSTED_PROXIES vaut « {text} » : il faut des adresses (127.0.0.1), des réseaux"
    assert str(refused.value).startswith(wanted)


def test_what_is_trusted_is_read_once() -> None:
    words, networks = read_trusted(" 127.0.0.1 ,unix, ::ffff:10.0.0.0/104,2001:db8::/32")
    assert words == {"unix"}
    assert [*map(str, networks)] == ["127.0.0.1/32", "10.0.0.0/8", "2001:db8::/32"]
    assert read_trusted("  ") == (frozenset(), ())


# A proxy that nobody named


def test_a_proxy_that_was_forgotten_is_told_once(caplog: pytest.LogCaptureFixture) -> None:
    proxies = Proxies("")
    plain = {"client": (NEAR, 1), "headers": [(b"host", b"a.fr")]}
    proxied = {"client": (NEAR, 1), "headers": [(XFF.encode(), VISITOR.encode())]}
    with caplog.at_level(logging.WARNING):
        assert proxies.visitor(plain) == NEAR
        assert not proxies.forgotten
        assert [proxies.visitor(proxied) for _ in range(3)] == [NEAR] * 3
    assert proxies.forgotten
    [record] = caplog.records
    assert "JDMA_TRUSTED_PROXIES" in record.getMessage()
    assert VISITOR not in record.getMessage()


def test_it_is_not_looked_for_for_ever_nor_where_one_is_named() -> None:
    proxies, named = Proxies(""), Proxies("192.0.2.1")
    proxied = {"client": (NEAR, 1), "headers": [(FORWARDED.encode(), b"for=unknown")]}
    for _ in range(LOOKS):
        proxies.visitor({"client": (NEAR, 1), "headers": []})
    proxies.visitor(proxied)
    named.visitor(proxied)
    assert not proxies.forgotten
    assert not named.forgotten


# Laws

addresses = st.ip_addresses().map(str)
public = addresses.filter(lambda each: not trusts(each))
proxies_ = st.integers(0, 2**24 - 1).map(lambda n: str(ipaddress.IPv4Address((10 << 24) + n)))
anything = st.text(st.characters(codec="latin-1", exclude_characters="\r\n\0"), max_size=80)


def trusts(text: str) -> bool:
    address = read_address(text)
    _, networks = read_trusted(LOCAL)
    return address is not None and any(address in network for network in networks)


@given(anything, public, st.lists(proxies_, max_size=5))
@example('for="', VISITOR, [])
def test_whatever_a_visitor_writes_the_proxy_next_to_them_tells(
    written: str, whose: str, behind: list[str]
) -> None:
    """Their X-Forwarded-For, to which proxies have added, one after the other."""
    line = ", ".join([written, whose, *behind])
    assert visitor((XFF, line)) == str(read_address(whose))
    assert visitor((XFF, written), (XFF, ", ".join([whose, *behind]))) == str(read_address(whose))


@given(anything, public)
@example(f'for={OTHER};by="', VISITOR)
@example(f'for="{OTHER}', "2001:db8::7")
@example(f"for={OTHER};by=a", VISITOR)
def test_whatever_a_visitor_writes_in_forwarded_is_never_their_address(
    written: str, whose: str
) -> None:
    """Theirs is told, or nobody's: that of the proxy, which all who write so share."""
    added = f'for="[{whose}]"' if ":" in whose else f"for={whose}"
    theirs = str(read_address(whose))
    assert visitor((FORWARDED, f"{written}, {added}")) in (theirs, NEAR)
    assert visitor((FORWARDED, written), (FORWARDED, added)) == theirs


@given(anything, anything, public)
def test_nothing_is_believed_of_who_is_no_proxy(one: str, other: str, peer: str) -> None:
    assert visitor((XFF, one), (FORWARDED, other), peer=peer) == peer


@given(anything)
def test_whatever_is_written_an_address_comes_out(written: str) -> None:
    for name in (XFF, FORWARDED):
        found = visitor((name, written))
        assert read_address(found) is not None


@given(addresses)
def test_an_address_is_read_back_as_it_was(text: str) -> None:
    address = ipaddress.ip_address(text)
    same = getattr(address, "ipv4_mapped", None) or address
    assert read_address(text) == same
    assert read_address(f"[{text}]:80" if ":" in text else f"{text}:80") == same
