"""Citus, where it is there: an extension of PostgreSQL that spreads tables over several servers.

Tables that grow are spread by démarche, all alike; the small ones that they refer to are on every
server. Statements stay those of one PostgreSQL: each names its démarche, and so one server.
"""

from __future__ import annotations

from collections.abc import Sequence

from collector.store.contract import StoreError
from collector.store.postgres_said import Connection

_DISTRIBUTE = """/* Store.distribute */
-- Else a table that refers to one of these is changed first, and its numbers start again at 1.
set local citus.enable_local_reference_table_foreign_keys = off;
select create_reference_table('structure');
select create_reference_table('questionnaire');
select create_reference_table('demarche');
select create_reference_table('bouton');
select create_reference_table('questionnaire_de');
select create_reference_table('brouillon');
select create_reference_table('en_vigueur');
select create_reference_table('annotation');
select create_distributed_table('avis', 'demarche_id');
select create_distributed_table('agregat', 'demarche_id', colocate_with => 'avis');
select create_distributed_table('agregat_mois', 'demarche_id', colocate_with => 'avis');
select create_reference_table('etiquette');
select create_reference_table('horizon');
select create_distributed_table('suivi', 'demarche_id', colocate_with => 'avis');
select create_distributed_table('avis_etiquette', 'demarche_id', colocate_with => 'avis');
select create_distributed_table('retrait', 'demarche_id', colocate_with => 'avis');
select create_distributed_table('visite', 'demarche_id', colocate_with => 'avis');
select create_distributed_table('contact', 'demarche_id', colocate_with => 'avis');
select create_distributed_function(
    'record_batch(integer, avis_recu[], avis_recu[], compteur[])',
    'groupe', colocate_with => 'avis', force_delegation => true
);
"""


async def is_there(con: Connection) -> bool:
    """Whether this database has the extension."""
    return bool(await con.fetchval("select 1 from pg_extension where extname = 'citus'"))


async def is_distributed(con: Connection) -> bool:
    """Whether the tables are spread already."""
    if not await is_there(con):
        return False
    sql = "select 1 from pg_dist_partition where logicalrelid = to_regclass('avis')"
    return bool(await con.fetchval(sql))


async def distribute(con: Connection) -> bool:
    """Spread the tables, with what is in them, in one transaction. False: they are already.

    Raises StoreError where the extension is not.
    """
    if not await is_there(con):
        raise StoreError(
            "L’extension Citus n’est pas dans cette base. Installez-la sur chaque serveur, "
            "ajoutez-les à la grappe (« create extension citus », « citus_add_node »), "
            "puis relancez « jdma migrate --distribue »."
        )
    if await is_distributed(con):
        return False
    async with con.transaction():
        await con.execute(_DISTRIBUTE)
    return True


async def settings_off(con: Connection, names: Sequence[str]) -> list[str]:
    """Which of these settings are off, on whichever server."""
    shown = " || ' ' || ".join(f"current_setting('{name}')" for name in names)
    sql = f"select result from run_command_on_all_nodes($$select {shown}$$) where success"
    found = [str(row[0]).split() for row in await con.fetch(sql)]
    return [name for i, name in enumerate(names) if any(each[i] == "off" for each in found)]
