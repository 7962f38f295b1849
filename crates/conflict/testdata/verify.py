#!/usr/bin/env python3
"""Works out the ground of conflicts.toml again: how far apart the areas of each case are.

Shares no code with the engine: geodesics are those of Karney's own geographiclib for Python (pip install geographiclib),
the nearest points are found by a patient search, and what is inside by the turns of the boundary. Slow, and meant to be.
Prints what differs by more than 1 mm from what the file says, and ends with 1 if anything does.
"""

import pathlib
import sys
import tomllib

from geographiclib.geodesic import Geodesic

WGS84 = Geodesic.WGS84


def inverse(p, q):
    found = WGS84.Inverse(*p, *q)
    return found["s12"], found["azi1"]


def places(text):
    return [tuple(map(float, place.split())) for place in text.split(";")]


def read(area):
    """Edges as (start, azimuth, metres), the ring if there is one, and what lies within how much of them belongs to it."""
    word, rest = area.split(" ", 1) if not area.startswith("polygon:") else ("polygon", area[8:])
    if word == "circle":
        centre, radius = rest.split(",")
        return [(places(centre)[0], 0.0, 0.0)], [], float(radius.removesuffix("m"))
    ring, width = [], 0.0
    if word == "corridor":
        width, rest = rest.split(":")
        points, width = places(rest), float(width.removesuffix("m")) / 2
        ends = zip(points, points[1:])
    else:
        points = ring = places(rest)
        ends = zip(points, points[1:] + points[:1])
    edges = []
    for p, q in ends:
        metres, azimuth = inverse(p, q)
        edges.append((p, azimuth, metres))
    return edges, ring, width


def on(edge, part):
    start, azimuth, metres = edge
    if metres * part == 0:
        return start
    found = WGS84.Direct(*start, azimuth, metres * part)
    return found["lat2"], found["lon2"]


def least(steps, value):
    """Of a function that falls, then rises."""
    low, high = 0.0, 1.0
    for _ in range(steps):
        third, two = low + (high - low) / 3, high - (high - low) / 3
        if value(third) < value(two):
            high = two
        else:
            low = third
    return min(value(0.0), value((low + high) / 2), value(1.0))


def inside(ring, place):
    azimuths = [inverse(place, vertex)[1] for vertex in ring]
    turns = [(b - a + 180) % 360 - 180 for a, b in zip(azimuths, azimuths[1:] + azimuths[:1])]
    return bool(ring) and abs(sum(turns)) > 180


def apart(one, other):
    """Metres between two areas; 0 or less where they overlap."""
    (edges, ring, width), (edges2, ring2, width2) = read(one), read(other)
    if inside(ring, edges2[0][0]) or inside(ring2, edges[0][0]):
        return -width - width2
    parts = [step / 4 for step in range(5)]
    pairs = []
    for a in edges:
        for b in edges2:
            coarse = min(inverse(on(a, s), on(b, t))[0] for s in parts for t in parts)
            pairs.append((coarse - (a[2] + b[2]) / 8, a, b))
    best = float("inf")
    for bound, a, b in sorted(pairs):
        if bound > best:
            break
        # Each half step for itself: 1e-9 of an edge is under a tenth of a millimetre.
        best = min(best, least(50, lambda s: least(50, lambda t: inverse(on(a, s), on(b, t))[0])))
    return best - width - width2


def main():
    path = pathlib.Path(__file__).with_name("conflicts.toml")
    wrong = 0
    for case in tomllib.loads(path.read_text())["case"]:
        if "apart_mm" not in case and not case.get("overlap"):
            continue
        metres = apart(case["one"]["area"], case["other"]["area"])
        said = "overlap" if case.get("overlap") else case["apart_mm"] / 1000
        agrees = metres <= 0.001 if said == "overlap" else abs(metres - said) <= 0.001
        if not agrees:
            wrong += 1
            print(f"{case['name']}: {metres:.4f} m, the file says {said}")
    print(f"{wrong} differ")
    sys.exit(wrong > 0)


main()
