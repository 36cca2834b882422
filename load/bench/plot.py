"""A plot without a library: lines over a logarithmic number of listeners, as SVG text."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape

WIDTH, HEIGHT = 720, 420
LEFT, RIGHT, TOP, BOTTOM = 70, 190, 40, 50
COLOURS = ("#1f5fbf", "#7fa8e0", "#555555", "#c0392b", "#2e8b57", "#b8860b", "#8e44ad")

Points = Sequence[tuple[float, float]]


@dataclass(frozen=True, slots=True)
class Scale:
    """From a value to a pixel, by logarithm."""

    least: float
    most: float
    start: float
    end: float

    def at(self, value: float) -> float:
        low, high = math.log10(self.least), math.log10(self.most)
        share = (math.log10(value) - low) / (high - low) if high > low else 0.5
        return self.start + share * (self.end - self.start)


def svg(title: str, across: str, up: str, lines: Mapping[str, Points]) -> str:
    """Both axes logarithmic; values must be above zero."""
    points = [point for line in lines.values() for point in line]
    xs, ys = [x for x, _ in points], [y for _, y in points]
    x = Scale(min(xs), max(xs), LEFT, WIDTH - RIGHT)
    y = Scale(
        10 ** math.floor(math.log10(min(ys))), 10 ** math.ceil(math.log10(max(ys))), HEIGHT - BOTTOM, TOP
    )
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" '
        'font-family="sans-serif" font-size="12">',
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="white"/>',
        _text(LEFT, 22, title, size=14),
        _text((LEFT + WIDTH - RIGHT) / 2, HEIGHT - 12, across, anchor="middle"),
        f'<g transform="rotate(-90 18 {HEIGHT / 2})">{_text(18, HEIGHT / 2, up, anchor="middle")}</g>',
        *(_across(x, value) for value in sorted(set(xs))),
        *(_up(y, value) for value in _ticks(y)),
        *(_line(x, y, number, name, line) for number, (name, line) in enumerate(lines.items())),
        "</svg>",
    ]
    return "\n".join(parts) + "\n"


def _ticks(scale: Scale) -> list[float]:
    powers = range(round(math.log10(scale.least)), round(math.log10(scale.most)) + 1)
    return [
        digit * 10.0**power for power in powers for digit in (1, 2, 5) if digit * 10.0**power <= scale.most
    ]


def _across(x: Scale, value: float) -> str:
    at = x.at(value)
    return _rule(at, TOP, at, HEIGHT - BOTTOM) + _text(
        at, HEIGHT - BOTTOM + 18, f"{value:g}", anchor="middle"
    )


def _up(y: Scale, value: float) -> str:
    at = y.at(value)
    return _rule(LEFT, at, WIDTH - RIGHT, at) + _text(LEFT - 8, at + 4, f"{value:g}", anchor="end")


def _line(x: Scale, y: Scale, number: int, name: str, points: Points) -> str:
    colour = COLOURS[number % len(COLOURS)]
    path = " ".join(f"{x.at(across):.1f},{y.at(up):.1f}" for across, up in points)
    dots = "".join(
        f'<circle cx="{x.at(across):.1f}" cy="{y.at(up):.1f}" r="3" fill="{colour}"/>'
        for across, up in points
    )
    at = TOP + 14 + 20 * number
    key = f'<rect x="{WIDTH - RIGHT + 14}" y="{at - 9}" width="12" height="4" fill="{colour}"/>'
    line = f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="2"/>'
    return line + dots + key + _text(WIDTH - RIGHT + 32, at - 3, name)


def _rule(x1: float, y1: float, x2: float, y2: float) -> str:
    return f'<line x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}" stroke="#dddddd"/>'


def _text(x: float, y: float, words: str, anchor: str = "start", size: int = 12) -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" font-size="{size}">{escape(words)}</text>'
