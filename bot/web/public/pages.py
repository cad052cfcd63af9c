"""The public pages as HTML: the first one, lists, one outage. Searching is in `search`."""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode

from flask import Flask
from jinja2 import Environment
from markupsafe import Markup

from bot.service import Service
from bot.web.public.answers import Answer, Headers, make, refusal
from bot.web.public.breath import gently
from bot.web.public.site import Outage, Site, towns_of
from bot.web.public.words import MOST_STREETS, Line, Writer, lines
from locales.catalogue import LANGUAGES

HTML = "text/html; charset=utf-8"
SECONDS = 15  # for which browsers and proxies keep a page
MOST_NOW = 12  # outages told one by one on the first page; more are counted by town
MOST_COMING = 10
MOST_TOWNS = 40
A_PAGE = 40  # outages of a list
RETRY_SECONDS = 3
_INDENT = re.compile(r"\n\s+")
_REFERENCE = 6  # characters of an id that are read out on the phone


@dataclass(frozen=True)
class Group:
    """The outages of one part of the first page: told one by one, or by town."""

    count: int
    premises: int
    lines: list[Line]
    more: bool
    towns: list[dict[str, str]] = field(default_factory=list)


@dataclass(frozen=True)
class Shown:
    """One page of a list; `before` and `next` are addresses, '' where there is none."""

    lines: list[Line]
    page: int
    pages: int
    before: str
    next: str


class Pages:
    """Renders pages of a site. They ask for nothing else but the icon, and hold no script."""

    def __init__(self, app: Flask, service: Service) -> None:
        self._service = service
        self._templates: Environment = app.jinja_env
        source, _, _ = self._templates.loader.get_source(  # type: ignore[union-attr]
            self._templates, "public/page.css"
        )
        self._style = source.strip()
        self.headers = _headers(self._style)
        self.crowded = {language: self._crowded(language) for language in LANGUAGES}

    def writer(self, language: str) -> Writer:
        policy, settings = self._service.policy, self._service.settings
        return Writer(language, policy, settings.short_number, datetime.now(UTC))

    # --- the pages --------------------------------------------------------------------------

    def front(self, site: Site, language: str, old: Answer | None = None) -> Answer:
        """What is off now and what is planned: under 30 kB, however much that is."""
        w = self.writer(language)
        values = {"now": _now(w, site.now), "coming": _coming(w, site.coming)}
        html = self.render("front", w, lambda code: f"/?lang={code}", site=site, **values)
        return self.answer(html, site, old)

    def outage(self, site: Site, outage: Outage, language: str, old: Answer | None) -> Answer:
        """All that anybody may know of one outage."""
        w = self.writer(language)
        html = self.render(
            "outage", w, lambda code: f"/outages/{outage.id}?lang={code}", site=site,
            outage=outage, line=w.line(outage), history=w.history(outage), most=MOST_STREETS,
            reference=outage.id[-_REFERENCE:].upper(),
        )  # fmt: skip
        return self.answer(html, site, old)

    def listed(
        self, site: Site, language: str, wish: tuple[str, str, int], old: Answer | None
    ) -> Answer:  # fmt: skip
        """Outages by `wish`: (now, planned or '' for both; a town or ''; the page from 1)."""
        show, town, page = wish
        w = self.writer(language)
        found = [each for each in _of(site, town) if _is(each, show)]
        shown = _shown(w, found, wish)
        title = w.t("in_town", town=town) if town else w.t(_TITLES[show])
        calendar = w.link("/outages.ics", town=town) if town else ""
        html = self.render(
            "list", w, lambda code: _address("/outages", show, town, page, code), site=site,
            title=title, shown=shown, town=town, calendar=calendar,
            rows=[] if town else _towns(w, found, show),
        )  # fmt: skip
        return self.answer(html, site, old)

    def lost(self, language: str) -> Answer:
        """There is no such page."""
        return self._note("lost", language, "404 Not Found", [])

    def _crowded(self, language: str) -> Answer:
        return self._note(
            "crowded", language, "503 Service Unavailable", [("Retry-After", str(RETRY_SECONDS))]
        )

    def _note(self, about: str, language: str, status: str, more: Headers) -> Answer:
        html = self.render(
            "note", self.writer(language), lambda code: f"/?lang={code}", about=about
        )  # fmt: skip
        return refusal(status, html, HTML, [*self.headers, *more])

    # --- how --------------------------------------------------------------------------------

    def render(
        self, name: str, w: Writer, here: Callable[[str], str], **values: Any
    ) -> str:  # fmt: skip
        """The HTML of a template. `here` gives the address of this page in another language."""
        template = self._templates.get_template(f"public/{name}.html")
        pieces = template.generate(
            w=w, here=here, policy=self._service.policy, style=Markup(self._style),  # noqa: S704
            brand=self._service.policy.brand_in_answers,
            short_number=self._service.settings.short_number, **values,
        )  # fmt: skip
        return _INDENT.sub("\n", "".join(gently(pieces)))

    def answer(self, html: str, site: Site, old: Answer | None) -> Answer:
        return make(
            html, HTML, changed=datetime.now(UTC), headers=self.headers, seconds=SECONDS,
            number=site.number, old=old,
        )  # fmt: skip


