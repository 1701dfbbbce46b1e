"""ICC profiles for colours that PNG gives by numbers: three primary colours and one curve."""

import struct

Chromaticities = tuple[float, ...]
"""x and y of white, red, green and blue."""

SRGB: Chromaticities = (0.3127, 0.3290, 0.64, 0.33, 0.30, 0.60, 0.15, 0.06)
SRGB_CURVE = 0.0
"""In place of a gamma."""

_CLOSE = 0.002
_D50 = (0.9642, 1.0, 0.8249)
_BRADFORD = ((0.8951, 0.2664, -0.1614), (-0.7502, 1.7135, 0.0367), (0.0389, -0.0685, 1.0296))
Matrix = tuple[tuple[float, ...], ...]


def profile(chromaticities: Chromaticities, gamma: float) -> bytes:
    """Return an ICC profile of three colours and one curve: https://www.color.org/ICC1v42_2006-05.pdf.

    Empty if that is sRGB, or impossible.
    """
    is_srgb = all(abs(one - other) < _CLOSE for one, other in zip(chromaticities, SRGB, strict=False))
    if is_srgb and (gamma == SRGB_CURVE or abs(gamma - 2.2) < 0.01):
        return b""
    try:
        red, green, blue = _columns(_to_d50(chromaticities))
        curve = _curve(gamma)
        tags = {b"rXYZ": _xyz(red), b"gXYZ": _xyz(green), b"bXYZ": _xyz(blue), b"wtpt": _xyz(_D50)}
    except (ArithmeticError, ValueError, struct.error):
        return b""
    tags |= dict.fromkeys((b"rTRC", b"gTRC", b"bTRC"), curve)
    index, content, start = struct.pack(">I", len(tags)), b"", 128 + 4 + 12 * len(tags)
    for name, tag in tags.items():
        index += name + struct.pack(">II", start + len(content), len(tag))
        content += tag + bytes(-len(tag) % 4)
    head = struct.pack(
        ">I4xI12s12x4s28x3i48x", start + len(content), 0x02400000, b"mntrRGB XYZ ", b"acsp", *_fixed(_D50)
    )
    return head + index + content


def _to_d50(chromaticities: Chromaticities) -> Matrix:
    """Return the matrix from linear RGB to XYZ, adapted to the white of profiles, D50."""
    (white, *primaries) = ((x / y, 1.0, (1 - x - y) / y) for x, y in _pairs(chromaticities))
    unscaled = _columns(tuple(primaries))
    shares = _times(_inverse(unscaled), white)
    scaled = tuple(tuple(value * share for value, share in zip(row, shares, strict=True)) for row in unscaled)
    scale = [to / of for to, of in zip(_times(_BRADFORD, _D50), _times(_BRADFORD, white), strict=True)]
    cone = tuple(tuple(value * part for value in row) for row, part in zip(_BRADFORD, scale, strict=True))
    adapted = [_times(_inverse(_BRADFORD), column) for column in _columns(_product(cone, scaled))]
    return _columns(tuple(adapted))


def _pairs(numbers: Chromaticities) -> list[tuple[float, float]]:
    return list(zip(numbers[::2], numbers[1::2], strict=True))


def _columns(rows: Matrix) -> Matrix:
    return tuple(zip(*rows, strict=True))


def _times(matrix: Matrix, vector: tuple[float, ...]) -> tuple[float, ...]:
    return tuple(sum(a * b for a, b in zip(row, vector, strict=True)) for row in matrix)


def _product(one: Matrix, other: Matrix) -> Matrix:
    return _columns(tuple(_times(one, column) for column in _columns(other)))


def _inverse(rows: Matrix) -> Matrix:
    (a, b, c), (d, e, f), (g, h, i) = rows
    whole = a * (e * i - f * h) - b * (d * i - f * g) + c * (d * h - e * g)
    cofactors = (
        (e * i - f * h, c * h - b * i, b * f - c * e),
        (f * g - d * i, a * i - c * g, c * d - a * f),
        (d * h - e * g, b * g - a * h, a * e - b * d),
    )
    return tuple(tuple(value / whole for value in row) for row in cofactors)


def _curve(gamma: float) -> bytes:
    if gamma == SRGB_CURVE:
        steps = (value / 1023 for value in range(1024))
        table = [round(65535 * (v / 12.92 if v <= 0.04045 else ((v + 0.055) / 1.055) ** 2.4)) for v in steps]
        return struct.pack(">4s4xI1024H", b"curv", 1024, *table)
    return struct.pack(">4s4xIH", b"curv", 1, round(gamma * 256))


def _xyz(values: tuple[float, ...]) -> bytes:
    return struct.pack(">4s4x3i", b"XYZ ", *_fixed(values))


def _fixed(values: tuple[float, ...]) -> tuple[int, ...]:
    return tuple(round(value * 65536) for value in values)
