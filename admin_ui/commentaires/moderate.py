"""What is done with comments: with one, or with those ticked in the list.

What takes something from those who read is confirmed where it is many, or for good. The journal
says what was done and to which avis, or to how many; never what was in them.
"""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple, get_args

from starlette.requests import Request
from starlette.responses import Response

from admin_ui.commentaires.comments import comment_page, context_of, opened_of
from admin_ui.commentaires.comments_asked import CLE, Asked, nothing_asked, parse_asked
from admin_ui.commentaires.comments_shown import ETATS, MOTIFS
from admin_ui.formulaire import Formulaire, form_of
from admin_ui.gate import agent_of, demarche_of, store_of
from admin_ui.noting import note_agent
from admin_ui.refusals import BadForm
from admin_ui.rendering import page, redirect
from admin_ui.sessions import empreinte
from collector.errors import BadFilter
from collector.moderation import AT_ONCE, MASQUE, MIN_PASSAGE, SPAM, Etat, Motif, masked
from collector.parse import MAX_VERBATIM, clean
from collector.parts import parts_of
from collector.store.admin import AdminStore
from collector.store.commented import Opened
from collector.store.moderating import Par

Verbe = Literal["marquer", "etiqueter", "desetiqueter", "spam", "reintegrer", "retirer", "remettre"]


@dataclass(frozen=True, slots=True)
class Geste:
    """Something to do, and what with: a state, a label, a reason."""

    verbe: Verbe
    etat: Etat = "a_lire"
    etiquette: int = 0
    motif: Motif = "injure"

    @property
    def removes(self) -> bool:
        return self.verbe in ("spam", "retirer")

    def as_dict(self) -> dict[str, object]:
        """What it was done with, for the journal."""
        match self.verbe:
            case "marquer":
                return {"etat": self.etat}
            case "etiqueter" | "desetiqueter":
                return {"etiquette": self.etiquette}
            case "retirer":
                return {"motif": self.motif}
            case "spam":
                return {"motif": SPAM}
        return {}


@dataclass(frozen=True, slots=True)
class Target:
    """The comments meant. `seen`: where the only one stood on the page it was chosen on."""

    demarche_id: int
    structure_id: int
    cles: Sequence[str]
    by: Par
    seen: str | None = None


_DO: Mapping[Verbe, Callable[[AdminStore, Target, Geste], Awaitable[int]]] = {
    "marquer": lambda store, t, geste: store.mark(
        t.demarche_id, t.cles, geste.etat, t.by, _etat(t.seen)
    ),
    "etiqueter": lambda store, t, geste: store.attach(
        t.demarche_id, t.cles, t.structure_id, geste.etiquette
    ),
    "desetiqueter": lambda store, t, geste: store.detach(t.demarche_id, t.cles, geste.etiquette),
    "spam": lambda store, t, _: store.set_aside_all(t.demarche_id, t.cles, SPAM),
    "reintegrer": lambda store, t, _: store.take_back_all(t.demarche_id, t.cles, t.seen),
    "retirer": lambda store, t, geste: store.withdraw(t.demarche_id, t.cles, geste.motif, t.by),
    "remettre": lambda store, t, _: store.put_back(t.demarche_id, t.cles),
}

# What the journal calls it, and what the next page says.
_DONE: Mapping[Verbe, str] = {
    "marquer": "commentaire_marque",
    "etiqueter": "commentaire_etiquete",
    "desetiqueter": "commentaire_desetiquete",
    "spam": "avis_ecarte",
    "reintegrer": "avis_reintegre",
    "retirer": "commentaire_retire",
    "remettre": "commentaire_remis",
}

_GESTE = re.compile("(?P<verbe>[a-z]+)(?:-(?P<quoi>[a-z0-9_]{1,30}))?")


def read_geste(word: str) -> Geste | None:
    """« marquer-lu », « etiqueter-12 », « retirer-injure », « spam »…; None for anything else."""
    found = _GESTE.fullmatch(word)
    if found is None or found["verbe"] not in get_args(Verbe):
        return None
    verbe: Verbe = found["verbe"]  # type: ignore[assignment]
    quoi = found["quoi"] or ""
    match verbe:
        case "marquer":
            return Geste(verbe, etat=quoi) if quoi in ETATS else None  # type: ignore[arg-type]
        case "etiqueter" | "desetiqueter":
            known = re.fullmatch("[0-9]{1,9}", quoi)
            return Geste(verbe, etiquette=int(quoi)) if known else None
        case "retirer":
            return Geste(verbe, motif=quoi) if quoi in MOTIFS else None  # type: ignore[arg-type]
    return None if quoi else Geste(verbe)


async def post_comments(request: Request) -> Response:
    """Do something with the comments that were ticked."""
    form, asked = await form_of(request), asked_of(request)
    back = _list(request, asked)
    cles = list(dict.fromkeys(form.liste("cle")))
    geste = read_geste(form.get("geste", ""))
    if not cles:
        return redirect(request, back, "rien_de_coche")
    if len(cles) > AT_ONCE or not all(map(CLE.fullmatch, cles)):
        raise BadForm
    if geste is None:
        return redirect(request, back, "geste_absent")
    if geste.removes and not form.coche("confirme"):
        context = {
            **context_of(request, asked, []),
            "geste": geste,
            "mot": form["geste"],
            "cles": cles,
            "retour": back,
        }
        return page(request, "commentaires_confirmer.html", context)
    done = await _DO[geste.verbe](store_of(request), _target(request, cles), geste)
    if not done:
        return redirect(request, back, "rien_a_changer")
    await _note(request, geste, nombre=done)
    return redirect(request, back, _DONE[geste.verbe])


