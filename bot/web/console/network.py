"""For dispatchers: reports clustered on the network, and the outages that last, live, on a map."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from flask import Blueprint, Response, request

from bot.network import overview as network
from bot.network.overview import Picture, Spot
from bot.web.console import frame as frames
from bot.web.console import latvia, network_new, network_outage, network_outages
from bot.web.console.frame import Frame, needs, t
from bot.web.console.seen import sees
from storage import Row
from storage import network as rows

BACK = {"": None, "24": timedelta(hours=24), "all": timedelta(days=3660)}
_TOWNS, _LARGE = 60, 12  # named on the map when it is drawn larger; always
_TOWNS_KEPT = timedelta(minutes=30)
_NAME_UP, _GAP = 16.0, 5.0  # the middle of a town's name is so high over its place; to a circle
_SMALLEST, _LARGEST = 11.0, 42.0  # radii of circles


def add(pages: Blueprint, frame: Frame) -> None:
    view = _Network(frame)
    mine = needs("dispatcher")
    pages.add_url_rule("/network", "network", mine(sees("reports.seen", of="network")(view.page)))
    pages.add_url_rule("/network/now", "network_now", mine(view.now))
    network_new.add(pages, frame)
    network_outages.add(pages, frame)
    network_outage.add(pages, frame)


@dataclass(frozen=True)
class Mark:
    """A circle on the map: what it is (cluster, unplanned, planned), where it leads, its words, and
    the name beside it on a large map."""

    kind: str
    x: float
    y: float
    radius: float
    address: str
    words: str
    name: str


@dataclass(frozen=True)
class Label:
    """A town's name on the map; a `minor` one is shown only when the map is drawn larger."""

    town: str
    x: float
    y: float
    minor: bool
    aside: float = 9.0  # how far right of its place the name begins


class _Network:
    def __init__(self, frame: Frame) -> None:
        self._frame, self._database, self._policy = frame, frame.database, frame.policy
        self._kept: dict[str, tuple[str, Picture]] = {}
        self._labels: tuple[datetime, list[Label]] | None = None

    def page(self) -> Response:
        version = self._version()
        return self._frame.page("network.html", version=version, **self._words(version))

    def now(self) -> Response:
        version = self._version()
        if frames.unchanged(version):
            return Response(status=204)
        return self._frame.piece("network_now.html", version, **self._words(version))

    def _version(self) -> str:
        """What is new, and the minute: the window of the clusters moves on by itself."""
        return f"{rows.version(self._database)}/{frames.now():%d%H%M}"

    def _words(self, version: str) -> dict[str, object]:
        back = request.args.get("back", "")
        back = back if back in BACK else ""
        picture = self._picture(back, version)
        return {
            "picture": picture,
            "back": back,
            "marks_on_map": (marks := _marks(picture)),
            "labels": [_beside(label, marks) for label in self._towns()],
            "outline": latvia.outline(),
            "size": (latvia.WIDTH, latvia.HEIGHT),
            "window": self._policy.cluster_window_minutes,
            "street_of": network.street_of,
        }

    def _picture(self, back: str, version: str) -> Picture:
        """Gathered once for all who look at it."""
        kept = self._kept.get(back)
        if kept is None or kept[0] != version:
            made = network.look(self._database, frames.now(), self._policy, back=BACK[back])
            kept = self._kept[back] = (version, made)
        return kept[1]

    def _towns(self) -> list[Label]:
        now = frames.now()
        if self._labels is None or now - self._labels[0] > _TOWNS_KEPT:
            self._labels = (now, _labels(rows.towns(self._database, _TOWNS)))
        return self._labels[1]


def _labels(towns: list[Row]) -> list[Label]:
    """Names that do not run into those of larger towns; all of them have room on a larger map."""
    placed: list[Label] = []
    for row in towns:
        x, y = latvia.position(row["lat"], row["lon"])
        large = [each for each in placed if not each.minor]
        crowded = any(abs(each.x - x) < 150 and abs(each.y - y) < 34 for each in large)
        if any(abs(each.x - x) < 26 and abs(each.y - y) < 6 for each in placed):
            continue
        placed.append(Label(str(row["town"]), x, y, crowded or len(large) >= _LARGE))
    return placed


def _beside(label: Label, marks: Sequence[Mark]) -> Label:
    """The name to the right of the circles that would cover where it begins."""
    middle = label.y - _NAME_UP
    over = [
        mark.x + mark.radius - label.x + _GAP
        for mark in marks
        if abs(mark.y - middle) < mark.radius + _NAME_UP and abs(mark.x - label.x) < mark.radius * 2
    ]
    return replace(label, aside=round(max([label.aside, *over]), 1))


def _marks(picture: Picture) -> list[Mark]:
    made = []
    for lasting in picture.outages:
        row, place = lasting.row, lasting.place
        if place is None or lasting.spot is None:
            continue
        words = t(
            f"network.map.{row['kind']}", id=row["external_id"], town=place["town"],
            premises=t("network.premises", count=place["premises"]),
        )  # fmt: skip
        address = f"/console/network/outages/{row['id']}"
        made.append(
            _mark(
                str(row["kind"]),
                lasting.spot,
                place["premises"],
                (address, words, row["external_id"]),
            )
        )
    for cluster in picture.clusters:
        if cluster.spot is None:
            continue
        words = t(
            "network.map.cluster", name=cluster.transformer, town=cluster.town,
            reports=t("network.reports", count=len(cluster.reports)),
        )  # fmt: skip
        address = network_new.address_of(transformer=cluster.transformer)
        made.append(
            _mark("cluster", cluster.spot, cluster.premises, (address, words, cluster.transformer))
        )
    # The largest first, so that small ones lie on top and can be met.
    return sorted(made, key=lambda mark: -mark.radius)


def _mark(kind: str, spot: Spot, premises: int, link: tuple[str, str, str]) -> Mark:
    x, y = latvia.position(spot.lat, spot.lon)
    radius = min(_LARGEST, _SMALLEST + math.sqrt(premises) * 0.9)
    return Mark(kind, x, y, round(radius, 1), *link)