_TITLES = {"now": "now.title", "planned": "coming.title", "": "title"}


def _now(w: Writer, outages: Sequence[Outage]) -> Group:
    premises = sum(each.premises for each in outages)
    if len(outages) <= MOST_NOW:
        return Group(len(outages), premises, lines(w, outages), more=False)
    return Group(len(outages), premises, [], more=True, towns=_towns(w, outages, "now"))


def _coming(w: Writer, outages: Sequence[Outage]) -> Group:
    told = lines(w, outages[:MOST_COMING])
    return Group(len(outages), 0, told, more=len(outages) > MOST_COMING)


def _towns(w: Writer, outages: Iterable[Outage], show: str) -> list[dict[str, str]]:
    ranked = list(towns_of(outages))
    rows = [
        {
            "town": town,
            "href": w.link("/outages", show=show, town=town),
            "text": f"{w.t('count', count=many)} · {w.homes(premises)}",
        }
        for town, many, premises in ranked[:MOST_TOWNS]
    ]
    if more := len(ranked) - MOST_TOWNS:
        text = w.t("more_of_towns", count=max(more, 0))
        rows += [{"town": text, "href": w.link("/outages", show=show), "text": ""}] * (more > 0)
    return rows


def _shown(w: Writer, found: Sequence[Outage], wish: tuple[str, str, int]) -> Shown:
    show, town, page = wish
    pages = max(1, -(-len(found) // A_PAGE))
    page = min(page, pages)
    first = (page - 1) * A_PAGE

    def there(number: int) -> str:
        return _address("/outages", show, town, number, w.language)

    return Shown(
        lines(w, found[first : first + A_PAGE]), page, pages,
        there(page - 1) if page > 1 else "", there(page + 1) if page < pages else "",
    )  # fmt: skip


def _of(site: Site, town: str) -> Sequence[Outage]:
    return site.by_town.get(town, []) if town else site.open


def _is(outage: Outage, show: str) -> bool:
    return not show or outage.is_now == (show == "now")


def _address(path: str, show: str, town: str, page: int, language: str) -> str:
    named = {"show": show, "town": town, "page": page if page > 1 else ""}
    told = {name: value for name, value in named.items() if value}
    return f"{path}?{urlencode({**told, 'lang': language})}"


def _headers(style: str) -> Headers:
    """Of pages. Others may show them in a frame: there is nothing to sign in to or to press."""
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    return [
        (
            "Content-Security-Policy",
            f"default-src 'none'; style-src 'sha256-{digest}'; img-src 'self'; "
            "form-action 'self'; base-uri 'none'; frame-ancestors *",
        ),
        ("Referrer-Policy", "no-referrer"),
        ("X-Content-Type-Options", "nosniff"),
        ("Permissions-Policy", "camera=(), microphone=(), geolocation=()"),
        ("Vary", "Accept-Encoding, Accept-Language"),
    ]
