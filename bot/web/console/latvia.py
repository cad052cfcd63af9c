"""A plain map of Latvia: the outline, drawn by hand, and where a place is on the picture."""

from __future__ import annotations

import math

WIDTH, HEIGHT = 1000, 632  # of the picture
_WEST, _NORTH = 20.72, 58.21
_SCALE = 237.0  # a degree of latitude
_NARROWED = math.cos(math.radians(56.9))  # a degree of longitude beside one of latitude

# Longitude and latitude in degrees, from the border with Lithuania at the sea along the coast.
_OUTLINE = """
21.05 56.07  20.98 56.26  21.01 56.40  20.98 56.53  21.06 56.70  21.17 56.90  21.36 57.06
21.41 57.25  21.52 57.39  21.60 57.51  21.75 57.58  22.05 57.61  22.35 57.68  22.60 57.76
22.64 57.65  22.77 57.54  22.98 57.43  23.12 57.36  23.14 57.27  23.23 57.13  23.33 57.05
23.52 57.02  23.62 56.98  23.85 57.00  24.01 57.07  24.15 57.11  24.30 57.17  24.40 57.26
24.37 57.40  24.37 57.53  24.31 57.66  24.36 57.79  24.34 57.87  24.46 57.91  24.55 57.95
24.72 57.99  24.84 57.98  25.02 58.04  25.17 58.08  25.28 58.01  25.28 57.99  25.45 57.95
25.60 57.91  25.72 57.92  25.80 57.87  25.97 57.84  26.04 57.79  26.02 57.77  26.12 57.72
26.29 57.68  26.45 57.57  26.51 57.53  26.63 57.56  26.79 57.57  26.90 57.63  27.03 57.61
27.09 57.56  27.22 57.54  27.36 57.54  27.52 57.53  27.53 57.42  27.66 57.39  27.70 57.32
27.86 57.30  27.84 57.17  27.72 57.13  27.69 57.02  27.75 56.95  27.64 56.86  27.84 56.87
27.92 56.82  27.87 56.74  28.00 56.68  28.03 56.58  28.11 56.55  28.15 56.43  28.24 56.35
28.21 56.26  28.16 56.15  27.95 56.11  27.81 56.02  27.66 55.93  27.61 55.79  27.45 55.80
27.27 55.79  27.15 55.84  27.00 55.83  26.88 55.79  26.77 55.68  26.63 55.68  26.53 55.67
26.42 55.71  26.28 55.76  26.20 55.86  26.03 55.96  25.87 55.99  25.70 56.08  25.55 56.15
25.40 56.15  25.22 56.17  25.09 56.19  25.02 56.29  24.90 56.41  24.83 56.41  24.73 56.41
24.63 56.37  24.56 56.29  24.45 56.26  24.32 56.29  24.14 56.25  24.02 56.32  23.89 56.34
23.73 56.37  23.58 56.35  23.38 56.37  23.18 56.36  23.08 56.31  22.95 56.40  22.83 56.38
22.66 56.35  22.51 56.39  22.23 56.39  22.08 56.42  21.97 56.38  21.84 56.36  21.69 56.31
21.58 56.32  21.41 56.23  21.32 56.22  21.24 56.16
"""


def position(lat: float, lon: float) -> tuple[float, float]:
    """Where a place is on the picture: x to the right, y down, both within its size if it is in
    Latvia."""
    return round((lon - _WEST) * _NARROWED * _SCALE, 1), round((_NORTH - lat) * _SCALE, 1)


def outline() -> str:
    """The points of the border and the coast, for an SVG polygon."""
    numbers = [float(each) for each in _OUTLINE.split()]
    points = (position(lat, lon) for lon, lat in zip(numbers[::2], numbers[1::2], strict=True))
    return " ".join(f"{x},{y}" for x, y in points)
