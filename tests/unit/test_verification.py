"""Pages as porteurs paste them, and what there is to say of each."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from admin_ui.boutons.constats import Attendu, Constat, Etat
from admin_ui.boutons.page_lue import read_headers, read_page
from admin_ui.boutons.verification import verify
from collector.catalogue import shipped_questionnaires
from collector.domain import Catalogue, Contact
from collector.releases import Releases, snippet
from tests.world import AILLEURS, CARTE, FIN, LONGUE, VILLE

RELEASES = Releases()
HERE = "https://avis.exemple.fr"
CATALOGUE = Catalogue(
    1, {1: VILLE}, {1: CARTE, 2: LONGUE}, {FIN.code: FIN, AILLEURS.code: AILLEURS},
    shipped_questionnaires(),
)  # fmt: skip
ATTENDU = Attendu(FIN, CATALOGUE, HERE, RELEASES)
LINES = snippet(HERE, RELEASES, FIN.code)
SCRIPT, ELEMENT = LINES.splitlines()
OLD = RELEASES.versions[0]


def found(html: str = "", headers: str = "", adresse: str = "") -> list[Constat]:
    return verify(replace(ATTENDU, adresse=adresse), html, headers)


def wrong(html: str = "", headers: str = "", adresse: str = "", etat: Etat = "faux") -> list[str]:
    return [each.phrase for each in found(html, headers, adresse) if each.etat == etat]


@pytest.mark.parametrize("mode", ["dialogue", "integre", "flottant", "lien"])
@pytest.mark.parametrize("isolation", ["direct", "cadre"])
def test_a_page_with_the_two_lines_is_right(mode: str, isolation: str) -> None:
    lines = snippet(HERE, RELEASES, FIN.code, mode, isolation)
    page = f"<!doctype html><title>Merci</title>\n{lines}\n"
    assert {each.etat for each in found(page, adresse="https://www.exemple.fr/merci")} == {"bon"}


@pytest.mark.parametrize(
    ("html", "said"),
    [
        (ELEMENT, "Le script du bouton n’est pas dans cette page"),
        (SCRIPT, "Ni bouton ni lien"),
        ("<p>Bonjour</p>", "Ni bouton ni lien"),
        (f"<!-- {LINES} -->", "Ni bouton ni lien"),
        (f"<textarea>{LINES}</textarea>", "Ni bouton ni lien"),
        (f"{SCRIPT}<mon-avis></mon-avis>", "ne contient pas de lien"),
        (f"{SCRIPT}<mon-avis></mon-avis><a href='{HERE}/f/{FIN.code}'>", "ne contient pas de lien"),
        (LINES.replace(f"/f/{FIN.code}", "/f/zzzzzz"), "un bouton qui n’existe pas (zzzzzz)"),
        (LINES.replace(f"/f/{FIN.code}", "/formulaire"), "ne mène pas à un formulaire"),
        (LINES.replace(f"{HERE}/f/", "https://autre.fr/f/"), "ne mène pas à un formulaire"),
        (LINES.replace(f'src="{HERE}', 'src="https://cdn.fr'), "d’une autre adresse"),
        (LINES.replace(f'src="{HERE}', 'src="'), "d’une autre adresse"),
        (LINES.replace(f"/w/{RELEASES.newest}/", "/w/9.9.9/"), "La version 9.9.9 n’existe pas"),
        (LINES.replace("sha384-", "sha384-X"), "n’est pas celui de la version"),
        (LINES.replace(' crossorigin="anonymous"', ""), "L’attribut crossorigin manque"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_said_and_how_to_mend_it(html: str, said: str) -> None:
    [phrase] = wrong(html)
    assert said in phrase
    [constat] = [each for each in found(html) if each.etat == "faux"]
    assert HERE in constat.a_copier or constat.a_copier.startswith(("integrity=", "crossorigin="))


@pytest.mark.parametrize(
    ("html", "said"),
    [
        (LINES + SCRIPT, "plusieurs fois"),
        (LINES.replace(" defer", ""), "L’attribut defer manque"),
        (LINES.replace(f"/w/{RELEASES.newest}/", "/w/1/"), "elle change sans vous"),
        (LINES.replace(' integrity="', ' data-i="'), "L’attribut integrity manque"),
        (LINES.replace(FIN.code, AILLEURS.code), "mène à un autre bouton"),
        (LINES.replace("<mon-avis", '<mon-avis affichage="popup"'), "« popup » n’existe pas"),
        (LINES.replace("<mon-avis", '<mon-avis isolation="oui"'), "« oui » n’existe pas"),
    ],
)
def test_what_could_be_better_is_said_apart(html: str, said: str) -> None:
    assert any(said in phrase for phrase in wrong(html, etat="attention"))
    assert wrong(html) == []


def test_an_older_release_still_works_and_is_said_to_be_older() -> None:
    assert RELEASES.newest != OLD, "there is but one release to judge by"
    integrity = RELEASES.file(OLD, "avis.js").integrity
    script = (
        f'<script src="{HERE}/w/{OLD}/avis.js" integrity="{integrity}" crossorigin defer></script>'
    )
    assert any(f"La version {OLD} marche toujours" in each
               for each in wrong(script + ELEMENT, etat="attention"))  # fmt: skip
    assert wrong(script + ELEMENT) == []


def test_a_link_alone_or_a_frame_is_enough() -> None:
    for html in (f'<a href="{HERE}/f/{FIN.code}">', f'<iframe src="{HERE}/f/{FIN.code}?cadre=1">'):
        assert wrong(html) == []
        assert "Le lien mène au formulaire de ce bouton" in str(found(html))


def test_addresses_are_read_as_the_page_means_them() -> None:
    at_home = LINES.replace(f'="{HERE}', '="')
    assert wrong(at_home, adresse=f"{HERE}/page") == []
    assert wrong(at_home, adresse="https://www.exemple.fr/page")


def test_a_site_that_is_not_on_the_list_is_named() -> None:
    assert wrong(adresse="https://www.exemple.fr/merci?x=1") == []
    for adresse in ("https://exemple.fr/", "http://www.exemple.fr", "https://www.exemple.fr:8443"):
        [phrase] = wrong(adresse=adresse)
        assert "n’est pas dans la liste du bouton" in phrase


CSP = "Content-Security-Policy: "
STRICT = f"default-src 'none'; script-src {HERE}; connect-src {HERE}"


@pytest.mark.parametrize(
    ("html", "headers", "said"),
    [
        (LINES, "HTTP/2 200\ncontent-type: text/html\n", []),
        (LINES, f"{CSP}{STRICT}", []),
        (LINES, f"{CSP}script-src 'self'", ["interdit le script du bouton"]),
        (LINES, f"{CSP}default-src 'self'", ["le script du bouton", "demander les questions"]),
        (LINES, f"{CSP}default-src 'none'", ["directive script-src avec", "à la place de 'none'"]),
        (LINES, f"{CSP}{STRICT}, script-src 'none'", ["à la directive script-src à la place de"]),
        (f'<a href="{HERE}/f/{FIN.code}"><iframe src="//a.fr">', f"{CSP}default-src 'none'", []),
        (f"<meta http-equiv=content-security-policy content=sandbox>{LINES}", "", []),
        (LINES, f"{CSP}script-src {HERE}; connect-src 'self'", ["demander les questions"]),
        (LINES, f"{CSP}{STRICT}\n{CSP}script-src 'self'", ["le script du bouton"]),
        (LINES, f"{CSP}sandbox; {STRICT}", ["La directive sandbox"]),
        (LINES, f"{CSP}sandbox allow-scripts; {STRICT}", []),
        (LINES.replace("<mon-avis", '<mon-avis isolation="cadre"'), f"{CSP}{STRICT}",
         ["le cadre du formulaire"]),
        (LINES.replace("<script", '<script nonce="abc"'),
         f"{CSP}script-src 'nonce-abc' 'strict-dynamic'", []),
        (LINES, f"{CSP}script-src 'strict-dynamic' {HERE}", ["doit porter le nonce de la page"]),
        ("", f"{CSP}script-src 'self'", ["le script du bouton"]),
        (f"<meta http-equiv=content-security-policy content=\"script-src 'self'\">{LINES}", "",
         ["le script du bouton"]),
        (f'<iframe src="{HERE}/f/{FIN.code}">', f"{CSP}frame-src 'self'",
         ["le cadre du formulaire"]),
    ],
)  # fmt: skip
def test_a_policy_that_forbids_the_button_is_named(
    html: str, headers: str, said: list[str]
) -> None:
    phrases = wrong(html, headers)
    assert len(phrases) == len(said)
    for phrase, part in zip(phrases, said, strict=True):
        assert part in phrase


def test_a_frame_is_to_be_allowed_for_what_the_script_does_not_draw() -> None:
    asked = CATALOGUE.questionnaires[CARTE.questionnaire]
    contact = Contact(asked.titre, asked.titre, asked.titre)
    more = {asked.id: replace(asked, contact=contact)}
    attendu = replace(ATTENDU, catalogue=replace(CATALOGUE, questionnaires=more))
    faux = [each.phrase for each in verify(attendu, LINES, CSP + STRICT) if each.etat == "faux"]
    assert len(faux) == 1
    assert "le cadre du formulaire" in faux[0]
    assert wrong(LINES, CSP + STRICT) == []


def test_headers_that_forbid_nothing_yet_are_told_apart() -> None:
    trial = "Content-Security-Policy-Report-Only: script-src 'none'"
    assert wrong(LINES, trial) == []
    assert any("Report-Only" in phrase for phrase in wrong(LINES, trial, etat="attention"))
    assert any("isolation entre origines" in phrase for phrase in wrong(
        LINES, "Cross-Origin-Embedder-Policy: require-corp", etat="attention"))  # fmt: skip
    assert any("« Nom: valeur »" in p for p in wrong(LINES, "n’importe quoi", etat="attention"))


def test_headers_are_read_as_tools_show_them() -> None:
    text = "HTTP/1.1 200 OK\n< Content-Type: text/html\nX: a\n  b\n\n< >\nY:c"
    assert read_headers(text) == [("content-type", "text/html"), ("x", "a b"), ("y", "c")]


def test_what_was_pasted_is_not_said_again_in_full() -> None:
    long = LINES.replace("/f/", "/" + "x" * 5_000 + "/")
    assert max(len(each.phrase) for each in found(long)) < 400


@pytest.mark.parametrize("part", ["<a ", "<!--", "<a b='", "</", "<a b=c "])
def test_a_long_page_without_end_is_read_to_its_end(part: str) -> None:
    """The parser of the standard library would need minutes for the first of these."""
    page = part * (256 * 1024 // len(part))
    assert read_page(f"{LINES}{page}").boutons[0].href == f"{HERE}/f/{FIN.code}"


@given(st.text(st.sampled_from("<>/= \"'&;abimnos-v[:\x00é"), max_size=200), st.text(max_size=50))
def test_any_text_is_judged_and_none_breaks(html: str, headers: str) -> None:
    found(f"<mon-avis><a href='{html}'></a>{html}", headers, "https://www.exemple.fr/")
    found(f"<script src='//[{html}/avis.js'></script>", headers)
