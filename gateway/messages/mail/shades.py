"""Readable shades of a colour. Contrasts are those of WCAG 2.2 (1.4.3), colours are `#rrggbb`."""

from __future__ import annotations

WHITE, BLACK = "#ffffff", "#000000"
MIN_CONTRAST = 4.5


def mix(color: str, other: str, share: float) -> str:
    """*color* mixed with *share* (0 to 1) of *other*."""
    channels = zip(_channels(color), _channels(other), strict=True)
    return "#" + "".join(f"{round(first + (second - first) * share):02x}" for first, second in channels)


def text_on(background: str) -> str:
    """White, or black if that is more readable."""
    return max((WHITE, BLACK), key=lambda color: contrast(color, background))


def readable(color: str, background: str) -> str:
    """*color*, or the nearest lighter or darker shade of it that is readable on *background*."""
    target = text_on(background)
    shades = (mix(color, target, step / 20) for step in range(20))
    return next((shade for shade in shades if contrast(shade, background) >= MIN_CONTRAST), target)


def contrast(first: str, second: str) -> float:
    """The contrast ratio, from 1 to 21."""
    darker, lighter = sorted((_luminance(first), _luminance(second)))
    return (lighter + 0.05) / (darker + 0.05)


def _luminance(color: str) -> float:
    linear = [
        value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4
        for value in (channel / 255 for channel in _channels(color))
    ]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def _channels(color: str) -> tuple[int, int, int]:
    return int(color[1:3], 16), int(color[3:5], 16), int(color[5:7], 16)
