"""What a mail program gets: headers, the text and the HTML, whatever a text or address holds."""

from __future__ import annotations

from dataclasses import replace
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot import mail_settings
from bot.channels.base import Cause, NotSent
from bot.channels.email import EmailChannel
from bot.channels.mail_message import MAX_SUBJECT, Composer
from bot.delivery.unsubscribe import Links
from bot.words.documents import Document, Section, write_document
from tests.bot.channels.test_email import ANNA, SETTINGS, act, outgoing, send
from tests.bot.words.test_documents import DOCUMENT
from tests.doubles.smtp import Double

ID = "01999999-aaaa-7bbb-8ccc-0123456789ab"
WITH_MAILBOX = replace(
    SETTINGS, bounce_address="bounces+{id}@gaisma.example", bounce_mailbox="maildir:///mail",
)  # fmt: skip


def composed(document: Document = DOCUMENT, to: str = ANNA) -> EmailMessage:
    content = Composer(WITH_MAILBOX).compose(ID, to, document).content
    parsed = message_from_bytes(content, policy=default)
    assert isinstance(parsed, EmailMessage)
    return parsed


def part(mail: EmailMessage, kind: str) -> str:
    found = mail.get_body((kind,))
    assert isinstance(found, EmailMessage)
    return str(found.get_content()).replace("\r\n", "\n")


def sent_over_the_wire(document: Document, to: str = ANNA) -> EmailMessage:
    double = Double()
    send(double, outgoing(to, write_document(document), ID))
    return double.mails[0].parsed


# --- headers --------------------------------------------------------------------------------


def test_the_headers_say_what_it_is_and_how_to_get_no_more() -> None:
    mail = composed()
    assert mail["From"].addresses[0].display_name == "Sadales tīkls"
    assert mail["From"].addresses[0].addr_spec == "zinas@gaisma.example"
    assert mail["To"] == ANNA
    assert mail["Subject"] == DOCUMENT.subject
    assert mail["Message-ID"] == f"<{ID}@gaisma.example>"
    assert mail["Auto-Submitted"] == "auto-generated"
    assert mail["Content-Language"] == "lv"
    assert mail["Date"].datetime.tzinfo is not None
    assert mail["Precedence"] is None
    assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert mail.defects == []


def test_the_ways_to_unsubscribe_are_written_out_whole() -> None:
    raw = Composer(WITH_MAILBOX).compose(ID, ANNA, DOCUMENT).content
    token = Links(SETTINGS).token(ID)
    header = raw.split(b"List-Unsubscribe: ")[1].split(b"\r\nList-")[0].decode("ascii")
    assert header.split(",\r\n ") == [
        f"<https://gaisma.example/unsubscribe/{token}>",
        f"<mailto:bounces%2B{ID}@gaisma.example?subject=unsubscribe%20{token}>",
    ]


def test_a_wish_by_mail_is_offered_only_where_somebody_reads_it() -> None:
    raw = Composer(SETTINGS).compose(ID, ANNA, DOCUMENT).content
    assert b"mailto:" not in raw
    assert b"<https://gaisma.example/unsubscribe/" in raw


def test_bounces_go_to_an_address_that_names_the_message() -> None:
    assert Composer(WITH_MAILBOX).compose(ID, ANNA, DOCUMENT).sender == (
        f"bounces+{ID}@gaisma.example"
    )
    assert Composer(SETTINGS).compose(ID, ANNA, DOCUMENT).sender == "zinas@gaisma.example"


def test_the_server_is_asked_to_name_the_message_in_bounces() -> None:
    double = Double()
    send(double, outgoing(message_id=ID))
    assert double.mails[0].mail_options == ("RET=HDRS", f"ENVID={ID}")
    assert double.mails[0].rcpt_options == ("NOTIFY=FAILURE",)
    plain = Double(dsn=False)
    send(plain, outgoing(message_id=ID))
    assert plain.mails[0].mail_options == ()


@pytest.mark.parametrize(
    "subject",
    [
        "Plānoti darbi\r\nBcc: visi@example.lv",
        "Plānoti darbi\nX-Evil: 1\n\n<b>",
        "\x00\x0b\x1cBcc: x@example.lv\u2028y\u0085z",
        "=?utf-8?q?=0D=0ABcc:_x@example.lv?=",
    ],
)
def test_no_header_begins_inside_a_subject(subject: str) -> None:
    mail = sent_over_the_wire(replace(DOCUMENT, subject=subject))
    assert mail["Bcc"] is None
    assert mail["X-Evil"] is None
    assert part(mail, "plain").startswith("Labdien!")