async def post_comment(request: Request) -> Response:
    """Do something with one comment. Whoever comes second is shown what the first one did."""
    form, asked = await form_of(request), asked_of(request)
    cle = str(request.path_params["cle"])
    if form.get("geste") == "masquer":
        return await _mask(request, form, asked)
    geste = read_geste(form.get("geste", ""))
    if not CLE.fullmatch(cle) or geste is None:
        raise BadForm
    target = _target(request, [cle], form.get("vu"))
    done = await _DO[geste.verbe](store_of(request), target, geste)
    if not done:
        return redirect(request, _one(request, asked, cle), "deja_change")
    await _note(request, geste, cle=cle)
    next_ = form.get("suivant", "")  # of « Lu, au suivant »
    if CLE.fullmatch(next_):
        return redirect(request, _one(request, asked, next_), _DONE[geste.verbe], at="commentaire")
    return redirect(request, _one(request, asked, cle), _DONE[geste.verbe])


async def _mask(request: Request, form: Formulaire, asked: Asked) -> Response:
    """Show what a comment would be without a passage; then make it so, for good."""
    opened = await opened_of(request)
    before = opened.commente.avis.verbatim or ""
    passage = clean(form.secret("passage"))
    motif: Motif | None = next((each for each in MOTIFS if each == form.get("motif")), None)
    after = masked(before, passage, MAX_VERBATIM)
    if after is None:
        form.refuse("passage", _why_not(before, passage))
    if motif is None:
        form.refuse("motif", "Choisissez une raison.")
    if after is None or motif is None:
        return await comment_page(request, form, 422)
    # Only what was seen is masked: a comment that changed meanwhile is shown again.
    if form.get("vu") == empreinte(before):
        return await _mask_for_good(request, asked, Passage(opened, before, after, motif))
    context = {
        **context_of(request, asked, opened.etiquettes),
        "avis": opened.commente.avis,
        "pieces": after.split(MASQUE),
        "masque": MASQUE,
        "passage": passage,
        "motif": motif,
        "vu": empreinte(before),
        "ici_seul": _one(request, asked, opened.commente.avis.cle),
    }
    return page(request, "commentaire_masquer.html", context)


class Passage(NamedTuple):
    """A comment before and after a passage of it is masked, and why."""

    opened: Opened
    before: str
    after: str
    motif: Motif


async def _mask_for_good(request: Request, asked: Asked, passage: Passage) -> Response:
    demarche, cle = demarche_of(request), passage.opened.commente.avis.cle
    back = _one(request, asked, cle)
    texts = passage.before, passage.after
    if not await store_of(request).mask(demarche.id, cle, *texts, passage.motif, _by(request)):
        return redirect(request, back, "deja_change")
    sur = {"demarche": demarche.slug, "cle": cle, "motif": passage.motif}
    await note_agent(request, "commentaire_masque", **sur)
    return redirect(request, back, "commentaire_masque")


def _why_not(before: str, passage: str) -> str:
    if len("".join(passage.split())) < MIN_PASSAGE:
        return f"Écrivez le passage à masquer : {MIN_PASSAGE} caractères au moins."
    if " ".join(passage.split()) not in " ".join(before.split()):
        return (
            "Ce passage n’est pas dans le commentaire. Copiez-le tel quel, avec ses accents et "
            "ses majuscules."
        )
    return f"Masqué si souvent, le commentaire dépasserait {MAX_VERBATIM} caractères."


def asked_of(request: Request) -> Asked:
    """The list that something was done from; all of it when its address cannot be read."""
    agent, demarche = agent_of(request), demarche_of(request)
    try:
        return parse_asked(request.query_params.multi_items(), agent.catalogue, demarche)
    except BadFilter:
        return nothing_asked(demarche)


def _list(request: Request, asked: Asked) -> str:
    return f"/demarches/{demarche_of(request).slug}/commentaires{asked.query(asked.start)}"


def _one(request: Request, asked: Asked, cle: str) -> str:
    return f"/demarches/{demarche_of(request).slug}/commentaires/{cle}{asked.query()}"


def _target(request: Request, cles: Sequence[str], seen: str | None = None) -> Target:
    demarche = demarche_of(request)
    return Target(demarche.id, demarche.structure_id, cles, _by(request), seen)


def _by(request: Request) -> Par:
    compte = agent_of(request).compte
    return Par(compte.nom or compte.courriel, parts_of(request).clock.now().recu_le)


def _etat(word: str | None) -> Etat | None:
    return next((each for each in ETATS if each == word), None)


async def _note(request: Request, geste: Geste, **whom: object) -> None:
    slug = demarche_of(request).slug
    await note_agent(request, _DONE[geste.verbe], demarche=slug, **whom, **geste.as_dict())
