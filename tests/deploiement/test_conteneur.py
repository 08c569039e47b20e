"""Container, compose and Kubernetes files: what they name is there, and they ask for no right.

An image is built of them where JDMA_TEST_IMAGE_PYTHON names one of Python to begin with (a Debian
with python3-venv will do) and buildah is there: nothing is fetched but what the lock file names.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

from collector.config import PREFIX, ConfigError, declared, load
from tests.deploiement.devant import ROOT, SHIPPED
from tests.ports import free_port
from tests.world import a_server, new_database

CONTAINERFILE = SHIPPED / "Containerfile"
LOCKS = (ROOT / "requirements.lock", SHIPPED / "requirements.lock")
SETTINGS = {each.variable for each in declared()}
KUBERNETES = ["kubernetes.yaml", "kubernetes-postgresql.yaml"]


def instructions() -> list[tuple[str, str]]:
    """Each instruction of the Containerfile with what it says, lines put together."""
    text = re.sub(r"\\\n", " ", CONTAINERFILE.read_text("utf-8"))
    lines = [line.split(maxsplit=1) for line in text.splitlines() if line[:1].isalpha()]
    return [(word, rest) for word, rest in lines]


def said(word: str) -> list[str]:
    return [rest for each, rest in instructions() if each == word]


# The image


def test_the_image_is_named_without_a_place_to_get_it_from() -> None:
    [default] = said("ARG")
    assert re.fullmatch(r"PYTHON=python:3\.\d+-slim", default)
    assert {each.split()[0] for each in said("FROM")} == {"${PYTHON}"}


def test_everything_that_is_copied_is_in_the_checkout() -> None:
    sources = [
        source
        for each in said("COPY")
        if not each.startswith("--from")
        for source in each.split()[:-1]
    ]
    assert len(sources) > 8
    assert [each for each in sources if not (ROOT / each).exists()] == []
    shipped = (ROOT / "pyproject.toml").read_text("utf-8").partition("only-include = [")[2]
    for each in re.findall(r'"(.+?)"', shipped.partition("]")[0]):
        assert each in sources, f"{each} is in the wheel and not in the image"


def test_it_runs_as_nobody_known_and_installs_what_is_locked() -> None:
    assert said("USER") == ["10001:10001"]
    assert said("STOPSIGNAL") == ["SIGTERM"]
    installs = [each for run in said("RUN") for each in run.split("&&") if "pip install" in each]
    assert installs
    for each in installs:
        assert "--require-hashes" in each or "--no-deps --no-index" in each


def pinned(lock: Path) -> dict[str, str]:
    return dict(re.findall(r"^([a-z0-9-]+)==(\S+)", lock.read_text("utf-8"), re.MULTILINE))


def test_the_container_runs_on_what_is_tested() -> None:
    ours, theirs = (pinned(lock) for lock in LOCKS)
    tested = pinned(ROOT / "tests" / "requirements.lock")
    assert {"asyncpg", "joserfc", "uvicorn"} <= theirs.keys()
    assert [name for name, version in theirs.items() if tested.get(name) != version] == []
    built_with = {"hatchling", "pathspec", "pluggy", "trove-classifiers", "packaging", "tomlkit"}
    assert ours.keys() - theirs.keys() <= built_with


def test_every_setting_it_has_is_one() -> None:
    given = dict(re.findall(r"(JDMA_\w+)=(\S+)", " ".join(said("ENV"))))
    assert given.keys() >= {"JDMA_HOST", "JDMA_DATABASE"}
    assert load({}, given).sqlite_path == Path("/donnees/avis.db")


def test_the_health_check_says_whether_an_avis_could_be_stored(tmp_path: Path) -> None:
    [check] = said("HEALTHCHECK")
    command = json.loads(check.partition("CMD ")[2])
    assert command[0] == "python"
    port = free_port()
    here = [sys.executable, *(each.replace(":8000", f":{port}") for each in command[1:])]
    assert here != [sys.executable, *command[1:]]
    with a_server(new_database(tmp_path), port):
        assert subprocess.run(here, timeout=20, check=False).returncode == 0
    down = subprocess.run(here, timeout=20, check=False, stderr=subprocess.DEVNULL)
    assert down.returncode != 0


# compose and Kubernetes


def composed() -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load((SHIPPED / "compose.yaml").read_text("utf-8"))
    return found


def test_compose_gives_the_collector_settings_that_there_are() -> None:
    services = composed()["services"]
    given = {
        name: re.sub(r"\$\{JDMA_\w+(:\?[^}]*)?\}", "x" * 40, str(value))
        for name, value in services["collecteur"]["environment"].items()
    }
    settings = load({}, given)
    assert settings.workers == 2
    assert settings.trusted_proxies == services["caddy"]["networks"]["devant"]["ipv4_address"]
    assert services["collecteur"]["build"]["dockerfile"] == "examples/deploiement/Containerfile"


def test_compose_gives_no_right_and_shows_no_port_but_the_proxy_s() -> None:
    services = composed()["services"]
    ours = services["collecteur"]
    assert (ours["read_only"], ours["cap_drop"]) == (True, ["ALL"])
    assert ours["security_opt"] == ["no-new-privileges:true"]
    assert [name for name, each in services.items() if "ports" in each] == ["caddy"]
    assert services["base"]["networks"] == ["dedans"]
    assert composed()["networks"]["dedans"]["internal"]
    named = {
        volume.split(":")[0] for each in services.values() for volume in each.get("volumes", ())
    }
    assert {each for each in named if "/" not in each} == composed()["volumes"].keys()
    assert all((SHIPPED / each).is_file() for each in named if "/" in each)
    for each in services.values():
        assert each.get("depends_on", []) == [] or set(each["depends_on"]) <= services.keys()


def documents(name: str) -> dict[str, dict[str, Any]]:
    """The objects of a file, by kind."""
    found = yaml.safe_load_all((SHIPPED / name).read_text("utf-8"))
    return {each["kind"]: each for each in found}


def pods(value: object) -> Iterator[dict[str, Any]]:
    """Every pod's description in an object."""
    if isinstance(value, dict):
        if "containers" in value:
            yield value
        for each in value.values():
            yield from pods(each)


