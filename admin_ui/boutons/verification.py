"""Whether a page carries a bouton as it should: what was pasted of it, judged. Pure.

Each finding is a sentence for who looks after the page; what is wrong says what to do.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from admin_ui.boutons.constats import Attendu, Constat, shortened
from admin_ui.boutons.page_lue import Attributes, PageLue, read_headers, read_page, scripts_of
from admin_ui.boutons.verification_csp import other_headers, policies
from collector.config import origin_of
from collector.releases import script_line
from collector.saisie import AFFICHAGES

_SCRIPT = re.compile(r"/w/(?P<version>[0-9]+(?:\.[0-9]+\.[0-9]+)?)/avis\.js")
_FORM = re.compile(r"/f/(?P<code>[0-9a-z]{4,16})/?")
_ISOLATIONS = ("", "direct", "cadre")


def verify(attendu: Attendu, html: str, headers: str) -> list[Constat]:
    """What there is to say of a page: of its address, its HTML, the headers it comes with; each
    may be missing."""
    page, given = read_page(html), read_headers(headers)
    found: list[Constat] = []
    if attendu.adresse:
        found.append(_site(attendu))
    if html:
        found += _scripts(attendu, page)
        found += _elements(attendu, page)
    if html or headers:
        found += policies(attendu, page, given)
    if headers:
        found += other_headers(given)
    return found


def _site(attendu: Attendu) -> Constat:
    origin = origin_of(attendu.adresse)
    if origin in (*attendu.bouton.origines, attendu.origin):
        return Constat("bon", f"Le site {origin} est dans la liste du bouton.")
    return Constat(
        "faux",
        f"Le site {origin} n’est pas dans la liste du bouton : ses avis seraient refusés. "
        "Ajoutez-le dans les réglages du bouton.",
        origin,
    )


# The script


def _scripts(attendu: Attendu, page: PageLue) -> Iterator[Constat]:
    found = scripts_of(page)
    if not found:
        if page.boutons:
            yield Constat(
                "faux",
                "Le script du bouton n’est pas dans cette page : il n’y restera qu’un lien.",
                script_line(attendu.base_url, attendu.releases),
            )
        return
    if len(found) > 1:
        yield Constat("attention", "Le script du bouton est plusieurs fois dans cette page.")
    yield from _script(attendu, found[0])


def _script(attendu: Attendu, script: Attributes) -> Iterator[Constat]:
    match = _SCRIPT.fullmatch(attendu.ours(script["src"]) or "")
    if match is None:
        yield Constat(
            "faux",
            f"Le script vient d’une autre adresse que ce collecteur : {shortened(script['src'])}",
            script_line(attendu.base_url, attendu.releases),
        )
        return
    yield Constat("bon", "Le script du bouton est dans la page.")
    yield _version(attendu, match["version"])
    yield from _integrity(attendu, script, match["version"])
    if not {"defer", "async"} & script.keys() and script.get("type") != "module":
        yield Constat(
            "attention", "L’attribut defer manque : la page attend le script pour s’afficher."
        )


def _version(attendu: Attendu, version: str) -> Constat:
    newest = attendu.releases.newest
    if version == newest:
        return Constat("bon", f"La version {version} est la plus récente.")
    if version == newest.partition(".")[0]:
        return Constat(
            "attention",
            f"L’adresse demande la dernière version {version} : elle change sans vous, et "
            "l’attribut integrity ne peut pas la protéger.",
            script_line(attendu.base_url, attendu.releases),
        )
    if version in attendu.releases.versions:
        return Constat(
            "attention",
            f"La version {version} marche toujours, mais la plus récente est la {newest}.",
            script_line(attendu.base_url, attendu.releases),
        )
    return Constat(
        "faux",
        f"La version {version} n’existe pas : le script ne se chargera pas.",
        script_line(attendu.base_url, attendu.releases),
    )


def _integrity(attendu: Attendu, script: Attributes, version: str) -> Iterator[Constat]:
    if version not in attendu.releases.versions:
        return
    wanted = attendu.releases.file(version, "avis.js").integrity
    given = script.get("integrity", "").split()
    if not given:
        yield Constat(
            "attention",
            "L’attribut integrity manque : un fichier modifié en chemin serait exécuté.",
            f'integrity="{wanted}"',
        )
        return
    if wanted not in given:
        yield Constat(
            "faux",
            f"L’attribut integrity n’est pas celui de la version {version} : le navigateur "
            "refusera le script.",
            f'integrity="{wanted}"',
        )
    elif "crossorigin" not in script:
        yield Constat(
            "faux",
            "L’attribut crossorigin manque : sans lui, un navigateur refuse un script qui a un "
            "attribut integrity et vient d’un autre site.",
            'crossorigin="anonymous"',
        )
    else:
        yield Constat("bon", f"L’attribut integrity est celui de la version {version}.")


# The element, its link


def _elements(attendu: Attendu, page: PageLue) -> Iterator[Constat]:
    if not page.boutons:
        yield from _without_element(attendu, page)
        return
    if len(page.boutons) > 1:
        yield Constat("bon", f"La page a {len(page.boutons)} éléments <mon-avis>.")
    for element in page.boutons:
        if element.href is None:
            yield Constat(
                "faux",
                "Un élément <mon-avis> ne contient pas de lien : sans lui, ni le script ni une "
                "personne sans JavaScript ne savent où répondre.",
                _link(attendu),
            )
            continue
        yield _leads(attendu, element.href)
        yield from _attributes(element.attributes)


def _without_element(attendu: Attendu, page: PageLue) -> Iterator[Constat]:
    forms = [each for each in (*page.liens, *page.cadres) if _code(attendu, each)]
    for each in dict.fromkeys(forms):
        yield _leads(attendu, each)
    if not forms:
        yield Constat(
            "faux",
            "Ni bouton ni lien vers le formulaire dans ce HTML. Si la page est construite par "
            "JavaScript, copiez-la depuis l’inspecteur du navigateur plutôt que sa source.",
            f"<mon-avis>{_link(attendu)}</mon-avis>",
        )


def _leads(attendu: Attendu, href: str) -> Constat:
    code = _code(attendu, href)
    if code is None:
        return Constat(
            "faux",
            f"Le lien ne mène pas à un formulaire de ce collecteur : {shortened(href)}",
            _link(attendu),
        )
    if code == attendu.bouton.code:
        return Constat("bon", f"Le lien mène au formulaire de ce bouton ({code}).")
    if code in attendu.catalogue.boutons:
        return Constat(
            "attention", f"Le lien mène à un autre bouton ({code}) : ses avis iront là.",
            _link(attendu),
        )  # fmt: skip
    return Constat("faux", f"Le lien mène à un bouton qui n’existe pas ({code}).", _link(attendu))


def _attributes(given: Attributes) -> Iterator[Constat]:
    affichage = given.get("affichage", "")
    if affichage and affichage not in AFFICHAGES:
        yield Constat(
            "attention",
            f"L’affichage « {shortened(affichage)} » n’existe pas : il n’y aura que le lien. "
            f"Il faut {', '.join(AFFICHAGES[:-1])} ou {AFFICHAGES[-1]}.",
        )
    isolation = given.get("isolation", "")
    if isolation not in _ISOLATIONS:
        yield Constat(
            "attention",
            f"L’isolation « {shortened(isolation)} » n’existe pas : il faut direct ou cadre.",
        )


def _link(attendu: Attendu) -> str:
    return f'<a href="{attendu.base_url}/f/{attendu.bouton.code}">Je donne mon avis</a>'


def _code(attendu: Attendu, href: str) -> str | None:
    """The code of the form that an address leads to; None when it is no form of ours."""
    match = _FORM.fullmatch(attendu.ours(href) or "")
    return match["code"] if match else None
