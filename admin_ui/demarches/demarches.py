"""The first page: the démarches that one may see; and adding one."""

from __future__ import annotations

from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import Response

from admin_ui.changement import note_change
from admin_ui.demarches.liste import (
    Demande,
    Liste,
    looked_at,
    main_codes,
    make_list,
    meant,
    parse_demande,
    period,
)
from admin_ui.formulaire import Formulaire, form_of
from admin_ui.gate import agent_of, store_of
from admin_ui.questionnaire.asking import shipped
from admin_ui.rendering import page, redirect
from admin_ui.saisies import read, read_one_of
from collector.domain import Catalogue, Demarche, Questionnaire
from collector.errors import NotFound
from collector.parts import parts_of
from collector.public_api import rules_of
from collector.saisie import LONGEST, propose_slug, read_slug, read_texte, read_url
from collector.store.contract import Duplicate

WITHOUT_TITRE = "Écrivez le titre de la démarche, tel que les usagers le lisent."
WITHOUT_STRUCTURE = "Choisissez une structure de la liste."
WITHOUT_QUESTIONNAIRE = "Choisissez un questionnaire de la liste."
STANDARD = "standard-1"


async def get_list(request: Request) -> Response:
    agent, parts, store = agent_of(request), parts_of(request), store_of(request)
    demande = parse_demande(request.query_params)
    today = parts.clock.now().jour
    visible = agent.demarches().values()
    needed = looked_at(meant(agent.catalogue, visible, demande), demande)
    counts = await store.answers_by_month(
        [each.id for each in needed], *period(today), main_codes(agent.catalogue, needed)
    )
    thresholds = rules_of(parts).thresholds
    liste = make_list(agent.catalogue, visible, counts, demande, today, thresholds)
    context = {
        "liste": liste,
        "derniers": await store.last_avis([each.demarche.id for each in liste.lignes]),
        "peut_creer": bool(agent.structures("regler")),
        "suites": _suites(liste),
    }
    return page(request, "demarches.html", context)


def _suites(liste: Liste) -> dict[str, str]:
    """The queries of the page before and of the next one."""
    asked = liste.demande
    around = {"avant": asked.page - 1, "apres": asked.page + 1}
    return {
        name: query_of(asked, number)
        for name, number in around.items()
        if 1 <= number <= liste.pages
    }


def query_of(demande: Demande, number: int) -> str:
    given = {
        "q": demande.q,
        "tri": demande.tri if demande.tri != "titre" else "",
        "archivees": "oui" if demande.archivees else "",
        "page": str(number) if number > 1 else "",
    }
    return f"?{urlencode({name: value for name, value in given.items() if value})}"


async def get_new(request: Request) -> Response:
    return _new_page(request, Formulaire([]))


async def post_new(request: Request) -> Response:
    form, agent = await form_of(request), agent_of(request)
    demarche = _read_new(request, form)
    if demarche is None:
        return _new_page(request, form, 422)
    if demarche.structure_id not in agent.structures("regler"):
        raise NotFound
    try:
        await store_of(request).add_demarche(demarche)
    except Duplicate:
        form.refuse("slug", "Une autre démarche a déjà ce nom court.")
        return _new_page(request, form, 422)
    await note_change(request, "demarche_creee", demarche=demarche.slug)
    return redirect(request, f"/demarches/{demarche.slug}/boutons", "demarche_creee")


def _read_new(request: Request, form: Formulaire) -> Demarche | None:
    """What was typed; None when something of it was refused."""
    agent = agent_of(request)
    catalogue = agent.catalogue
    structures = {str(id): each for id, each in agent.structures("regler").items()}
    titre = read(form, "titre", read_texte, WITHOUT_TITRE, LONGEST)
    structure = read_one_of(form, "structure", structures, WITHOUT_STRUCTURE)
    questionnaire = read_one_of(
        form, "questionnaire", _questionnaires(catalogue), WITHOUT_QUESTIONNAIRE
    )
    slug = read(form, "slug", read_slug, longest=LONGEST)
    url = read(form, "url", read_url)
    taken = {each.slug for each in catalogue.demarches.values()}
    if slug in taken and titre and slug == propose_slug(titre, ()):
        slug = ""  # what the script proposed, or would have: it is made different here
    if slug in taken:
        form.refuse("slug", "Une autre démarche a déjà ce nom court.")
    if form.erreurs or structure is None or questionnaire is None:
        return None
    return Demarche(
        id=0,
        slug=slug or propose_slug(titre, taken),
        titre=titre,
        structure_id=structure.id,
        questionnaire=questionnaire.id,
        url=url or None,
        publique=form.coche("publique"),
    )


def _questionnaires(catalogue: Catalogue) -> dict[str, Questionnaire]:
    """Those that are anybody's; a structure's own are chosen on the page of the questions."""
    return {id: catalogue.questionnaires[id] for id in sorted(shipped())}


def _new_page(request: Request, form: Formulaire, status: int = 200) -> Response:
    agent = agent_of(request)
    structures = sorted(agent.structures("regler").values(), key=lambda each: each.nom.casefold())
    questionnaires = _questionnaires(agent.catalogue).values()
    context = {
        "form": form,
        "structures": [(each.id, each.nom) for each in structures],
        "questionnaires": [(each.id, each.titre["fr"]) for each in questionnaires],
        "standard": STANDARD,
    }
    return page(request, "demarche_nouvelle.html", context, status)
