"""The wheel has all that the program needs, and serves where there is no checkout."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import sysconfig
import zipfile
from importlib.metadata import distribution
from pathlib import Path

import httpx2 as httpx
import pytest
from packaging.requirements import Requirement

from tests.ports import free_port
from tests.world import Server, wait_ready

ROOT = Path(__file__).parents[2]
SHIPPED = [
    "collector", "admin_ui", "schemas", "widget/releases", "examples/site",
    "examples/histoire.json",
]  # fmt: skip


def run(*command: str | Path, cwd: Path) -> str:
    """What a command prints; fail with what it said when it fails."""
    done = subprocess.run(
        command, cwd=cwd, env=bare_environment(), capture_output=True, text=True, timeout=120
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def bare_environment() -> dict[str, str]:
    """Nothing of ours, and no way back to the checkout."""
    return {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("JDMA_", "PYTHON", "COV_", "PYTEST_"))
    } | {"PYTHONUNBUFFERED": "1"}


def locked() -> list[str]:
    """The distributions of requirements.lock that this machine is meant to have."""
    lines = (ROOT / "requirements.lock").read_text().splitlines()
    pinned = [Requirement(line.rstrip(" \\")) for line in lines if line[:1].isalnum()]
    return [each.name for each in pinned if not each.marker or each.marker.evaluate()]


def link(name: str, site_packages: Path) -> None:
    """Make one installed distribution importable from an environment that has nothing else."""
    for file in distribution(name).files or ():
        top = file.parts[0]
        target = site_packages / top
        if top not in ("..", "__pycache__") and not target.exists():
            target.symlink_to(Path(str(distribution(name).locate_file(top))).resolve())


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    pip = [sys.executable, "-m", "pip", "wheel", "--no-deps", "--no-build-isolation", "--no-index"]
    run(*pip, "--wheel-dir", folder, ROOT, cwd=folder)
    (made,) = folder.glob("*.whl")
    return made


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An environment with the wheel, what requirements.lock names, and nothing else."""
    folder = tmp_path_factory.mktemp("environment")
    run(sys.executable, "-m", "venv", "--without-pip", folder, cwd=folder)
    paths = {"base": str(folder), "platbase": str(folder)}
    site_packages = Path(sysconfig.get_path("purelib", scheme="venv", vars=paths))
    for name in locked():
        link(name, site_packages)
    pip = [sys.executable, "-m", "pip", f"--python={folder / 'bin' / 'python'}"]
    run(*pip, "install", "--no-deps", "--no-index", wheel, cwd=folder)
    run(*pip, "check", cwd=folder)
    return folder


def names(wheel: Path) -> set[str]:
    with zipfile.ZipFile(wheel) as archive:
        return set(archive.namelist())


def in_wheel(path: Path) -> str:
    """Where a file of the checkout is in the wheel."""
    name = path.relative_to(ROOT).as_posix()
    return name if name.startswith(("collector/", "admin_ui/")) else f"collector/_data/{name}"


def test_the_wheel_has_every_shipped_file_as_it_is(wheel: Path) -> None:
    files = [
        path
        for name in SHIPPED
        for path in [ROOT / name, *(ROOT / name).rglob("*")]
        if path.is_file() and path.suffix != ".pyc"
    ]
    with zipfile.ZipFile(wheel) as archive:
        different = [path for path in files if archive.read(in_wheel(path)) != path.read_bytes()]
    assert different == []
    inside = {name for name in names(wheel) if ".dist-info/" not in name}
    assert inside == {in_wheel(path) for path in files}


@pytest.mark.parametrize(
    "name",
    [
        "collector/templates/formulaire.html",
        "admin_ui/templates/cadre.html",
        "admin_ui/static/admin.css",
        "collector/store/migrations/0001_debut.sqlite.sql",
        "collector/_data/schemas/avis.v1.json",
        "collector/_data/schemas/questionnaires/standard-1.json",
        "collector/_data/schemas/textes/fr.json",
        "collector/_data/widget/releases/index.json",
        "collector/_data/widget/releases/0.1.0/avis.js",
        "collector/_data/widget/releases/0.1.0/avis.js.br",
        "collector/_data/widget/releases/0.1.0/avis.js.gz",
        "collector/_data/examples/histoire.json",
        "collector/_data/examples/site/index.html",
    ],
)
def test_the_wheel_has_what_is_not_python(wheel: Path, name: str) -> None:
    assert name in names(wheel)