def environment(container: Mapping[str, Any]) -> dict[str, str]:
    return {each["name"]: each["value"] for each in container["env"]}


@pytest.mark.parametrize("name", KUBERNETES)
def test_a_pod_has_no_right_and_is_asked_how_it_is(name: str) -> None:
    [pod] = pods(documents(name)["Deployment"])
    [container] = pod["containers"]
    assert pod["securityContext"]["runAsNonRoot"]
    user, group = (pod["securityContext"][each] for each in ("runAsUser", "runAsGroup"))
    assert [f"{user}:{group}"] == said("USER")
    assert container["securityContext"] == {
        "allowPrivilegeEscalation": False,
        "readOnlyRootFilesystem": True,
        "capabilities": {"drop": ["ALL"]},
    }
    assert container["livenessProbe"]["httpGet"]["path"] == "/healthz"
    assert container["readinessProbe"]["httpGet"]["path"] == "/readyz"
    assert not pod["automountServiceAccountToken"]
    mounted = {each["name"] for each in container["volumeMounts"]}
    assert mounted == {each["name"] for each in pod["volumes"]}
    assert environment(container).keys() <= SETTINGS


@pytest.mark.parametrize("name", KUBERNETES)
def test_what_is_selected_is_what_is_there(name: str) -> None:
    found = documents(name)
    labels = found["Deployment"]["spec"]["template"]["metadata"]["labels"]
    assert found["Deployment"]["spec"]["selector"]["matchLabels"] == labels
    assert found["Service"]["spec"]["selector"] == labels
    [port] = found["Service"]["spec"]["ports"]
    [container] = next(pods(found["Deployment"]))["containers"]
    assert port["targetPort"] in {each["name"] for each in container["ports"]}
    assert container["ports"][0]["containerPort"] == int(*said("EXPOSE"))


def test_only_postgresql_has_more_than_one_process() -> None:
    alone, several = (documents(name)["Deployment"]["spec"] for name in KUBERNETES)
    assert (alone["replicas"], alone["strategy"]["type"]) == (1, "Recreate")
    assert (several["replicas"], several["strategy"]["type"]) == (2, "RollingUpdate")


def test_what_kubernetes_tells_of_services_is_not_taken_for_settings() -> None:
    """A service called « jdma » would be told to each pod as JDMA_PORT and JDMA_SERVICE_HOST."""
    for name in KUBERNETES:
        [pod] = pods(documents(name)["Deployment"])
        assert pod["enableServiceLinks"] is False
    with pytest.raises(ConfigError, match=f"{PREFIX}SERVICE_HOST n’est pas un réglage connu"):
        load({}, {"JDMA_SERVICE_HOST": "10.0.0.1", "JDMA_PORT": "tcp://10.0.0.1:80"})


# The image itself

IMAGE = os.environ.get("JDMA_TEST_IMAGE_PYTHON", "")

INSIDE = """
import json, os, signal, subprocess, time, urllib.request
server = subprocess.Popen(["jdma", "serve", "--host=127.0.0.1", "--port={port}"])
end = time.monotonic() + 20
while True:
    try:
        told = urllib.request.urlopen("http://127.0.0.1:{port}/readyz", timeout=4)
        break
    except OSError:
        assert time.monotonic() < end and server.poll() is None
        time.sleep(0.05)
server.send_signal(signal.SIGTERM)
left = server.wait(20)
writable = [p for p in ("/", "/opt/jdma", "/etc", "/donnees") if os.access(p, os.W_OK)]
print(json.dumps([told.status, left, os.getuid(), writable, sorted(os.listdir("/donnees"))]))
"""


def buildah(*words: str | Path) -> str:
    done = subprocess.run(
        ["buildah", *words], capture_output=True, text=True, timeout=600, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout.strip()


@pytest.mark.skipif(not IMAGE, reason="JDMA_TEST_IMAGE_PYTHON names no image")
def test_the_image_is_built_and_serves_as_nobody_known() -> None:
    build = ["--isolation=chroot", "--network=host", "--format=docker", "--pull-never"]
    buildah("bud", *build, f"--build-arg=PYTHON={IMAGE}", "-f", CONTAINERFILE, "-t", "jdma", ROOT)
    container = buildah("from", "--pull-never", "localhost/jdma")
    try:
        script = INSIDE.format(port=free_port())
        said = buildah("run", "--isolation=chroot", container, "--", "python", "-c", script)
    finally:
        buildah("rm", container)
    status, left, uid, writable, files = json.loads(said.splitlines()[-1])
    assert (status, left, uid, writable) == (200, 0, 10001, ["/donnees"])
    assert {"avis.db", "avis.db.secret"} <= {*files}
