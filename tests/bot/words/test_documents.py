from __future__ import annotations

import pytest

from bot.words.documents import Document, Section, read_document, write_document

DOCUMENT = Document(
    language="lv",
    subject="Plānoti darbi",
    greeting="Labdien!",
    lead="1. decembrī nebūs elektrības.",
    facts=(("Kad", "1. decembrī no 9.00 līdz 15.00"), ("Kur", "Kalna iela 1, Cēsis")),
    sections=(Section("Kā sagatavoties", ("Atvienojiet ierīces.", "Uzlādējiet telefonu.")),),
    closing="Sadales tīkls",
)


def test_a_document_is_read_as_it_was_written() -> None:
    assert read_document(write_document(DOCUMENT)) == DOCUMENT


def test_plain_text_has_every_part_in_order() -> None:
    text = DOCUMENT.plain_text()
    parts = [
        "Labdien!",
        "nebūs",
        "Kad: 1.",
        "Kur: Kalna",
        "Kā sagatavoties",
        "Uzlādējiet",
        "Sadales",
    ]
    assert [text.index(part) for part in parts] == sorted(text.index(part) for part in parts)


@pytest.mark.parametrize("body", ["", "[]", "7", '{"language": "lv"}', "Labdien!"])
def test_anything_else_is_refused(body: str) -> None:
    with pytest.raises(ValueError, match=r"document|Expecting"):
        read_document(body)
