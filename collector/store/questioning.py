"""What a store keeps of questionnaires besides their words: whose they are, the one that is being
written for a démarche, and since when each was in force. The same words for every engine.

A questionnaire is immutable, and so nothing here changes one. Instants are ISO 8601 in UTC.
"""

from __future__ import annotations

from typing import NamedTuple

from collector.domain import AVIS
from collector.store.plain import PlainStore, Query

_ASK = "/* Store.put_in_force */ update demarche set questionnaire = $2 where id = $1"

_OWN = """/* Store.publish */
insert into questionnaire_de (questionnaire, structure_id, publie_le, par)
values ($1, $2, $3, $4)
"""

_END = "/* Store.publish */ delete from brouillon where demarche_id = $1"


class EnVigueur(NamedTuple):
    """A questionnaire put in force for a démarche. `depuis` and `par` are empty for the first one
    that is known: it was there before anybody noted it. `nom`: of the account, when it is read."""

    questionnaire: str
    depuis: str
    par: str
    nom: str = ""


class Propriete(NamedTuple):
    """Who published a questionnaire, and the structure whose it is."""

    structure_id: int
    publie_le: str
    par: str


class Ecrit(NamedTuple):
    """The draft of a démarche, as JSON text. `modifie_le` says which state of it this is."""

    contenu: str
    par: str
    modifie_le: str
    nom: str = ""


class Questioning(NamedTuple):
    """What is known of a démarche's questionnaires. `en_vigueur`: the oldest first; nothing as long
    as there was but one. `mois`: that of the first avis counted (YYYY-MM), by questionnaire.
    `proprietes`: whose questionnaires are, of every structure, by id."""

    en_vigueur: list[EnVigueur]
    brouillon: Ecrit | None
    mois: dict[str, str]
    proprietes: dict[str, Propriete]


class Publie(NamedTuple):
    """A questionnaire that is published for a démarche, which asked `avant` until now."""

    id: str
    contenu: str
    structure_id: int
    demarche_id: int
    avant: str
    le: str
    par: str


_NOTED = """/* Store.questioning */
select questionnaire, depuis, par, coalesce(nullif(nom, ''), par) as nom, null as contenu
from en_vigueur
left join compte on en_vigueur.par = 'compte ' || compte.id
where demarche_id = $1
union all
select null, modifie_le, par, coalesce(nullif(nom, ''), par), contenu
from brouillon
left join compte on brouillon.par = 'compte ' || compte.id
where demarche_id = $1
order by depuis
"""

_MOIS = f"""/* Store.questioning */
select questionnaire, min(mois)
from (
    select questionnaire, mois
    from agregat_mois
    where demarche_id = $1
    and dimension = '{AVIS}'
    group by questionnaire, mois
    having sum(n) > 0
) as counted
group by questionnaire
"""

_PROPRIETES = """/* Store.questioning */
select questionnaire, structure_id, publie_le, par
from questionnaire_de
order by questionnaire
"""


class QuestioningStore(PlainStore):
    """Drafts, whose questionnaires are, and which one a démarche asks since when."""

    async def questioning(self, demarche_id: int) -> Questioning:
        """All of it at one same instant."""
        known = (demarche_id,)
        noted, mois, owned = await self._read((_NOTED, known), (_MOIS, known), (_PROPRIETES, ()))
        lines = [EnVigueur(*row[:-1]) for row in noted if row[0] is not None]
        drafts = [(contenu, par, le, nom) for id, le, par, nom, contenu in noted if id is None]
        return Questioning(
            lines,
            Ecrit(*drafts[0]) if drafts else None,
            dict(mois),
            {id: Propriete(*row) for id, *row in owned},
        )

    async def save_draft(self, demarche_id: int, ecrit: Ecrit, avant: str = "") -> bool:
        """Keep a draft in place of the state of `avant`; « »: there was none. False, and nothing
        changes, when it is not that state any more: somebody else wrote meanwhile."""
        given = (demarche_id, ecrit.contenu, ecrit.par, ecrit.modifie_le)
        if not avant:
            sql = """/* Store.save_draft */
            insert into brouillon (demarche_id, contenu, par, modifie_le)
            values ($1, $2, $3, $4)
            on conflict (demarche_id) do nothing
            returning demarche_id
            """
            return bool(await self._commit(sql, *given))
        sql = """/* Store.save_draft */
        update brouillon
        set contenu = $2, par = $3, modifie_le = $4
        where demarche_id = $1
        and modifie_le = $5
        returning demarche_id
        """
        return bool(await self._commit(sql, *given, avant))

    async def drop_draft(self, demarche_id: int, modifie_le: str) -> bool:
        """False, and nothing changes, when the draft is not in that state."""
        sql = """/* Store.drop_draft */
        delete from brouillon
        where demarche_id = $1
        and modifie_le = $2
        returning demarche_id
        """
        return bool(await self._commit(sql, demarche_id, modifie_le))

    async def publish(self, publie: Publie) -> bool:
        """Make a questionnaire known and put it in force for its démarche, whose draft ends. False,
        and nothing changes, when the id is taken."""
        sql = """/* Store.publish */
        insert into questionnaire (id, contenu)
        values ($1, $2)
        on conflict (id) do nothing
        returning id
        """
        p = publie
        then = (
            (_OWN, (p.id, p.structure_id, p.le, p.par)),
            (_ASK, (p.demarche_id, p.id)),
            *_noting(p.demarche_id, EnVigueur(p.id, p.le, p.par), p.avant),
            (_END, (p.demarche_id,)),
        )
        return bool(await self._change(sql, p.id, p.contenu, then=then))

    async def put_in_force(self, demarche_id: int, nouveau: EnVigueur, avant: str) -> bool:
        """Have a démarche ask another questionnaire. False, and nothing changes, when the one in
        force is not `avant`: somebody else changed it meanwhile."""
        sql = f"{_ASK} and questionnaire = $3 and questionnaire <> $2 returning id"
        wanted = (demarche_id, nouveau.questionnaire, avant)
        return bool(await self._change(sql, *wanted, then=_noting(demarche_id, nouveau, avant)))


def _noting(demarche_id: int, nouveau: EnVigueur, avant: str) -> tuple[Query, ...]:
    """Note the questionnaire of before, if nobody has noted any yet; then the new one."""
    first = """/* Store.put_in_force */
    insert into en_vigueur (demarche_id, depuis, questionnaire, par)
    values ($1, '', $2, '')
    on conflict (demarche_id, depuis) do nothing
    """
    # Of two changes in one millisecond, the last one is the one in force.
    line = """/* Store.put_in_force */
    insert into en_vigueur (demarche_id, depuis, questionnaire, par)
    values ($1, $2, $3, $4)
    on conflict (demarche_id, depuis)
    do update set questionnaire = excluded.questionnaire, par = excluded.par
    """
    given = (demarche_id, nouveau.depuis, nouveau.questionnaire, nouveau.par)
    return (first, (demarche_id, avant)), (line, given)
