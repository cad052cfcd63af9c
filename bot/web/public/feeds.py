"""The outages for other programs: JSON, GeoJSON (RFC 7946) and Atom (RFC 4287)."""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any
from xml.etree import ElementTree

from bot.service import Service
from bot.web.public.answers import Answer, Headers, make
from bot.web.public.breath import gently
from bot.web.public.places import Spot, about
from bot.web.public.site import Outage, Site
from bot.web.public.words import Writer
from locales.catalogue import LANGUAGES, say
from storage.database import maybe_stamp, stamp

SECONDS = 60  # for which others keep a feed
MOST = 5000  # outages of a feed, those that last first
MOST_ENTRIES = 100  # of Atom, the latest first
ATOM = "http://www.w3.org/2005/Atom"
# Any page may read a feed: there is nothing in it that is not for all.
HEADERS: Headers = [
    ("Access-Control-Allow-Origin", "*"),
    ("Cross-Origin-Resource-Policy", "cross-origin"),
    ("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'"),
    ("X-Content-Type-Options", "nosniff"),
    ("Vary", "Accept-Encoding"),
]

ElementTree.register_namespace("", ATOM)


class Feeds:
    """Makes feeds of a site. Addresses in them begin with the public one of the settings."""

    def __init__(self, service: Service) -> None:
        self._service = service
        self._base = service.settings.public_url.rstrip("/")

    def json(self, site: Site, _language: str, old: Answer | None) -> Answer:
        """All outages, in no language but the words of the cause in each."""
        told = {
            "publisher": self._service.policy.brand_in_answers,
            "changed_at": stamp(site.changed_at),
        }
        each = (self._told(outage) for outage in (*site.open, *site.over)[:MOST])
        body = _dumped(told, "outages", each)
        return self._answer(body, "application/json; charset=utf-8", site, old)

    def geojson(self, site: Site, _language: str, old: Answer | None) -> Answer:
        """Outages that last or are to come: the middles of squares that many homes share."""
        features = (
            {
                "type": "Feature",
                "id": each.id,
                "geometry": _geometry(each.spots),
                "properties": self._told(each) | {"accuracy_km": _accuracy(each.spots)},
            }
            for each in site.open[:MOST]
        )
        body = _dumped({"type": "FeatureCollection"}, "features", features)
        return self._answer(body, "application/geo+json", site, old)

    def atom(self, site: Site, language: str, old: Answer | None) -> Answer:
        """What changed last, in one language."""
        w = self._writer(language)
        brand = self._service.policy.brand_in_answers
        feed = ElementTree.Element(_name("feed"), {"xml:lang": language})
        _add(feed, "title", w.t("feed.title", brand=brand))
        _add(feed, "id", f"{self._base or 'urn:gaisma'}/outages.atom?lang={language}")
        _add(feed, "updated", stamp(site.changed_at))
        _add(_add(feed, "author"), "name", brand)
        _add(feed, "link", href=f"{self._base}/outages.atom?lang={language}", rel="self")
        _add(feed, "link", href=f"{self._base}/?lang={language}", rel="alternate")
        latest = sorted(site.outages.values(), key=lambda each: (each.updated_at, each.id))
        for outage in gently(latest[-MOST_ENTRIES:][::-1]):
            self._entry(feed, outage, w)
        text = ElementTree.tostring(feed, encoding="utf-8", xml_declaration=True)
        return self._answer(text, "application/atom+xml; charset=utf-8", site, old)

    def _entry(self, feed: ElementTree.Element, outage: Outage, w: Writer) -> None:
        entry = _add(feed, "entry")
        _add(entry, "id", f"urn:uuid:{outage.id}")
        _add(entry, "title", f"{w.badge(outage)}: {w.place(outage)}")
        _add(entry, "updated", stamp(outage.updated_at))
        first = outage.history[0].at if outage.history else outage.updated_at
        _add(entry, "published", stamp(first))
        _add(entry, "link", href=f"{self._base}{w.link(f'/outages/{outage.id}')}")
        _add(entry, "category", term=outage.kind, label=w.badge(outage))
        told = (*w.times(outage), *w.facts(outage))
        _add(entry, "summary", " ".join(told))

    def _writer(self, language: str) -> Writer:
        policy, settings = self._service.policy, self._service.settings
        return Writer(language, policy, settings.short_number, datetime.now(UTC), relative=False)

    def _told(self, outage: Outage) -> dict[str, Any]:
        """An outage as JSON; times in UTC, counts rounded (null: fewer than 5)."""
        return {
            "id": outage.id,
            "url": f"{self._base}/outages/{outage.id}",
            "kind": outage.kind,
            "state": outage.standing.replace(" ", "_"),
            "revision": outage.revision,
            "starts_at": stamp(outage.starts_at),
            "ends_at": maybe_stamp(outage.ends_at),
            "next_word_at": maybe_stamp(outage.next_word_at),
            "updated_at": stamp(outage.updated_at),
            "cause": _cause(outage.cause),
            "crew": outage.crew or None,
            "premises": about(outage.premises),
            "where": [
                {
                    "town": each.town,
                    "streets": list(each.streets),
                    "premises": about(each.premises),
                }
                for each in outage.where
            ],
        }

    def _answer(self, body: str | bytes, kind: str, site: Site, old: Answer | None) -> Answer:
        return make(
            body, kind, changed=datetime.now(UTC), headers=HEADERS, seconds=SECONDS,
            number=site.number, old=old,
        )  # fmt: skip


def _dumped(told: dict[str, Any], name: str, things: Iterable[dict[str, Any]]) -> str:
    """A JSON object with a list at its end, whose things are written one by one."""
    head = _DUMP({**told, name: []}).removesuffix("]}")
    return f"{head}{','.join(_DUMP(each) for each in gently(things))}]}}\n"


_DUMP = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode


def _cause(code: str) -> dict[str, str] | None:
    if not code:
        return None
    words = {language: say(language, f"reason.{code}") for language in LANGUAGES}
    return {"code": code, **words}


def _geometry(spots: Iterable[Spot]) -> dict[str, Any] | None:
    points = [[each.lon, each.lat] for each in spots]
    if len(points) == 1:
        return {"type": "Point", "coordinates": points[0]}
    return {"type": "MultiPoint", "coordinates": points} if points else None


def _accuracy(spots: Iterable[Spot]) -> int | None:
    return max((each.km for each in spots), default=None)


def _name(tag: str) -> str:
    return f"{{{ATOM}}}{tag}"


def _add(
    parent: ElementTree.Element, tag: str, text: str = "", **values: str
) -> ElementTree.Element:  # fmt: skip
    made = ElementTree.SubElement(parent, _name(tag), values)
    made.text = text or None
    return made