@pytest.mark.parametrize("part", ["tests", "node_modules", "src", "__pycache__", ".venv"])
def test_the_wheel_has_nothing_of_the_workshop(wheel: Path, part: str) -> None:
    assert [name for name in names(wheel) if part in name.split("/")] == []


def test_another_checkout_at_another_time_gives_the_same_wheel(wheel: Path, tmp_path: Path) -> None:
    """Whoever has the source can make sure that a wheel that is handed out was made of it."""
    checkout = tmp_path / "ailleurs"
    left_out = shutil.ignore_patterns("__pycache__", "node_modules")
    for name in [*SHIPPED, "pyproject.toml", "README.md", "LICENSE"]:
        path, target = ROOT / name, checkout / name
        target.parent.mkdir(parents=True, exist_ok=True)
        if path.is_dir():
            shutil.copytree(path, target, ignore=left_out, copy_function=shutil.copyfile)
        else:
            shutil.copyfile(path, target)
    command = [sys.executable, "-m", "hatchling", "build", "--target=wheel", "--directory"]
    run(*command, tmp_path, cwd=checkout)
    (again,) = tmp_path.glob("*.whl")
    assert again.stat().st_mtime != wheel.stat().st_mtime
    assert again.name == wheel.name
    assert again.read_bytes() == wheel.read_bytes()


def test_what_runs_is_the_wheel_and_not_the_checkout(installed: Path, tmp_path: Path) -> None:
    code = "import collector.config as c; print(c.__file__); print(c.resource('schemas'))"
    module, schemas = run(installed / "bin" / "python", "-c", code, cwd=tmp_path).splitlines()
    assert Path(module).is_relative_to(installed)
    assert schemas == str(Path(module).parent / "_data" / "schemas")


def test_a_dependency_that_is_not_declared_would_be_missed(installed: Path, tmp_path: Path) -> None:
    code = "import importlib.util as u; print(u.find_spec('pytest'), u.find_spec('starlette').name)"
    assert run(installed / "bin" / "python", "-c", code, cwd=tmp_path) == "None starlette\n"


def test_an_installed_wheel_serves_from_an_empty_folder(installed: Path, tmp_path: Path) -> None:
    jdma = installed / "bin" / "jdma"
    run(jdma, "structure", "create", "Ville de Montclair", cwd=tmp_path)
    run(jdma, "demarche", "create", "carte", "Une carte", "--structure=1", cwd=tmp_path)
    run(jdma, "bouton", "create", "carte", "--origine=https://www.exemple.fr", cwd=tmp_path)
    (bouton,) = json.loads(run(jdma, "bouton", "list", "--json", cwd=tmp_path))

    port = free_port()
    process = subprocess.Popen(
        [jdma, "serve", f"--port={port}"],
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
        env=bare_environment(), cwd=tmp_path,
    )  # fmt: skip
    server = Server(process, f"http://127.0.0.1:{port}", tmp_path / "avis.db")
    try:
        wait_ready(server)
        assert httpx.get(f"{server.url}/healthz").status_code == 200
        newest = httpx.get(f"{server.url}/w/index.json").json()["versions"][-1]
        script = httpx.get(f"{server.url}/w/{newest['version']}/avis.js")
        assert len(script.content) == newest["fichiers"]["avis.js"]["octets"]
        packed = httpx.head(str(script.url), headers={"accept-encoding": "br"}).headers
        assert packed["content-encoding"] == "br"
        assert packed["content-length"] == str(newest["fichiers"]["avis.js"]["brotli"])
        form = httpx.get(f"{server.url}/f/{bouton['code']}")
        assert (form.status_code, "<form" in form.text) == (200, True)
        assert server.terminate() == 0
    finally:
        if process.poll() is None:
            server.kill()
        if process.stdout:
            process.stdout.close()
