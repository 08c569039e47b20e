"""What a store keeps of the addresses that people left: the same words for every engine.

A table of its own. Each address is asked for with its démarche: nobody comes to another's by a key.
`Store.record` writes them, with the avis they came with.
"""

from __future__ import annotations

from typing import NamedTuple

from collector.domain import Avis, Coordonnees
from collector.store.plain import PlainStore
from collector.store.selecting import COLUMNS, read_avis

_CONTACT = ", ".join(
    f"cast(contact.{name} as text)" if name == "cle" else f"contact.{name}"
    for name in Coordonnees._fields
)
_NEWEST = ("~", "ffffffff-ffff-ffff-ffff-ffffffffffff")

LEAVE = f"""/* Store.record */
insert into contact ({", ".join(Coordonnees._fields)})
values ($1, $2, $3, $4, $5, $6, $7)
on conflict (demarche_id, cle)
do update set
    courriel = excluded.courriel,
    questionnaire = excluded.questionnaire,
    langue = excluded.langue,
    accord_le = excluded.accord_le
"""

FORGET = """/* Store.forget_contact */
delete from contact
where demarche_id = $1
and cle = $2
returning demarche_id
"""


class Joignable(NamedTuple):
    """An address, and the avis it was left with."""

    coordonnees: Coordonnees
    avis: Avis

    @property
    def place(self) -> tuple[str, str]:
        """Where it stands in the list of its démarche."""
        return self.coordonnees.accord_le, self.coordonnees.cle


class ContactStore(PlainStore):
    """Addresses that people left. Each deletion is committed when it returns."""

    async def contact(self, demarche_id: int, cle: str) -> Coordonnees | None:
        """The address left with an avis."""
        sql = f"""/* Store.contact */
        select {_CONTACT}
        from contact
        where demarche_id = $1
        and cle = $2
        """
        [found] = await self._read((sql, (demarche_id, cle)))
        return Coordonnees(*found[0]) if found else None

    async def contacts(
        self, demarche_id: int, limit: int, after: tuple[str, str] = _NEWEST
    ) -> list[Joignable]:
        """The next addresses of a démarche, the latest first: those after that `place`."""
        sql = f"""/* Store.contacts */
        select {_CONTACT}, {COLUMNS}
        from contact
        join avis
        on avis.demarche_id = contact.demarche_id
        and avis.cle = contact.cle
        where contact.demarche_id = $1
        and (contact.accord_le, contact.cle) < ($2, $3)
        order by contact.accord_le desc, contact.cle desc
        limit $4
        """
        [found] = await self._read((sql, (demarche_id, *after, limit)))
        n = len(Coordonnees._fields)
        return [Joignable(Coordonnees(*row[:n]), read_avis(row[n:])) for row in found]

    async def count_contacts(self, demarche_id: int, before: str | None = None) -> int:
        """How many addresses a démarche has: all, or those of avis of days before that one."""
        sql = """/* Store.count_contacts */
        select count(*)
        from contact
        where demarche_id = $1
        and (cast($2 as text) is null or jour < $2)
        """
        [[(n,)]] = await self._read((sql, (demarche_id, before)))
        return int(n)

    async def forget_contact(self, demarche_id: int, cle: str) -> bool:
        """Delete an address. False when there is none."""
        return bool(await self._commit(FORGET, demarche_id, cle))

    async def forget_contacts(self, demarche_id: int, before: str) -> int:
        """Delete those of avis of days before that one, YYYY-MM-DD; how many there were."""
        sql = """/* Store.forget_contacts */
        delete from contact
        where demarche_id = $1
        and jour < $2
        returning demarche_id
        """
        return len(await self._commit(sql, demarche_id, before))
