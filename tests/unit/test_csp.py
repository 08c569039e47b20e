"""Content-Security-Policy, judged as browsers judge it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from admin_ui.boutons.csp import Besoin, Loaded, forbids, parse_policies
from admin_ui.boutons.politique import Isolation, directives, recettes

HERE = "https://avis.exemple.fr"
SCRIPT = Loaded(f"{HERE}/w/1.0.0/avis.js")
PAGE = "https://www.exemple.fr"


def refused(text: str, loaded: Loaded = SCRIPT, besoin: Besoin = "script") -> list[str]:
    """The directives that forbid it, of every policy of a header."""
    found = [forbids(each, besoin, loaded, PAGE) for each in parse_policies(text)]
    return [each for each in found if each is not None]


@pytest.mark.parametrize(
    "sources",
    ["https://avis.exemple.fr", "HTTPS://AVIS.exemple.fr", "avis.exemple.fr", "*.exemple.fr", "*",
     "https:", "http:", "http://avis.exemple.fr", "https://avis.exemple.fr:443",
     "https://avis.exemple.fr:*", "http://avis.exemple.fr:80", "https://*",
     "https://avis.exemple.fr/w/", "https://avis.exemple.fr/w/1.0.0/avis.js",
     "https://avis.exemple.fr/", "'self' https://autre.fr https://avis.exemple.fr"],
)  # fmt: skip
def test_sources_that_let_it_in(sources: str) -> None:
    assert refused(f"script-src {sources}") == []


@pytest.mark.parametrize(
    "sources",
    ["", "'none'", "'self'", "https://exemple.fr", "*.avis.exemple.fr", "https://avis.exemple.fr:8443",
     "https://avis.exemple.fr/autre/", "https://avis.exemple.fr/w", "wss:", "data:",
     "https://avis.exemple.fr.autre.fr", "'unsafe-inline'", "'nonce-abc'", "'sha384-abc'",
     "https://avis.exemple.fr 'strict-dynamic'", "&é'(", "https://*.fr.exemple"],
)  # fmt: skip
def test_sources_that_do_not(sources: str) -> None:
    assert refused(f"script-src {sources}") == ["script-src"]


@pytest.mark.parametrize(
    ("policy", "besoin", "directive"),
    [
        ("default-src 'self'", "script", "default-src"),
        ("default-src 'self'; script-src https:", "script", None),
        ("script-src https:; script-src-elem 'self'", "script", "script-src-elem"),
        ("default-src 'none'", "connect", "default-src"),
        ("connect-src 'none'; default-src https:", "connect", "connect-src"),
        ("child-src 'none'; default-src https:", "frame", "child-src"),
        ("frame-src https:; child-src 'none'", "frame", None),
        ("script-src 'none'", "frame", None),
        ("img-src 'none'; style-src 'self'", "script", None),
        ("SCRIPT-SRC 'none'", "script", "script-src"),
        ("script-src https:; script-src 'none'", "script", None),
        ("", "script", None),
    ],
)
def test_the_directive_that_decides(policy: str, besoin: Besoin, directive: str | None) -> None:
    assert refused(policy, SCRIPT, besoin) == ([directive] if directive else [])


def test_every_policy_has_to_agree() -> None:
    assert refused("script-src https:, script-src 'self', default-src *") == ["script-src"]


def test_a_nonce_or_a_hash_vouches_for_a_script() -> None:
    strict = "script-src 'nonce-abc' 'sha384-xyz' 'strict-dynamic'"
    assert refused(strict, Loaded(SCRIPT.url, nonce="abc")) == []
    assert refused(strict, Loaded(SCRIPT.url, nonce="")) == []
    assert refused(strict, Loaded(SCRIPT.url, ("sha384-xyz",))) == []
    assert refused(strict, Loaded(SCRIPT.url, nonce="autre")) == ["script-src"]
    assert refused(strict, Loaded(SCRIPT.url, ("sha384-xyz", "sha384-autre"))) == ["script-src"]
    assert refused(strict, Loaded(SCRIPT.url)) == ["script-src"]


def test_a_pages_own_site_is_itself() -> None:
    own = Loaded(f"{PAGE}/w/1.0.0/avis.js")
    assert refused("script-src 'self'", own) == []


@given(st.text(st.sampled_from("'*:/.;, abhnost-src"), max_size=60))
def test_any_text_is_judged(text: str) -> None:
    for policy in parse_policies(text):
        for besoin in ("script", "connect", "frame"):
            assert forbids(policy, besoin, SCRIPT, None) in (None, *policy)


@pytest.mark.parametrize("isolation", ["direct", "cadre"])
def test_what_is_to_be_added_is_enough_and_no_more(isolation: Isolation) -> None:
    wanted: tuple[Besoin, Besoin] = ("script", "frame" if isolation == "cadre" else "connect")
    added = "; ".join(" ".join(each) for each in directives(HERE, isolation).items())
    policy = f"default-src 'none'; {added}"
    assert [refused(policy, SCRIPT, besoin) for besoin in wanted] == [[], []]
    assert refused(policy, Loaded(HERE), "connect" if isolation == "cadre" else "frame")


def test_a_frame_for_what_the_script_does_not_draw_is_to_be_added_too() -> None:
    assert list(directives(HERE, "direct", cadre=True)) == [
        "script-src", "connect-src", "frame-src",
    ]  # fmt: skip
    assert directives(HERE, "cadre", cadre=True) == directives(HERE, "cadre")


@pytest.mark.parametrize("isolation", ["direct", "cadre"])
def test_each_server_is_told_the_same(isolation: Isolation) -> None:
    found = recettes(directives(HERE, isolation))
    assert [each.nom for each in found] == ["nginx", "Apache", "Django", "WordPress"]
    for recette in found:
        assert recette.lignes.count(HERE) == 2
        for directive in directives(HERE, isolation):
            assert directive in recette.lignes
