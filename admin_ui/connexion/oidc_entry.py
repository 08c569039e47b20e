"""Which account an identity at a provider opens, and with which rights.

An e-mail address alone never opens an account that somebody uses: whoever can get the address
vouched for by the provider would have taken it over. It opens one that was made for it by an
invitation and that nobody has used yet; the others are linked by those who are signed in to them.
"""

from __future__ import annotations

import contextlib
from collections.abc import Collection, Sequence

from starlette.requests import Request

from admin_ui.connexion.inviting import said
from admin_ui.connexion.oidc import Identite, OidcRefused
from admin_ui.gate import store_of
from admin_ui.noting import note
from collector.comptes import Compte, Droit, Rattachement
from collector.parts import parts_of
from collector.privacy.contact import COURRIEL
from collector.store.contract import Duplicate

PAR_SIRET = "siret"
"""Who gave a right, when it is the SIRET that a provider says."""


async def account_of(request: Request, identite: Identite) -> Compte:
    """The open account of somebody who has a right at least. Raises OidcRefused."""
    compte = await _known(request, identite) or await _first_time(request, identite)
    if compte.ferme_le:
        raise OidcRefused("ferme", compte)
    if not await _rights(request, identite, compte):
        raise OidcRefused("sans_droit", compte)
    return compte


async def link(request: Request, identite: Identite, compte: Compte) -> None:
    """Have an identity open an account from now on. Raises OidcRefused « prise »."""
    le = parts_of(request).clock.now().recu_le
    new = Rattachement(identite.emetteur, identite.sujet, compte.id, le, le)
    if not await store_of(request).add_identite(new):
        raise OidcRefused("prise", compte)
    await note(request, compte, "identite_liee")


async def _known(request: Request, identite: Identite) -> Compte | None:
    store = store_of(request)
    known = await store.identite(identite.emetteur, identite.sujet)
    if known is None:
        return None
    le = parts_of(request).clock.now().recu_le
    await store.see_identite(identite.emetteur, identite.sujet, le)
    return await store.compte(known.compte_id)


async def _first_time(request: Request, identite: Identite) -> Compte:
    """The account that was made for this address, else a new one, without rights."""
    courriel = (identite.courriel or "").casefold()
    if not COURRIEL.fullmatch(courriel):
        raise OidcRefused("courriel")
    store = store_of(request)
    compte = await store.compte_of(courriel) or await _new(request, courriel, identite.nom)
    if compte.ferme_le:
        raise OidcRefused("ferme", compte)
    if compte.mot_de_passe or compte.vu_le or await store.identites(compte.id):
        raise OidcRefused("local", compte)
    await link(request, identite, compte)
    await store.drop_liens(compte.id)  # the invitation was answered
    if not compte.nom:
        await store.name_compte(compte.id, identite.nom)
    return compte


async def _new(request: Request, courriel: str, nom: str) -> Compte:
    store, le = store_of(request), parts_of(request).clock.now().recu_le
    with contextlib.suppress(Duplicate):  # made meanwhile
        await store.add_compte(Compte(0, courriel, nom, le))
    made = await store.compte_of(courriel)
    assert made is not None
    return made


# Rights by SIRET


async def _rights(request: Request, identite: Identite, compte: Compte) -> Sequence[Droit]:
    """The rights of an account, those by SIRET brought up to what its provider says today: whoever
    has left an administration has not its rights any more."""
    return await _follow(request, compte, await _structures(request, identite.siret))


async def unlink(request: Request, compte: Compte, emetteur: str) -> None:
    """Have its identity at a provider open an account no more. Nobody says any longer where this
    person works: rights by SIRET go with it."""
    await store_of(request).drop_identite(compte.id, emetteur)
    await note(request, compte, "identite_deliee")
    await _follow(request, compte, ())


async def _follow(request: Request, compte: Compte, structures: Collection[int]) -> Sequence[Droit]:
    """The rights of an account, once those by SIRET are on these structures and nowhere else."""
    store, le = store_of(request), parts_of(request).clock.now().recu_le
    droits = await store.droits(compte.id)
    given, taken = by_siret(droits, structures)
    for structure_id in sorted(given):
        droit = Droit(0, compte.id, "lecteur", structure_id, donne_le=le, donne_par=PAR_SIRET)
        await store.add_droit(droit)
        await _note_droit(request, compte, "droit_donne", droit)
    for droit in taken:
        await store.drop_droit(compte.id, droit.id)
        await _note_droit(request, compte, "droit_retire", droit)
    return await store.droits(compte.id) if given or taken else droits


async def _note_droit(request: Request, compte: Compte, action: str, droit: Droit) -> None:
    catalogue = await parts_of(request).catalogue.get()
    words = said(droit, catalogue)
    await note(request, compte, action, droit=words, par=PAR_SIRET)


def by_siret(droits: Sequence[Droit], structures: Collection[int]) -> tuple[set[int], list[Droit]]:
    """The structures on which a right is to be given, and the rights to be taken back, so that
    those given by SIRET are on `structures` and nowhere else."""
    given = {d.structure_id for d in droits if d.structure_id is not None}
    taken = [d for d in droits if d.donne_par == PAR_SIRET and d.structure_id not in structures]
    return set(structures) - given, taken


async def _structures(request: Request, siret: str | None) -> set[int]:
    parts = parts_of(request)
    if siret is None or not parts.settings.oidc_siret:
        return set()
    catalogue = await parts.catalogue.get()
    return {each.id for each in catalogue.structures.values() if each.siret == siret}
