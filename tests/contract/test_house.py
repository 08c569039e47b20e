"""What the house promises about itself: who imports whom."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from functools import cache
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
OURS = ("collector", "admin_ui", "tests", "schemas", "widget", "examples")

# What answers requests, waits, draws or keeps: not for modules that decide.
IO = {
    "asyncio", "fcntl", "http", "jinja2", "prometheus_client", "socket", "sqlite3", "starlette",
    "subprocess", "threading", "typer", "urllib.request", "uvicorn",
}  # fmt: skip
PURE = [
    "domain", "errors", "scores", "parse", "jeton", "clock", "limits", "acces", "alertes",
    "comptes", "store.contract", "asked.filtre", "asked.periode", "asked.recherche",
    "asked.selection", "privacy.masquage", "wire.proxies",
]  # fmt: skip


def name_of(path: Path) -> str:
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


MODULES = {name_of(path): path for path in sorted((ROOT / "collector").rglob("*.py"))}
ADMIN = {name_of(path): path for path in sorted((ROOT / "admin_ui").rglob("*.py"))}


def imported(source: str, known: Mapping[str, Path] | None = None) -> Iterator[str]:
    """Every module that a source names in an import, wherever it stands."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "imports are absolute"
            assert node.module
            for alias in node.names:
                whole = f"{node.module}.{alias.name}"
                yield whole if whole in (known or MODULES) else node.module


@cache
def imports(module: str) -> frozenset[str]:
    return frozenset(imported(MODULES[module].read_text("utf-8")))


def ours(module: str) -> set[str]:
    return {each for each in imports(module) if each.split(".")[0] in OURS}


def reached(module: str) -> set[str]:
    """Everything a module imports, by itself or through modules of ours."""
    seen: set[str] = set()
    waiting = [module]
    while waiting:
        for each in imports(waiting.pop()) - seen:
            seen.add(each)
            if each in MODULES:
                waiting.append(each)
    return seen


def does_io(names: set[str]) -> set[str]:
    return {each for each in names if each in IO or each.split(".")[0] in IO}


def test_the_domain_imports_nothing_of_ours() -> None:
    assert ours("collector.domain") == set()


FIGURES = [module for module in MODULES if module.startswith("collector.figures.")]


@pytest.mark.parametrize("module", FIGURES)
def test_figures_are_worked_out_without_input_or_output(module: str) -> None:
    assert does_io(reached(module)) == set()


@pytest.mark.parametrize("module", PURE)
def test_what_decides_does_no_input_or_output(module: str) -> None:
    assert does_io(reached(f"collector.{module}")) == set()


def test_what_answers_requests_would_be_seen() -> None:
    assert "starlette.requests" in does_io(reached("collector.ingest"))
    assert "sqlite3" in does_io(reached("collector.app")) | does_io(reached("collector.serve"))
    assert set(imported("def f():\n    from starlette import x\n    import a.b")) == {
        "starlette", "a.b",
    }  # fmt: skip


@pytest.mark.parametrize("module", MODULES)
def test_the_collector_imports_neither_what_is_below_it_nor_its_tests(module: str) -> None:
    assert {each.split(".")[0] for each in ours(module)} <= {"collector"}


STORE = [module for module in MODULES if module.startswith("collector.store")]


@pytest.mark.parametrize("module", STORE)
def test_a_store_knows_nothing_of_requests_or_pages(module: str) -> None:
    assert not {each for each in imports(module) if each.split(".")[0] in ("starlette", "jinja2")}
    known = (
        "collector.acces", "collector.alertes", "collector.annotation", "collector.asked",
        "collector.comptes", "collector.config", "collector.domain", "collector.figures.releve",
        "collector.moderation", "collector.privacy.masquage", "collector.store",
    )  # fmt: skip
    assert all(each.startswith(known) for each in ours(module))


def test_imports_go_one_way() -> None:
    graph = {module: imports(module) & MODULES.keys() for module in MODULES}
    assert len(list(TopologicalSorter(graph).static_order())) == len(MODULES)
    with pytest.raises(CycleError):
        list(TopologicalSorter({**graph, "collector.domain": {"collector.app"}}).static_order())


def test_imports_of_the_administration_go_one_way_too() -> None:
    graph = {
        name: set(imported(path.read_text("utf-8"), ADMIN)) & ADMIN.keys()
        for name, path in ADMIN.items()
    }
    assert len(list(TopologicalSorter(graph).static_order())) == len(ADMIN) > 70


@pytest.mark.parametrize("module", ADMIN)
def test_what_says_that_it_is_pure_does_no_input_or_output(module: str) -> None:
    """« Pure. », the docstring of a module says: then neither requests, nor a store, nor time."""
    tree = ast.parse(ADMIN[module].read_text("utf-8"))
    named = set(imported(ADMIN[module].read_text("utf-8"), ADMIN))
    if "Pure." in (ast.get_docstring(tree) or ""):
        assert does_io(named) == set()


def test_only_the_app_and_the_server_put_the_parts_together() -> None:
    makers = {"collector.app", "collector.serve", "collector.wire.workers"}
    users = {module for module in MODULES if "collector.app" in imports(module)}
    assert users <= makers | {"collector.demo.run", "collector.cli"}
