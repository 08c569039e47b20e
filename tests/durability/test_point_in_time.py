"""The recipe of examples/postgresql, run as it stands: the machine is lost, and an instant of it
comes back from a copy and the log that followed."""

from __future__ import annotations

import copy
import os
import random
import re
import subprocess
import sys
from datetime import date

from tests import postgres
from tests.durability.load import Ledger, audit, fresh_avis, next_step, send
from tests.durability.outside import ROOT, until
from tests.ports import free_port
from tests.postgres import USER, Cluster
from tests.recipes import commands
from tests.world import a_server, rows, set_up


def test_everything_acknowledged_before_an_instant_comes_back_and_nothing_of_after() -> None:
    ledger, chance = Ledger(), random.Random(22)
    [archive] = commands("postgresql", "Archiver le journal")
    [copy_base] = commands("postgresql", "Copier la base")
    *_, go_back = commands("postgresql", "Revenir à un instant")
    with postgres.a_cluster() as cluster:
        back = Cluster(cluster.data.parent / "reprise", free_port())
        names = names_on(cluster, back)
        cluster.shell(archive, **names)
        postgres.execute(cluster.address(), "create database avis")
        set_up(cluster.address("avis"))
        with a_server(cluster.address("avis")) as server:
            early = [fresh_avis(chance) for _ in range(10)]
            assert send(server.url, ledger, early) == [201] * 10
            cluster.shell(copy_base, **names)
            # The log has these, the copy not.
            told = [fresh_avis(chance), next_step(early[0], chance)]
            assert set(send(server.url, ledger, told)) == {200, 201}
            [(instant,)] = rows(cluster.address(), "select now()::text")
            before = copy.deepcopy(ledger)
            after = [fresh_avis(chance), next_step(early[1], chance), next_step(told[1], chance)]
            assert set(send(server.url, ledger, after)) == {200, 201}
            archive_it(cluster)
            cluster.kill()
        try:
            cluster.shell(go_back, **names, INSTANT=instant)
            assert verified(back) == "Les compteurs sont égaux au recomptage.\n"
            assert audit(back.address("avis"), before) == []
            # The negative half: the audit misses what was acknowledged later.
            missed = [
                each for each in audit(back.address("avis"), ledger) if "acknowledged" in each
            ]
            assert {each.split()[0] for each in missed} == {body["cle"] for body in after}
        finally:
            back.end()


def names_on(cluster: Cluster, back: Cluster) -> dict[str, object]:
    """The names that the recipe gives to places, here."""
    copies = cluster.data.parent / "copies"
    names: dict[str, object] = {
        "PGDATA": cluster.data,
        "COPIES": copies,
        "COPIE": copies / date.today().isoformat(),
        "REPRISE": back.data,
        "PORT_REPRISE": back.port,
    }
    [supposed] = commands("postgresql", "PostgreSQL")
    assert re.findall(r"^export (\w+)=", supposed, re.MULTILINE) == list(names)
    return names


def archive_it(cluster: Cluster) -> None:
    """Return once the log is archived up to here."""
    postgres.execute(cluster.address(), "select pg_switch_wal()")
    left = "select 1 from pg_ls_archive_statusdir() where name like '%.ready'"
    until(lambda: rows(cluster.address(), left) == [])


def verified(cluster: Cluster) -> str:
    """What `jdma verify` says of it."""
    [verify] = commands("postgresql", "Vérifier")
    jdma = f'jdma() {{ {sys.executable} -m collector "$@"; }}'
    names = {"PGUSER": USER, "PGHOST": "127.0.0.1", "PORT_REPRISE": str(cluster.port)}
    done = subprocess.run(
        ["bash", "-euc", f"{jdma}\n{verify}"], env={**os.environ, **names},
        capture_output=True, text=True, timeout=60, check=True, cwd=ROOT,
    )  # fmt: skip
    return done.stdout
