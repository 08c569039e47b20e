"""What a store keeps of people as providers of OpenID Connect know them."""

from __future__ import annotations

from collector.comptes import Rattachement
from collector.store.plain import PlainStore

_COLUMNS = "emetteur, sujet, compte_id, lie_le, vu_le"


class IdentiteStore(PlainStore):
    """Identities at providers and the accounts they open, each change committed when it returns."""

    async def add_identite(self, rattachement: Rattachement) -> bool:
        """False when this identity opens an account already, or this account has another identity
        at the same provider."""
        sql = f"""/* Store.add_identite */
        insert into identite ({_COLUMNS})
        values ($1, $2, $3, $4, $5)
        on conflict do nothing
        returning compte_id
        """
        r = rattachement
        return bool(await self._commit(sql, r.emetteur, r.sujet, r.compte_id, r.lie_le, r.vu_le))

    async def identite(self, emetteur: str, sujet: str) -> Rattachement | None:
        sql = f"""/* Store.identite */
        select {_COLUMNS}
        from identite
        where emetteur = $1
        and sujet = $2
        """
        [found] = await self._read((sql, (emetteur, sujet)))
        return Rattachement(*found[0]) if found else None

    async def identites(self, compte_id: int) -> list[Rattachement]:
        """Those that open an account, the oldest first."""
        sql = f"""/* Store.identites */
        select {_COLUMNS}
        from identite
        where compte_id = $1
        order by lie_le, emetteur
        """
        [found] = await self._read((sql, (compte_id,)))
        return [Rattachement(*row) for row in found]

    async def see_identite(self, emetteur: str, sujet: str, le: str) -> None:
        """Note that somebody came in with it."""
        sql = """/* Store.see_identite */
        update identite
        set vu_le = $3
        where emetteur = $1
        and sujet = $2
        """
        await self._commit(sql, emetteur, sujet, le)

    async def drop_identite(self, compte_id: int, emetteur: str) -> bool:
        """False when the account has none at this provider."""
        sql = """/* Store.drop_identite */
        delete from identite
        where compte_id = $1
        and emetteur = $2
        returning sujet
        """
        return bool(await self._commit(sql, compte_id, emetteur))

    # Signing out at the provider

    async def keep_id_token(self, empreinte: str, id_token: str) -> None:
        """Keep the token a session began with, for as long as the session."""
        sql = """/* Store.keep_id_token */
        insert into session_oidc (empreinte, id_token)
        values ($1, $2)
        """
        await self._commit(sql, empreinte, id_token)

    async def id_token(self, empreinte: str) -> str | None:
        sql = "/* Store.id_token */ select id_token from session_oidc where empreinte = $1"
        [found] = await self._read((sql, (empreinte,)))
        return str(found[0][0]) if found else None
