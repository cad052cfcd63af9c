"""What the service says, from the gettext catalogues under `locales/<language>/LC_MESSAGES/*.po`.

The .po files are read once, at first use, and held as plain dictionaries: no .mo file can go
stale, and a `say` costs a look-up and one `str.format_map`. Keys are symbolic
('fault.ask_address'); a key with plural forms has the same key and '#' as its msgid_plural.
"""

from __future__ import annotations

import gettext
import io
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from string import Formatter

from babel.messages.catalog import Catalog, Message
from babel.messages.plurals import get_plural
from babel.messages.pofile import PoFileError, read_po

LANGUAGES = ("lv", "ru", "en")
FALLBACK = "lv"
PLURAL_MARK = "#"


@dataclass(slots=True)
class Book:
    """One language's texts: `single` by key, `plural` forms by key, and what is wrong with them."""

    language: str
    single: dict[str, str] = field(default_factory=dict)
    plural: dict[str, tuple[str, ...]] = field(default_factory=dict)
    form_of: Callable[[int], int] = lambda _count: 0
    faults: list[str] = field(default_factory=list)
    named: dict[str, frozenset[str]] = field(default_factory=dict)  # placeholders by key
    unused: dict[str, tuple[str, ...]] = field(default_factory=dict)  # texts that would mislead

    def keys(self) -> set[str]:
        return self.single.keys() | self.plural.keys() | self.unused.keys()

    def forms(self, key: str) -> tuple[str, ...]:
        """Every form of a key; none when this language lacks it."""
        found = self.plural.get(key) or self.unused.get(key)
        return found or ((self.single[key],) if key in self.single else ())

    def say(self, key: str, count: int | None, values: Mapping[str, object]) -> str:
        """Raises KeyError for a key or a value that is missing, IndexError for a form."""
        if count is not None and key in self.plural:
            return self.plural[key][self.form_of(abs(count))].format_map(values)
        return self.single[key].format_map(values)

    def leave_out(self, key: str) -> None:
        """Never say it: another language does instead."""
        self.unused[key] = self.forms(key)
        self.single.pop(key, None)
        self.plural.pop(key, None)


