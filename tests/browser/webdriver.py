"""Browsers people have, driven by WebDriver commands over the wire each of them speaks.

Playwright drives Chromium as it is installed, but only its own builds of the others. Firefox
answers on a wire of its own, Marionette; WebKit, which is Safari's engine, by WebKitWebDriver.
"""

from __future__ import annotations

import json
import shutil
import socket
import subprocess
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import httpx2 as httpx

from tests.durability.outside import until
from tests.ports import free_port

START = 30.0  # seconds a browser may take to answer
ELEMENT = "element-6066-11e4-a52e-4f735466cecf"  # how W3C WebDriver names a reference to an element
KEYS = {"Tab": "\ue004", "Enter": "\ue007", "Escape": "\ue00c", "ArrowDown": "\ue015"}
MINI_BROWSER = "*/webkit2gtk-4.*/MiniBrowser"

# What is looked for stands in the shadow root of the element, where there is one.
FOUND = """
  const find = (selector) => document.querySelector('mon-avis')?.shadowRoot.querySelector(selector)
    ?? document.querySelector(selector);
"""

Send = Callable[[str, str, dict[str, Any]], Any]
"""(verb and path, Marionette's name, parameters) to the result."""


class Window:
    """The window of a browser, and what a person does in it."""

    def __init__(self, send: Send) -> None:
        self._send = send

    def goto(self, url: str) -> None:
        self._send("POST /url", "WebDriver:Navigate", {"url": url})

    def run(self, script: str, *args: Any) -> Any:
        """What `script`, the body of a function, returns. It has `find`, and `arguments`."""
        given = {"script": FOUND + script, "args": list(args)}
        return self._send("POST /execute/sync", "WebDriver:ExecuteScript", given)

    def text(self, selector: str) -> str:
        """What is read there: nothing, where there is nothing."""
        return str(self.run("return find(arguments[0])?.innerText ?? ''", selector))

    def focused(self) -> str:
        """`tag.class` of what has the focus."""
        script = """
          let held = document.activeElement;
          while (held.shadowRoot?.activeElement) held = held.shadowRoot.activeElement;
          return `${held.localName}.${held.className}`;
        """
        return str(self.run(script))

    def wait_for(self, selector: str) -> None:
        until(lambda: bool(self.run("return !!find(arguments[0])", selector)))

    def wait_for_text(self, selector: str, text: str) -> None:
        until(lambda: text in self.text(selector))

    def click(self, selector: str, times: int = 1) -> None:
        self.wait_for(selector)
        script = """
          const element = find(arguments[0]);
          element.scrollIntoView({ block: 'center' });
          const { x, y, width, height } = element.getBoundingClientRect();
          return [x + width / 2, y + height / 2];
        """
        x, y = self.run(script, selector)
        move = {"type": "pointerMove", "x": round(x), "y": round(y), "duration": 0}
        press = [{"type": "pointerDown", "button": 0}, {"type": "pointerUp", "button": 0}]
        self._act("pointer", {"parameters": {"pointerType": "mouse"}}, [move, *press * times])

    def press(self, key: str) -> None:
        self.write(KEYS[key])

    def write(self, text: str) -> None:
        pressed = ("keyDown", "keyUp")
        self._act("key", {}, [{"type": each, "value": key} for key in text for each in pressed])

    def _act(self, kind: str, more: dict[str, Any], actions: list[dict[str, Any]]) -> None:
        source = {"type": kind, "id": kind, **more, "actions": actions}
        self._send("POST /actions", "WebDriver:PerformActions", {"actions": [source]})

    @contextmanager
    def inside(self, selector: str) -> Iterator[None]:
        """Everything is done in that frame, for as long as it lasts."""
        frame = self.run("return find(arguments[0])", selector)
        self._enter({ELEMENT: frame[ELEMENT]})
        try:
            yield
        finally:
            self._enter(None)

    def _enter(self, frame: dict[str, str] | None) -> None:
        # The two wires have their own words for the frame.
        self._send("POST /frame", "WebDriver:SwitchToFrame", {"id": frame, "element": frame})


