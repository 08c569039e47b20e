"""What is counted of what is seen, and under which names."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Mapping
from typing import cast

import pytest

from collector.domain import Vu
from collector.errors import OriginRefused, TooLate
from collector.presence import MOST_WAITING, Presence, site
from collector.store.contract import Store, StoreError
from tests.world import COURRIEL, FIN, SITE

pytestmark = pytest.mark.anyio

DAY = "2026-11-22"
IN_TIME = 5  # seconds: nothing here takes that long unless it hangs


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


class Memory:
    """What `Presence` asks of a store, in memory. `faults`: how many writes are to fail."""

    def __init__(self) -> None:
        self.fault: Exception = StoreError("away")
        self.seen: Counter[Vu] = Counter()
        self.forgotten: list[str] = []
        self.faults = 0
        self.written = asyncio.Event()

    async def add_presence(self, seen: Mapping[Vu, int]) -> None:
        if self.faults:
            self.faults -= 1
            raise self.fault
        self.seen.update(seen)
        self.written.set()

    async def forget_presence(self, before: str) -> None:
        self.forgotten.append(before)

    def presence(self) -> Presence:
        return Presence(cast(Store, self))


def vu(genre: str, valeur: str, jour: str = DAY) -> Vu:
    return Vu(FIN.demarche_id, FIN.code, jour, genre, valeur)


@pytest.mark.parametrize(
    ("origin", "name"),
    [
        (SITE, "www.exemple.fr"),
        ("https://www.exemple.fr:8443", "www.exemple.fr:8443"),
        ("http://localhost:8001", "localhost:8001"),
        ("http://127.0.0.1:8001", "localhost:8001"),
        ("https://www.exemple.fr/jean.dupont?nir=1", "www.exemple.fr"),
        ("https://jean:secret@www.exemple.fr", "www.exemple.fr"),
        ("https://82.64.12.7", "adresse IP"),
        ("http://192.168.1.12:8080", "adresse IP"),
        ("http://[2001:db8::7]", "adresse IP"),
        ("http://82.64.12.7.", "adresse IP"),
        (None, "sans origine"),
        ("null", "illisible"),
        ("", "illisible"),
        ("https://[::1", "illisible"),
        ("https://a.fr:99999", "illisible"),
        ("https://<b>.fr", "illisible"),
        ("https://a\x00.fr", "illisible"),
    ],
)
def test_a_site_is_its_name_and_nothing_else(origin: str | None, name: str) -> None:
    assert site(origin) == name


async def test_an_avis_tells_its_site_and_its_widget() -> None:
    memory = Memory()
    presence = memory.presence()
    presence.count_avis(FIN, DAY, SITE, "1.0.0")
    presence.count_avis(FIN, DAY, SITE, "1.1.0")
    presence.count_avis(FIN, DAY, None, None)
    await presence.write()
    assert memory.seen == {
        vu("avis", "www.exemple.fr"): 2,
        vu("avis", "sans origine"): 1,
        vu("version", "1.0.0"): 1,
        vu("version", "1.1.0"): 1,
    }


async def test_a_refusal_is_its_code_and_a_refused_site_is_named() -> None:
    memory = Memory()
    presence = memory.presence()
    presence.count_opening(FIN, DAY, SITE)
    presence.count_refusal(FIN, DAY, TooLate(), SITE)
    presence.count_refusal(
        FIN, DAY, OriginRefused(origine="x", bouton=FIN.code), "https://autre.fr"
    )
    await presence.write()
    assert memory.seen == {
        vu("ouverture", "www.exemple.fr"): 1,
        vu("refus", "delai_depasse"): 1,
        vu("refus", "origine_refusee"): 1,
        vu("origine_refusee", "autre.fr"): 1,
    }


async def test_what_could_not_be_written_is_written_later() -> None:
    memory = Memory()
    memory.faults = 1
    presence = memory.presence()
    presence.count_opening(FIN, DAY, SITE)
    await presence.write()
    presence.count_opening(FIN, DAY, SITE)
    assert memory.seen == {}
    await presence.write()
    assert memory.seen == {vu("ouverture", "www.exemple.fr"): 2}


async def test_a_stranger_fills_no_memory() -> None:
    memory = Memory()
    presence = memory.presence()
    refused = OriginRefused(origine="x", bouton=FIN.code)
    presence.count_opening(FIN, DAY, SITE)
    for i in range(MOST_WAITING + 100):
        presence.count_refusal(FIN, DAY, refused, f"https://s{i}.fr/{'x' * 1000}")
    presence.count_opening(FIN, DAY, SITE)
    presence.count_opening(COURRIEL, DAY, SITE)
    await presence.write()
    assert len(memory.seen) == MOST_WAITING
    assert memory.seen[vu("ouverture", "www.exemple.fr")] == 2
    assert memory.seen[vu("refus", "origine_refusee")] == MOST_WAITING + 100


async def test_old_days_are_forgotten_once_a_day() -> None:
    memory = Memory()
    presence = memory.presence()
    for day in (DAY, DAY, "2026-11-23", DAY):
        presence.count_opening(FIN, day, SITE)
        await presence.write()
    assert memory.forgotten == ["2026-08-22", "2026-08-23"]


async def test_a_server_writes_by_itself_and_at_its_end() -> None:
    memory = Memory()
    presence = memory.presence()
    presence.start()
    presence.count_opening(FIN, DAY, SITE)
    async with asyncio.timeout(IN_TIME):
        await memory.written.wait()
    presence.count_opening(FIN, DAY, SITE)
    await presence.close()  # at once: the task has not even begun to wait again
    assert memory.seen == {vu("ouverture", "www.exemple.fr"): 2}


async def test_a_bug_is_said_and_ends_nothing_else(caplog: pytest.LogCaptureFixture) -> None:
    memory = Memory()
    memory.faults, memory.fault = 1, ValueError("a bug")
    presence = memory.presence()
    presence.start()
    presence.count_opening(FIN, DAY, SITE)
    await presence.close()
    assert "what reaches boutons is not written any more" in caplog.text
    presence.count_opening(FIN, DAY, SITE)


async def test_a_store_that_hangs_holds_up_no_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("collector.presence.CLOSING_SECONDS", 0.01)

    class Hanging(Memory):
        async def add_presence(self, seen: Mapping[Vu, int]) -> None:
            await asyncio.Event().wait()

    presence = Hanging().presence()
    presence.start()
    presence.count_opening(FIN, DAY, SITE)
    async with asyncio.timeout(IN_TIME):
        await presence.close()
