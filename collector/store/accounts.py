"""What a store keeps of people: accounts, rights, sessions, one-time links.

The same words for every engine. Instants are ISO 8601 in UTC; what opens something is known by its
SHA-256 only.
"""

from __future__ import annotations

import json
from collections.abc import Sequence

from collector.comptes import Compte, Droit, Entrant, Lien, Ouverture
from collector.store.contract import Duplicate, Row
from collector.store.keeping import KEPT
from collector.store.plain import PlainStore

_COMPTE, _DROIT = KEPT["compte"], KEPT["droit"]
_OUVERTURE = (
    "empreinte", "compte_id", "methode", "cree_le", "vu_le", "expire_le", "entiere",
)  # fmt: skip
_LIEN = ("empreinte", "usage", "compte_id", "cree_le", "expire_le", "courriel")


def _columns(table: str, names: Sequence[str]) -> str:
    return ", ".join(f"{table}.{name}" for name in names)


class AccountStore(PlainStore):
    """Accounts, rights, sessions and one-time links, each change committed when it returns."""

    # Accounts

    async def add_compte(self, compte: Compte) -> int:
        """The new id (the id given is ignored). Raises Duplicate: one e-mail, one account."""
        sql = """/* Store.add_compte */
        insert into compte (courriel, nom, cree_le, mot_de_passe)
        values ($1, $2, $3, $4)
        on conflict (courriel) do nothing
        returning id
        """
        c = compte
        found = await self._commit(sql, c.courriel, c.nom, c.cree_le, c.mot_de_passe)
        if not found:
            raise Duplicate(c.courriel)
        return int(found[0][0])

    async def comptes(self) -> list[Compte]:
        """Every account, by name."""
        sql = f"""/* Store.comptes */
        select {_columns("compte", _COMPTE)}
        from compte
        order by lower(nom), id
        """
        [found] = await self._read((sql, ()))
        return [_compte(row) for row in found]

    async def compte(self, id: int) -> Compte | None:
        return await self._compte("id", id)

    async def compte_of(self, courriel: str) -> Compte | None:
        """The account of an e-mail address, as it is kept: in small letters."""
        return await self._compte("courriel", courriel)

    async def _compte(self, by: str, value: object) -> Compte | None:
        sql = f"""/* Store.compte */
        select {_columns("compte", _COMPTE)}
        from compte
        where {by} = $1
        """
        [found] = await self._read((sql, (value,)))
        return _compte(found[0]) if found else None

    async def name_compte(self, id: int, nom: str) -> None:
        await self._commit("/* Store.name_compte */ update compte set nom = $2 where id = $1",
                           id, nom)  # fmt: skip

    async def move_compte(self, id: int, courriel: str) -> bool:
        """Give an account another e-mail address. False when somebody else has it."""
        sql = """/* Store.move_compte */
        update compte
        set courriel = $2
        where id = $1
        and not exists (select 1 from compte where courriel = $2)
        returning id
        """
        return bool(await self._commit(sql, id, courriel))

    async def set_password(self, id: int, mot_de_passe: str) -> None:
        """Set the hash of a new password."""
        sql = "/* Store.set_password */ update compte set mot_de_passe = $2 where id = $1"
        await self._commit(sql, id, mot_de_passe)

    async def set_totp(self, id: int, totp: str | None, secours: Sequence[str]) -> None:
        """Turn codes on, with the SHA-256 of the recovery codes, or off."""
        sql = """/* Store.set_totp */
        update compte
        set totp = $2, totp_pas = 0, secours = $3
        where id = $1
        """
        await self._commit(sql, id, totp, json.dumps(list(secours)))

    async def use_totp(self, id: int, pas: int) -> bool:
        """Take a code: False when it, or a later one, was taken already."""
        sql = """/* Store.use_totp */
        update compte
        set totp_pas = $2
        where id = $1
        and totp_pas < $2
        returning id
        """
        return bool(await self._commit(sql, id, pas))

    async def use_secours(self, id: int, before: Sequence[str], after: Sequence[str]) -> bool:
        """Take a recovery code: False when another one was taken since `before` was read."""
        sql = """/* Store.use_secours */
        update compte
        set secours = $3
        where id = $1
        and secours = $2
        returning id
        """
        return bool(await self._commit(sql, id, json.dumps(list(before)), json.dumps(list(after))))

    async def close_compte(self, id: int, le: str | None) -> None:
        """Close an account, or open it again (None). Its sessions and links end."""
        sql = "/* Store.close_compte */ update compte set ferme_le = $2 where id = $1"
        await self._commit(sql, id, le)
        await self.end_sessions(id)
        await self.drop_liens(id)

    # Rights

    async def add_droit(self, droit: Droit) -> int:
        """The new id (the id given is ignored)."""
        sql = f"""/* Store.add_droit */
        insert into droit ({", ".join(_DROIT[1:])})
        values ($1, $2, $3, $4, $5, $6, $7, $8)
        returning id
        """
        d = droit
        place = (d.compte_id, d.role, d.structure_id, d.demarche_id, int(d.verbatims))
        [(id,)] = await self._commit(sql, *place, d.donne_le, d.donne_par, int(d.contacts))
        return int(id)

    async def droits(self, compte_id: int | None = None) -> list[Droit]:
        """The rights of an account, or of all, by id."""
        sql = f"""/* Store.droits */
        select {_columns("droit", _DROIT)}
        from droit
        where cast($1 as integer) is null or compte_id = $1
        order by id
        """
        [found] = await self._read((sql, (compte_id,)))
        return [_droit(row) for row in found]

    async def drop_droit(self, compte_id: int, id: int) -> bool:
        sql = (
            "/* Store.drop_droit */ delete from droit where compte_id = $1 and id = $2 returning id"
        )
        return bool(await self._commit(sql, compte_id, id))

    # Sessions

    async def open_session(self, session: Ouverture) -> None:
        sql = f"""/* Store.open_session */
        insert into session ({", ".join(_OUVERTURE)})
        values ($1, $2, $3, $4, $5, $6, $7)
        """
        s = session
        when = (s.cree_le, s.vu_le, s.expire_le)
        await self._commit(sql, s.empreinte, s.compte_id, s.methode, *when, int(s.entiere))

    async def session(self, empreinte: str) -> Entrant | None:
        """A session with its account and its rights, in one question; over or not."""
        sql = f"""/* Store.session */
        select
            {_columns("session", _OUVERTURE)},
            {_columns("compte", _COMPTE)},
            {_columns("droit", _DROIT)}
        from session
        join compte on compte.id = session.compte_id
        left join droit on droit.compte_id = compte.id
        where session.empreinte = $1
        order by droit.id
        """
        [found] = await self._read((sql, (empreinte,)))
        if not found:
            return None
        a, b = len(_OUVERTURE), len(_OUVERTURE) + len(_COMPTE)
        droits = tuple(_droit(row[b:]) for row in found if row[b] is not None)
        return Entrant(_ouverture(found[0][:a]), _compte(found[0][a:b]), droits)

    async def sessions(self, compte_id: int) -> list[Ouverture]:
        """The sessions of an account, the last one used first."""
        sql = f"""/* Store.sessions */
        select {_columns("session", _OUVERTURE)}
        from session
        where compte_id = $1
        order by vu_le desc
        """
        [found] = await self._read((sql, (compte_id,)))
        return [_ouverture(row) for row in found]

    async def see_session(self, empreinte: str, le: str) -> None:
        """Note that a session, and so its account, was used."""
        sql = "/* Store.see_session */ update session set vu_le = $2 where empreinte = $1"
        await self._commit(sql, empreinte, le)
        sql = """/* Store.see_session */
        update compte
        set vu_le = $2
        where id = (select compte_id from session where empreinte = $1)
        """
        await self._commit(sql, empreinte, le)

    async def end_session(self, compte_id: int, empreinte: str) -> bool:
        sql = """/* Store.end_session */
        delete from session
        where compte_id = $1
        and empreinte = $2
        returning empreinte
        """
        return bool(await self._commit(sql, compte_id, empreinte))

    async def end_sessions(self, compte_id: int, but: str = "") -> int:
        """End the sessions of an account, but for one of them; how many there were."""
        sql = """/* Store.end_sessions */
        delete from session
        where compte_id = $1
        and empreinte <> $2
        returning empreinte
        """
        return len(await self._commit(sql, compte_id, but))

    async def drop_over(self, expired: str, unused: str) -> None:
        """Delete the sessions that ended before `expired` or were last used before `unused`, and
        the links that ended before `expired`."""
        sql = "/* Store.drop_over */ delete from session where expire_le < $1 or vu_le < $2"
        await self._commit(sql, expired, unused)
        await self._commit("/* Store.drop_over */ delete from lien where expire_le < $1", expired)

    # One-time links

    async def add_lien(self, lien: Lien) -> None:
        """Keep a link; the account's older ones for the same use are worth nothing any more."""
        sql = "/* Store.add_lien */ delete from lien where compte_id = $1 and usage = $2"
        await self._commit(sql, lien.compte_id, lien.usage)
        sql = f"""/* Store.add_lien */
        insert into lien ({", ".join(_LIEN)})
        values ($1, $2, $3, $4, $5, $6)
        """
        when = (lien.cree_le, lien.expire_le)
        await self._commit(sql, lien.empreinte, lien.usage, lien.compte_id, *when, lien.courriel)

    async def lien(self, empreinte: str) -> Lien | None:
        """A link that was not used yet; over or not."""
        sql = f"/* Store.lien */ select {', '.join(_LIEN)} from lien where empreinte = $1"
        [found] = await self._read((sql, (empreinte,)))
        return Lien(*found[0]) if found else None

    async def use_lien(self, empreinte: str) -> bool:
        """Take a link: True once, whoever else tries."""
        sql = "/* Store.use_lien */ delete from lien where empreinte = $1 returning usage"
        return bool(await self._commit(sql, empreinte))

    async def drop_liens(self, compte_id: int) -> None:
        await self._commit("/* Store.drop_liens */ delete from lien where compte_id = $1",
                           compte_id)  # fmt: skip


def _compte(row: Row) -> Compte:
    values = dict(zip(_COMPTE, row, strict=True))
    return Compte(**{**values, "secours": tuple(json.loads(values["secours"]))})


def _droit(row: Row) -> Droit:
    values = dict(zip(_DROIT, row, strict=True))
    granted = {name: bool(values[name]) for name in ("verbatims", "contacts")}
    return Droit(**{**values, **granted})


def _ouverture(row: Row) -> Ouverture:
    values = dict(zip(_OUVERTURE, row, strict=True))
    return Ouverture(**{**values, "entiere": bool(values["entiere"])})
