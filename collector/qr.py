"""An address as a QR code, for paper; pure."""

from __future__ import annotations

import segno
from markupsafe import Markup


def qr_code(address: str) -> Markup:
    """The code as SVG: black on white whatever the theme, since cameras want it so. A quarter of it
    may be lost, as under a thumb tack."""
    code = segno.make(address, error="q", micro=False)
    svg = code.svg_inline(
        omitsize=True, dark="#000", light="#fff", svgclass="page-qr", lineclass=None
    )
    return Markup(svg)  # noqa: S704 – drawn from the bits of the code, nothing of it is text
