"""The clock of the machine is put right, or wrong, by an hour or a day: people notice nothing,
nothing is lost, nothing is counted twice, and what is refused is refused for a reason that holds.
"""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import httpx2 as httpx
import pytest

from tests.http.problems import problem
from tests.http.test_figures import figures, record
from tests.http.test_form import opened, satisfied, send
from tests.http.test_form import stored as states
from tests.world import FIN, SITE, World, a_world

JUMPS = {"back a day": -24, "back an hour": -1, "on an hour": 1, "on a day": 24}

jumping = pytest.mark.parametrize("hours", JUMPS.values(), ids=JUMPS)


def a_form(world: World, seconds: float = 10) -> dict[str, Any]:
    """What a widget knows of a form that was opened so many seconds ago."""
    given = world.client.get(f"/f/{FIN.code}.json", headers={"origin": SITE}).json()
    world.clock.advance(seconds=seconds)
    return {"cle": given["cle"], "jeton": given["jeton"]}


def answer(world: World, form: dict[str, Any], etape: int = 1, note: int = 3) -> httpx.Response:
    """Send a state as the widget does, which asks for another jeton when its own is too old."""
    body = {
        **form,
        "etape": etape,
        "bouton": FIN.code,
        "questionnaire": "standard-1",
        "notes": {"satisfaction": note},
    }
    told = world.post(body)
    if told.status_code == 403 and told.json()["code"] == "jeton_perime":
        form["jeton"] = a_form(world)["jeton"]
        told = world.post({**body, "jeton": form["jeton"]})
    return told


def miscounted(world: World) -> bool:
    audits = [asyncio.run(world.store.audit(demarche)) for demarche in (1, 2, 3)]
    return any(stored != recounted for stored, recounted in audits)


@jumping
def test_a_form_that_was_open_when_the_clock_jumped_is_stored_and_counted(
    world: World, hours: int
) -> None:
    form = a_form(world)
    world.clock.advance(hours=hours)
    assert answer(world, form).status_code == 201
    assert world.rows("select ecarte from avis") == [(None,)]
    assert answer(world, form).status_code == 200
    assert world.histogram() == {3: 1}
    assert not miscounted(world)


def test_a_form_that_was_answered_too_fast_is_set_aside_all_the_same(world: World) -> None:
    form = a_form(world, seconds=0.5)
    assert answer(world, form).status_code == 201
    assert world.rows("select ecarte from avis") == [("trop_rapide",)]


@jumping
def test_a_later_step_is_stored_or_refused_for_the_hour_and_the_first_one_stays(
    world: World, hours: int
) -> None:
    form = a_form(world)
    assert answer(world, form).status_code == 201
    jour = world.rows("select jour from avis")
    world.clock.advance(hours=hours, seconds=20)
    told = answer(world, form, etape=2, note=1)
    if hours < 0:
        assert told.status_code == 200
    else:
        problem(told, 409, "delai_depasse")
    assert world.histogram() == ({1: 1} if hours < 0 else {3: 1})
    assert world.rows("select jour from avis") == jour
    assert not miscounted(world)


@jumping
def test_once_the_clock_is_right_again_everything_is_as_before(world: World, hours: int) -> None:
    before = a_form(world)
    assert answer(world, before).status_code == 201
    world.clock.advance(hours=hours)
    during = a_form(world)
    assert answer(world, during).status_code == 201
    world.clock.advance(hours=-hours)
    for form in (before, during, a_form(world)):
        told = answer(world, form, etape=2, note=2)
        # An hour behind or more, the avis of meanwhile is an hour old now, as far as one can tell.
        assert told.status_code in ({200, 409} if form is during and hours < 0 else {200, 201})
    assert sum(world.histogram().values()) == 3
    assert not miscounted(world)


@jumping
def test_the_hosted_form_is_stored_and_can_be_corrected(world: World, hours: int) -> None:
    fields = opened(world)
    world.clock.advance(hours=hours)
    told = send(world, satisfied(fields))
    if hours == 24:  # the form has been open for longer than it may: it is shown again, as filled
        assert told.status_code == 403
        fields = opened(world)
        told = send(world, satisfied(fields))
    assert told.status_code == 303
    world.clock.advance(seconds=30)
    assert send(world, satisfied(fields, verbatim="Mieux.")).status_code == 303
    assert [verbatim for _, verbatim, _ in states(world)] == ["Mieux."]
    assert world.histogram() == {3: 1}
    assert not miscounted(world)


@pytest.mark.parametrize("hours", [-1, -24])
def test_a_hosted_form_sent_before_the_clock_went_back_can_be_corrected_after(
    world: World, hours: int
) -> None:
    fields = opened(world)
    assert send(world, satisfied(fields)).status_code == 303
    world.clock.advance(hours=hours)
    for said in ("Mieux.", "Encore mieux."):
        world.clock.advance(seconds=30)
        assert send(world, satisfied(fields, verbatim=said)).status_code == 303
        assert [verbatim for _, verbatim, _ in states(world)] == [said]


@jumping
def test_limits_do_not_look_at_that_clock(tmp_path: Path, hours: int) -> None:
    with a_world(tmp_path, address_rate="1", address_burst="2") as world:
        assert answer(world, a_form(world)).status_code == 201
        world.clock.advance(hours=hours)
        assert answer(world, a_form(world)).status_code == 201
        world.clock.advance(hours=hours)
        refused = answer(world, a_form(world))
        problem(refused, 429, "trop_de_demandes")
        assert 0 < int(refused.headers["retry-after"]) <= 60


def test_public_figures_wait_for_the_month_that_an_avis_is_dated_in(tmp_path: Path) -> None:
    def published(world: World) -> int | None:
        return figures(world, "?du=2026-01-01&au=2026-12-31")["total"]["avis"]  # type: ignore[no-any-return]

    with a_world(tmp_path, public_threshold="1") as world:
        for jour in ("2025-03-01", "2025-12-01", "2026-03-01"):
            record(world, jour, {3: 1})
        world.clock.advance(days=9)  # 1 December
        assert answer(world, a_form(world)).status_code == 201
        assert published(world) == 2
        # It was 30 November. December would be the one month that a subtraction gives.
        world.clock.advance(hours=-24)
        assert published(world) == 1
        world.clock.advance(hours=24)
        assert published(world) == 2
