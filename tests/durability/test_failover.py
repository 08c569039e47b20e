"""A primary that goes away, and the standby promoted in its place: what was acknowledged is there.

The standby is a synchronous one: a commit waits until it has the avis too. The collector has both
hosts in its address. JDMA_TEST_FAILOVER_ROUNDS sets how often each is done.
"""

from __future__ import annotations

import contextlib
import os
import random
import signal
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests import postgres
from tests.durability.load import (
    WIDGET_WAITS,
    Body,
    Ledger,
    audit,
    fresh_avis,
    next_step,
    people_who_insist,
    send,
    wait_for_answers,
)
from tests.durability.outside import is_ready, jdma, until
from tests.ports import free_port
from tests.postgres import Cluster
from tests.recipes import commands
from tests.world import a_jeton, a_server, histogram, rows, set_up

ROUNDS = int(os.environ.get("JDMA_TEST_FAILOVER_ROUNDS", "1"))
DAY_MS = 86_400_000


@dataclass
class Pair:
    """A primary, and a standby that follows it."""

    primary: Cluster
    standby: Cluster

    @property
    def address(self) -> str:
        """Of both, as a collector takes it."""
        return self.primary.address("avis").replace("/avis", f",127.0.0.1:{self.standby.port}/avis")

    def sender(self) -> int:
        """The process of the primary that tells the standby what happens."""
        [(process,)] = rows(self.primary.address(), "select pid from pg_stat_replication")
        return int(process)

    def promote(self) -> None:
        [promote] = commands("postgresql", "Le promouvoir")
        self.standby.shell(promote, **names_of(self.standby))


def names_of(standby: Cluster) -> dict[str, object]:
    return {"SECOURS": standby.data, "PORT_SECOURS": standby.port}


@contextlib.contextmanager
def a_pair(synchronous: bool = True) -> Iterator[Pair]:
    """Set up by the recipe of examples/postgresql; `synchronous` or not."""
    follow, wait, _ = commands("postgresql", "Le mettre en place")
    with postgres.a_cluster() as primary:
        postgres.execute(primary.address(), "create database avis")
        set_up(primary.address("avis"))
        standby = Cluster(primary.data.parent / "secours", free_port())
        try:
            primary.shell(follow, **names_of(standby))
            if synchronous:
                primary.shell(wait)
            follows = "select sync_state from pg_stat_replication"
            state = "sync" if synchronous else "async"
            until(lambda: rows(primary.address(), follows) == [(state,)])
            yield Pair(primary, standby)
        finally:
            standby.end()


def killed(primary: Cluster) -> None:
    primary.kill()


def silent(primary: Cluster) -> None:
    """As a machine that has lost its network: nothing is refused, nothing is answered."""
    primary.pause()


def set_back(primary: Cluster) -> None:
    """As before a planned change: it goes on, and takes no writes."""
    postgres.execute(primary.address(), "alter system set default_transaction_read_only = on")
    postgres.execute(primary.address(), "select pg_reload_conf()")


@pytest.mark.parametrize("goes", [killed, silent, set_back])
@pytest.mark.parametrize("again", range(ROUNDS))
def test_what_was_acknowledged_is_on_the_standby_and_the_collector_follows_by_itself(
    goes: Callable[[Cluster], None], again: int, tmp_path: Path
) -> None:
    ledger, chance = Ledger(), random.Random()
    with a_pair() as pair, a_server(pair.address) as server:
        with people_who_insist(server.url, ledger, chance):
            wait_for_answers(ledger, 1)
            time.sleep(chance.uniform(0, 0.5))
            goes(pair.primary)
            pair.promote()
            wait_for_answers(ledger, 50)
        assert set(ledger.answers) == {"200", "201", "503 stockage_indisponible"}
        assert ledger.slowest < WIDGET_WAITS
        assert set(send(server.url, ledger, list(ledger.unanswered.values()))) <= {200, 201}
        assert is_ready(server.url)
        # The lock of a collector at work has moved too.
        where = pair.standby.address("avis")
        copied = jdma("copy", f"--from={where}", f"--to=sqlite:///{tmp_path}/copie.db")
        assert "Des collecteurs servent cette base" in copied.stderr
        assert server.terminate() == 0
        assert audit(where, ledger) == []
        avis = {cle for cle, _ in ledger.sent}
        assert histogram(where, "avis") == {1: len(avis)}


def test_while_the_standby_is_away_everyone_is_told_in_time_and_nothing_is_acknowledged() -> None:
    ledger, chance = Ledger(), random.Random(8)
    with a_pair() as pair, a_server(pair.address) as server:
        known = [fresh_avis(chance) for _ in range(5)]
        assert send(server.url, ledger, known) == [201] * 5
        os.kill(pair.sender(), signal.SIGSTOP)
        # First states, later ones, and those of before: each has its own way to the commit.
        told = [fresh_avis(chance), next_step(known[0], chance), known[1]]
        assert send(server.url, ledger, told) == [503] * 3
        # The primary has them by now, the standby not: that is not yet « already stored ».
        assert avis_of(pair.primary) > 5 == avis_of(pair.standby)
        assert send(server.url, ledger, [*told, late(told[0])]) == [503] * 4
        assert ledger.slowest < WIDGET_WAITS
        assert not is_ready(server.url)
        pair.primary.kill()
        pair.promote()
        assert set(send(server.url, ledger, told)) <= {200, 201}
        assert audit(pair.standby.address("avis"), ledger) == []


def test_a_standby_that_nobody_waits_for_loses_what_was_acknowledged() -> None:
    """The negative twin: the audit sees it."""
    ledger, chance = Ledger(), random.Random(9)
    with a_pair(synchronous=False) as pair, a_server(pair.address) as server:
        assert send(server.url, ledger, [fresh_avis(chance)]) == [201]
        until(lambda: avis_of(pair.standby) == 1)
        os.kill(pair.sender(), signal.SIGSTOP)
        assert send(server.url, ledger, [fresh_avis(chance) for _ in range(5)]) == [201] * 5
        pair.primary.kill()
        pair.promote()
        found = audit(pair.standby.address("avis"), ledger)
        assert (
            sum("was acknowledged at etape 1, and is stored at None" in each for each in found) == 5
        )


def late(body: Body) -> Body:
    """The same, sent again a day later: by then its form is no longer valid."""
    jeton = a_jeton(body["bouton"], time.time_ns() // 1_000_000 - DAY_MS - 3_600_000)
    return {**body, "jeton": jeton}


def avis_of(cluster: Cluster) -> int:
    [(n,)] = rows(cluster.address("avis"), "select count(*) from avis")
    return int(n)
