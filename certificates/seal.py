"""The seal adapter: what stands in the seal's place on a certificate.

Only a demo draws a seal, and it is no imitation: the portal's ring instead of a star, a dashed inner circle, 演示专用章. A real
seal is bought, not drawn; until a deployment has connected its seal service the place says 待用印.
"""

from __future__ import annotations

from xml.sax.saxutils import escape

SPAN_DEG = 236  # the arc the issuer's name takes
RADIUS = 32.5
RED = "#c22a20"
RING = (
    "M33.200 10.500A16.500 16.500 0 1 0 36.300 22.500",
    "M26.500 12.400A10 10 0 1 0 29.800 21.500",
)


def drawn(issuer: str, demo: bool) -> str:
    """Return the demo seal as SVG, or an empty text outside a demo: then the certificate says 待用印."""
    if not demo:
        return ""
    letters = bare(issuer)
    step = SPAN_DEG / max(len(letters) - 1, 1)
    arc = "".join(_letter(letter, -SPAN_DEG / 2 + step * at) for at, letter in enumerate(letters))
    rings = "".join(f'<path d="{path}" stroke-width="{width}"/>' for path, width in zip(RING, (3.4, 2.8), strict=True))
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="-46 -46 92 92"><g fill="{RED}" font-family="Certificate Serif" opacity=".9">'
        f'<g fill="none" stroke="{RED}"><circle r="43.5" stroke-width="2"/>'
        f'<circle r="41" stroke-width=".5" stroke-dasharray="1.4 1.2"/>'
        f'<g stroke-linecap="round" transform="translate(-12 -20) scale(.6)">{rings}</g></g>'
        f'<circle cy="-8" r="2"/>{arc}'
        '<text y="34.5" text-anchor="middle" font-size="6.6" font-weight="700" letter-spacing="1">演示专用章</text></g></svg>'
    )


def bare(issuer: str) -> str:
    """Return the issuer's name without the mark of a demo, which the seal and the red line say in its place."""
    return issuer.removesuffix("（演示）")


def _letter(letter: str, degrees: float) -> str:
    return (
        f'<text transform="rotate({degrees:.2f}) translate(0 {-RADIUS})" text-anchor="middle" font-size="8.2" '
        f'font-weight="700">{escape(letter)}</text>'
    )