@contextmanager
def firefox(folder: Path) -> Iterator[Window]:
    """A Firefox without a window to look at, of somebody who reads French."""
    program = shutil.which("firefox-esr") or shutil.which("firefox")
    assert program, "no Firefox here: make navigateurs sets it up"
    port = free_port()
    settings = {"marionette.port": port, "intl.accept_languages": "fr-FR"}
    lines = (
        f"user_pref({json.dumps(name)}, {json.dumps(value)});" for name, value in settings.items()
    )
    (folder / "user.js").write_text("\n".join(lines))
    command = [program, "--headless", "--marionette", "--no-remote", "--profile", str(folder)]
    with _running(command), _marionette(port) as send:
        yield Window(lambda _, name, given: send(name, given))


@contextmanager
def _marionette(port: int) -> Iterator[Callable[[str, dict[str, Any]], Any]]:
    """Marionette's protocol: `LENGTH:[0, number, command, parameters]`, answered by
    `LENGTH:[1, number, error, result]`."""
    with _connected(port) as wire, wire.makefile("rb") as answers:

        def read() -> Any:
            length = b""
            while (each := answers.read(1)) != b":":
                assert each, "the browser has gone"
                length += each
            return json.loads(answers.read(int(length)))

        def send(name: str, given: dict[str, Any]) -> Any:
            command = json.dumps([0, 1, name, given]).encode()
            wire.sendall(b"%d:%s" % (len(command), command))
            _, _, error, result = read()
            assert error is None, error
            return result["value"] if isinstance(result, dict) and "value" in result else result

        read()  # what it is
        send("WebDriver:NewSession", {"capabilities": {"alwaysMatch": {}}})
        yield send


@contextmanager
def webkit(folder: Path) -> Iterator[Window]:
    """WebKitGTK, on a screen nobody looks at."""
    browser = next(Path("/usr/lib").glob(MINI_BROWSER), None)
    assert browser, "no WebKit here: make navigateurs sets it up"
    port = free_port()
    with ExitStack() as stack:
        screen = ["Xvfb", "-displayfd", "1", "-nolisten", "tcp", "-screen", "0", "1000x800x24"]
        display = stack.enter_context(_running(screen)).stdout
        assert display is not None
        seen = {"DISPLAY": f":{display.readline().decode().strip()}", "HOME": str(folder)}
        command = ["WebKitWebDriver", f"--port={port}"]
        stack.enter_context(_running(["env", *(f"{k}={v}" for k, v in seen.items()), *command]))
        _connected(port).close()
        client = stack.enter_context(
            httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=START)
        )
        options = {"binary": str(browser), "args": ["--automation"]}
        wanted = {"alwaysMatch": {"webkitgtk:browserOptions": options}}
        made = client.post("/session", json={"capabilities": wanted}).json()["value"]
        session = f"/session/{made['sessionId']}"
        stack.callback(client.delete, session)

        def send(address: str, _: str, given: dict[str, Any]) -> Any:
            verb, _, path = address.partition(" ")
            answer = client.request(verb, session + path, json=given)
            assert answer.status_code == 200, answer.text
            return answer.json()["value"]

        yield Window(send)


@contextmanager
def _running(command: list[str]) -> Iterator[subprocess.Popen[bytes]]:
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as process:
        try:
            yield process
        finally:
            process.terminate()


def _connected(port: int) -> socket.socket:
    """A connection to what listens there, or soon will."""
    made: list[socket.socket] = []

    def connect() -> bool:
        try:
            made.append(socket.create_connection(("127.0.0.1", port), START))
        except ConnectionRefusedError:
            return False
        return True

    until(connect, START)
    return made[0]


BROWSERS = {"firefox": firefox, "webkit": webkit}