@pytest.mark.parametrize(
    "subject",
    [
        "Elektrības pārtraukums Cēsīs, Kalna ielā 1",
        "Плановые работы в Резекне: отключение электричества 1 декабря " * 2,
        "Ģ" * MAX_SUBJECT,
        "x" * MAX_SUBJECT,
        "a=?b?= _ =? ?=",
        "💡 tumšs",
    ],
)
def test_a_subject_arrives_as_it_was_written(subject: str) -> None:
    document = replace(DOCUMENT, subject=subject.strip())
    raw = Composer(SETTINGS).compose(ID, ANNA, document).content
    assert composed(document)["Subject"] == subject.strip()
    head = raw.split(b"\r\n\r\n")[0]
    assert head.isascii()
    assert max(map(len, head.split(b"\r\n"))) <= 998


# --- addresses ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "address",
    [
        "", "anna", "anna@", "@example.lv", "anna@localhost", "a b@example.lv",
        "anna@example.lv\r\nRCPT TO:<x@example.lv>", "anna@example.lv, x@example.lv",
        "Anna <anna@example.lv>", "anna@exa\x00mple.lv", "anna@-.lv", "a" * 65 + "@example.lv",
        "anna@" + "a" * 64 + ".lv",
    ],
)  # fmt: skip
def test_what_is_no_address_is_never_put_to_a_server(address: str) -> None:
    double = Double()
    result = send(double, outgoing(address))
    assert isinstance(result, NotSent)
    assert (result.cause, result.code) == (Cause.DEAD, "5.1.3")
    assert double.connections == 0


def test_a_domain_with_marks_is_written_in_ascii() -> None:
    double = Double()
    send(double, outgoing("anna@ogrē.lv"))
    assert double.mails[0].recipient == "anna@xn--ogr-5qa.lv"


def test_a_name_with_marks_goes_to_servers_that_can_take_it() -> None:
    double = Double()
    send(double, outgoing("jānis@ogrē.lv"))
    (mail,) = double.mails
    assert mail.recipient == "jānis@xn--ogr-5qa.lv"
    assert "\r\nTo: jānis@xn--ogr-5qa.lv\r\n".encode() in mail.content
    assert mail.parsed["Subject"] == DOCUMENT.subject


def test_a_name_with_marks_is_refused_clearly_by_others_and_costs_no_connection() -> None:
    async def work(channel: EmailChannel) -> object:
        refused = await channel.send(outgoing("jānis@ogrē.lv"))
        await channel.send(outgoing())
        return refused

    double = Double(utf8=False)
    result = act(double, work)
    assert isinstance(result, NotSent)
    assert (result.cause, result.code) == (Cause.REFUSED, "5.6.7")
    assert "SMTPUTF8" in result.reason
    assert len(double.mails) == 1


# --- the two parts --------------------------------------------------------------------------