class Library:
    """The books of all languages under one folder, read at first use."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    @cached_property
    def books(self) -> dict[str, Book]:
        made = {language: _read_book(self._folder, language) for language in LANGUAGES}
        _leave_out_odd(made)
        return made

    def say(self, language: str, key: str, /, *, count: int | None = None, **values: object) -> str:
        """The text of a key in a language, its `{name}` placeholders filled with `values`.

        An unknown language gives Latvian. With `count` the plural form is chosen by the
        catalogue's own rule and `{count}` can be used. Values are data: braces in them are left
        as they are. What a language cannot say for a mistake of its translator is said in another.
        Raises KeyError, naming key and language, for a key or a value that all of them lack: a
        mistake in the program, which the tests find.
        """
        book = self.books.get(language) or self.books[FALLBACK]
        if count is not None:
            values["count"] = count
        try:
            if count is not None and key in book.plural:
                template = book.plural[key][book.form_of(abs(count))]
            else:
                template = book.single[key]
            return template.format_map(values)
        except (KeyError, IndexError) as missing:
            for other in self.books.values():
                with suppress(KeyError, IndexError):
                    return other.say(key, count, values)
            raise KeyError(_complaint(book, key, str(missing.args[0]))) from None

    def keys(self, prefix: str = "") -> tuple[str, ...]:
        """All keys that any language has, sorted."""
        every = set[str]().union(*(book.keys() for book in self.books.values()))
        return tuple(sorted(key for key in every if key.startswith(prefix)))

    def has(self, language: str, key: str) -> bool:
        """Whether a language (or Latvian, for an unknown one) has a text of this key."""
        book = self.books.get(language) or self.books[FALLBACK]
        return key in book.single or key in book.plural

    def gaps(self) -> list[str]:
        """Sentences naming what is missing or unlike between the languages; [] when all is well."""
        faults = [fault for book in self.books.values() for fault in book.faults]
        for key in self.keys():
            faults += self._unlike(key)
        return faults

    def _unlike(self, key: str) -> Iterator[str]:
        having = {name: book for name, book in self.books.items() if book.forms(key)}
        for name in LANGUAGES:
            if name not in having:
                yield f"{key} is missing in {name}."
        if len({key in book.plural for book in having.values()}) > 1:
            yield f"{key} has plural forms in some languages only."
        named = {name: _placeholders(book.forms(key)) for name, book in having.items()}
        if len(set(named.values())) > 1:
            told = "; ".join(f"{name}: {_listed(names)}" for name, names in named.items())
            yield f"{key} has different placeholders ({told})."


def _leave_out_odd(books: Mapping[str, Book]) -> None:
    """A text without the time that the other languages tell would be read as if there were none."""
    first, second, third = books.values()
    for odd, one, other in ((first, second, third), (second, first, third), (third, first, second)):
        told = one.named.items() & other.named.items()
        for key, names in told - odd.named.items():
            if names - odd.named.get(key, names):
                odd.leave_out(key)


def _complaint(book: Book, key: str, missing: str) -> str:
    if key in book.plural and missing == key:
        return f"the text {key!r} in {book.language!r} has plural forms: give count"
    if missing == key:
        return f"there is no text {key!r} in {book.language!r}"
    return f"the text {key!r} in {book.language!r} needs the value {missing!r}"


def _listed(names: Iterable[str]) -> str:
    return ", ".join(sorted(names)) or "none"


def _placeholders(forms: Iterable[str]) -> frozenset[str]:
    """Names used in any form. `count` does not tell: 'one' may be a word in one language."""
    braced = (form for form in forms if "{" in form)
    names = {name for form in braced for _, name, _, _ in Formatter().parse(form) if name}
    return frozenset(names - {"count"})


# --- reading --------------------------------------------------------------------------------


def _read_book(folder: Path, language: str) -> Book:
    book = Book(language)
    # Not that of the file: a wrong one would say "1 hours", or fail.
    book.form_of = gettext.c2py(get_plural(language).plural_expr)
    for path in sorted((folder / language / "LC_MESSAGES").glob("*.po")):
        try:
            catalog = _read_catalog(path, language)
        except ValueError as broken:
            book.faults.append(f"{broken}.")
            continue
        _check_rule(book, catalog, path)
        for message in catalog:
            if message.id:
                _add(book, message, path)
    return book


def _read_catalog(path: Path, language: str) -> Catalog:
    """Raises ValueError with the path for a file that breaks the format."""
    try:
        text = io.StringIO(path.read_text("utf-8"))
        return read_po(text, locale=language, abort_invalid=True)
    except (PoFileError, OSError, UnicodeError, ValueError) as broken:
        raise ValueError(f"{path}: {broken}") from broken


def _check_rule(book: Book, catalog: Catalog, path: Path) -> None:
    wanted = get_plural(book.language)
    if (catalog.num_plurals, catalog.plural_expr) != (wanted.num_plurals, wanted.plural_expr):
        book.faults.append(
            f"{book.language}/{path.name} has another Plural-Forms than {wanted.plural_forms}"
        )


def _add(book: Book, message: Message, path: Path) -> None:
    key, *plural = message.id if isinstance(message.id, (tuple, list)) else (message.id,)
    forms = tuple(message.string) if plural else (str(message.string),)
    fault = _fault(book, message, key, forms)
    if fault:
        book.faults.append(f"{key} in {book.language}/{path.name} {fault}.")
        return
    book.named[key] = _placeholders(forms)
    if plural:
        book.plural[key] = forms
    else:
        book.single[key] = forms[0]


def _fault(book: Book, message: Message, key: str, forms: tuple[str, ...]) -> str:
    """Why an entry cannot be used; '' when it can."""
    if message.fuzzy:
        return "is marked fuzzy"
    if not all(forms):
        return "is empty"
    if key in book.single or key in book.plural:
        return "is there twice"
    if len(message.id) == 2 and message.id[1] != key + PLURAL_MARK:
        return f"has a msgid_plural other than {key}{PLURAL_MARK}"
    return _bad_template(forms)


def _bad_template(forms: tuple[str, ...]) -> str:
    try:
        braced = (form for form in forms if "{" in form or "}" in form)
        fields = [part for form in braced for part in Formatter().parse(form)]
    except ValueError:
        return "has a brace that does not belong to a placeholder"
    plain = all(
        name is None or (name.isidentifier() and not spec and not conversion)
        for _, name, spec, conversion in fields
    )
    return "" if plain else "has a placeholder that is not a plain {name}"


# The shipped texts. Bound methods, not functions around them: `say` is on every hot path.
SHIPPED = Library(Path(__file__).parent)
say = SHIPPED.say
keys = SHIPPED.keys
gaps = SHIPPED.gaps
has = SHIPPED.has