class Page(HTMLParser):
    """Tags, attributes and the words outside styles."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.words = ""
        self._style = False
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        self._style = tag == "style"

    def handle_endtag(self, tag: str) -> None:
        self._style = False

    def handle_data(self, data: str) -> None:
        self.words += "" if self._style else data

    def named(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.tags if name == tag]


def every_part(document: Document) -> list[str]:
    told = [document.greeting, document.lead, document.closing]
    told += [each for fact in document.facts for each in fact]
    for section in document.sections:
        told += [section.heading, *section.paragraphs]
    return told


def test_both_parts_hold_the_whole_document_and_the_way_out() -> None:
    mail = sent_over_the_wire(DOCUMENT)
    assert mail.get_content_type() == "multipart/alternative"
    assert [each.get_content_type() for each in mail.iter_parts()] == ["text/plain", "text/html"]
    page = Page(part(mail, "html"))
    for told in every_part(DOCUMENT):
        assert told in part(mail, "plain")
        assert told in page.words
    url = Links(SETTINGS).url(ID)
    assert url in part(mail, "plain")
    assert page.named("a") == [{"href": url}]


def test_the_html_says_its_language_and_loads_nothing() -> None:
    text = part(composed(replace(DOCUMENT, language="ru")), "html")
    page = Page(text)
    assert page.named("html") == [{"lang": "ru"}]
    assert {"name": "color-scheme", "content": "light dark"} in page.named("meta")
    assert page.named("th") == [{"scope": "row"}] * len(DOCUMENT.facts)
    assert not {"img", "link", "script", "iframe", "form"} & {tag for tag, _ in page.tags}
    assert "url(" not in text
    assert "@import" not in text


def test_a_document_without_facts_has_no_table() -> None:
    assert Page(part(composed(replace(DOCUMENT, facts=())), "html")).named("table") == []


def test_nothing_in_a_text_becomes_html() -> None:
    evil = "<script>alert(1)</script> & \"x\" <img src=x onerror='y'>"
    document = Document("lv", evil, evil, evil, ((evil, evil),), (Section(evil, (evil,)),), evil)
    page = Page(part(sent_over_the_wire(document), "html"))
    assert page.named("script") == page.named("img") == []
    assert page.words.count(evil) == 8


def test_a_line_with_a_single_dot_arrives() -> None:
    document = replace(DOCUMENT, lead="Viens\n.\n..\ndivi")
    assert "Viens\n.\n..\ndivi" in part(sent_over_the_wire(document), "plain")


WORDS = st.text(max_size=300)


@given(subject=WORDS, lead=WORDS, label=WORDS, value=WORDS)
def test_any_text_makes_a_mail_that_can_be_read(
    subject: str, lead: str, label: str, value: str
) -> None:
    document = replace(DOCUMENT, subject=subject, lead=lead, facts=((label, value),))
    mail = composed(document)
    assert set(mail.keys()) == set(composed().keys())
    raw = Composer(WITH_MAILBOX).compose(ID, ANNA, document).content
    assert raw.isascii()
    assert raw.count(b"\n") == raw.count(b"\r") == raw.count(b"\r\n")
    assert max(map(len, raw.split(b"\r\n"))) <= 998
    assert mail["Message-ID"] == f"<{ID}@gaisma.example>"
    assert "Labdien!" in part(mail, "plain")
    assert Page(part(mail, "html")).named("html") == [{"lang": "lv"}]


# --- settings -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("url", "told"),
    [
        ("smtp://h.example", ("h.example", 25, "", "", "")),
        ("smtp://u:p%2F%40@h.example:2525?starttls=1", ("h.example", 2525, "u", "p/@", "starttls")),
        ("smtps://u%40d:p@h.example", ("h.example", 465, "u@d", "p", "tls")),
        ("smtp://u:p@127.0.0.1", ("127.0.0.1", 25, "u", "p", "")),
    ],
)
def test_a_server_is_read_from_its_address(url: str, told: tuple[object, ...]) -> None:
    read = mail_settings.read_mail_server(url)
    assert (read.host, read.port, read.user, read.password, read.tls) == told
    assert "p/@" not in repr(read)


@pytest.mark.parametrize(
    "url",
    [
        "mail.example", "http://h.example", "smtp://", "smtp://u:hush@h.example",
        "smtp://u:hu/sh@h.example:25", "smtp://u:hush@h.example:x", "smtps://h.example?starttls=1",
        "smtp://h.example?tls=1", "smtp://u:hu#sh@h.example?starttls=1",
    ],
)  # fmt: skip
def test_a_wrong_server_is_named_without_its_password(url: str) -> None:
    values = dict.fromkeys(
        ("GAISMA_MAIL_FROM", "GAISMA_BOUNCE_ADDRESS", "GAISMA_BOUNCE_MAILBOX"), ""
    )
    values |= {"GAISMA_SMTP_URL": url, "GAISMA_PUBLIC_URL": "x", "GAISMA_SECRET_KEY": "x"}
    first, *_ = mail_settings.problems(values)
    assert first.startswith("GAISMA_SMTP_URL ")
    assert "hu" not in first.replace("such", "")


@pytest.mark.parametrize(
    ("text", "name", "address"),
    [
        ("zinas@example.lv", "", "zinas@example.lv"),
        ("AS Sadales tīkls, Rīga <zinas@example.lv>", "AS Sadales tīkls, Rīga", "zinas@example.lv"),
        ('"Sadales tīkls" <zinas@ogrē.lv>', "Sadales tīkls", "zinas@xn--ogr-5qa.lv"),
    ],
)
def test_a_sender_is_read_as_people_write_it(text: str, name: str, address: str) -> None:
    read = mail_settings.read_sender(text)
    assert (read.display_name, read.addr_spec) == (name, address)


@pytest.mark.parametrize("text", ["Sadales tīkls", "<>", "ziņas@example.lv", "a@b@c.lv", "a <b>"])
def test_a_wrong_sender_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"is no|must have"):
        mail_settings.read_sender(text)


def test_nothing_of_a_call_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("DEBUG", logger="gaisma")
    caplog.set_level("DEBUG", logger="aiosmtplib")
    send(Double(fault=lambda step, to: "550 5.1.1 no" if step == "rcpt" else ""), outgoing())
    assert "anna" not in caplog.text
