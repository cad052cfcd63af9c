"""Twilio's webhook over real HTTP: who is let in, what is answered, and what repeats change."""

from __future__ import annotations

import xml.etree.ElementTree as ElementTree
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from storage import Database, open_database
from tests import engines
from tests.served import OLD_TOKEN, PUBLIC_URL, Served, path_of, serving, text_fields


@pytest.fixture(scope="module")
def database_url(tmp_path_factory: pytest.TempPathFactory) -> str:
    return engines.new_address(tmp_path_factory.mktemp("sms"))


@pytest.fixture(scope="module")
def served(database_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with serving(database_url, tmp_path_factory.mktemp("log"), "--no-worker") as running:
        yield running


@pytest.fixture
def stored(database_url: str, served: Served) -> Iterator[Database]:
    database = open_database(database_url)
    yield database
    database.close()


def count(stored: Database, sql: str, *params: object) -> int:
    row = stored.one(f"SELECT count(*) AS n FROM {sql}", params)
    assert row is not None
    return int(row["n"])


def answer_text(xml: str) -> str:
    """The words of a TwiML answer; '' for an empty response."""
    response = ElementTree.fromstring(xml)
    assert response.tag == "Response"
    message = response.find("Message")
    return "" if message is None else "".join(message.itertext())


def test_a_signed_text_is_answered_in_the_same_request(served: Served) -> None:
    answer = served.post("/sms/inbound", text_fields("SM" + "1" * 32, "Labdien"))
    assert answer.status == 200
    assert answer.headers["content-type"].startswith("text/xml")
    assert answer_text(answer.text)


@pytest.mark.parametrize(
    "body",
    [
        "nav gaismas 💡🔌 +371 & <b>tumšs</b> 100%",
        "",
        " ",
        "a+b=c&d;e",
        "x" * 1600,
        "\u202egnorw si siht\u202c \u200f",
        "nul\x00 bell\x07 esc\x1b vt\x0b",
        "\ufffe\uffff",
        "]]><Response><Message>viltots</Message></Response>",
        "{brand} %s {{7*7}} ${x}",
        "привет\r\nмир",
        "e\u0301" * 200,
        "𝕟𝕒𝕧 𝕘𝕒𝕚𝕤𝕞𝕒𝕤",
    ],
)
def test_whatever_is_typed_gets_legal_xml(served: Served, body: str) -> None:
    sid = f"SM{abs(hash(body)):032x}"[:34]
    answer = served.post("/sms/inbound", text_fields(sid, body))
    assert answer.status == 200
    assert answer_text(answer.text)


def test_bytes_that_are_no_utf8_are_refused_or_answered_but_never_a_500(served: Served) -> None:
    for raw in (b"Body=%ED%A0%80&MessageSid=SMx&From=%2B1", b"\xff\xfe\x00", b"%%%", b"a" * 60_000):
        answer = served.request(
            "POST",
            "/sms/inbound",
            raw,
            {
                "Content-Type": "application/x-www-form-urlencoded",
                "X-Twilio-Signature": "AAAA",
            },
        )
        assert answer.status in (400, 403), answer


def test_repeated_fields_are_signed_with_all_their_values(served: Served) -> None:
    fields = [*text_fields("SM" + "2" * 32, "Labdien"), ("Extra", "b"), ("Extra", "a")]
    assert served.post("/sms/inbound", fields).status == 200


@pytest.mark.parametrize("token", [None, "another token"])
def test_without_the_right_signature_nothing_is_stored(
    served: Served, stored: Database, token: str | None
) -> None:
    sid = "SM" + "3" * 32
    answer = served.post("/sms/inbound", text_fields(sid, "STOP"), token=token)
    assert answer.status == 403
    assert "Traceback" not in answer.text
    assert count(stored, "messages WHERE provider_id = ?", sid) == 0


@pytest.mark.parametrize("signature", ["ā", "\x7f", "A" * 10_000, "==="])
def test_a_strange_signature_is_refused(served: Served, signature: str) -> None:
    headers = {"X-Twilio-Signature": signature.encode("utf-8").decode("latin-1")}
    answer = served.post("/sms/inbound", text_fields("SM9", "x"), token=None, headers=headers)
    assert answer.status in (400, 403)


def test_every_configured_token_is_taken(served: Served) -> None:
    answer = served.post("/sms/inbound", text_fields("SM" + "4" * 32, "Labdien"), token=OLD_TOKEN)
    assert answer.status == 200


def test_headers_of_a_proxy_do_not_change_the_address_that_is_checked(served: Served) -> None:
    fields = text_fields("SM" + "5" * 32, "Labdien")
    forged = served.post(
        "/sms/inbound",
        fields,
        url="https://evil.example/sms/inbound",
        headers={"X-Forwarded-Host": "evil.example", "X-Forwarded-Proto": "https"},
    )
    assert forged.status == 403
    assert served.post("/sms/inbound", fields, headers={"Host": "other"}).status == 200


def test_the_query_is_part_of_what_is_signed(served: Served) -> None:
    fields = text_fields("SM" + "6" * 32, "Labdien")
    assert served.post("/sms/inbound?a=1%20b", fields).status == 200
    signed_without = served.post("/sms/inbound?a=1", fields, url=PUBLIC_URL + "/sms/inbound")
    assert signed_without.status == 403


@pytest.mark.parametrize(
    ("change", "word"),
    [
        ({"MessageSid": ""}, "MessageSid"),
        ({"From": ""}, "From"),
        ({"MessageSid": "S" * 65}, "MessageSid"),
        ({"From": "+371\n20000001"}, "From"),
    ],
)
def test_a_signed_form_that_cannot_be_read_is_a_400_that_names_the_field(
    served: Served, change: dict[str, str], word: str
) -> None:
    fields = [(name, change.get(name, value)) for name, value in text_fields("SM7", "x")]
    answer = served.post("/sms/inbound", fields)
    assert answer.status == 400
    assert word in answer.text


def test_an_empty_signed_request_is_a_400(served: Served) -> None:
    assert served.post("/sms/inbound", []).status == 400


def test_a_body_over_the_limit_is_refused_before_it_is_read(served: Served) -> None:
    answer = served.post("/sms/inbound", text_fields("SM8", "x" * 70_000))
    assert answer.status == 413


def test_other_methods_and_addresses_get_a_sentence(served: Served) -> None:
    assert served.request("GET", "/sms/inbound").status == 405
    missing = served.request("GET", "/nothing")
    assert missing.status == 404
    assert "<" not in missing.text


def test_the_provider_having_answered_we_are_silent_and_remember(
    served: Served, stored: Database
) -> None:
    phone = "+37120009901"
    fields = [*text_fields("SM" + "a" * 32, "STOP", phone), ("OptOutType", "STOP")]
    answer = served.post("/sms/inbound", fields)
    assert answer.status == 200
    assert answer_text(answer.text) == ""
    assert count(stored, "opt_outs WHERE value = ?", phone) == 1
    fields = [*text_fields("SM" + "b" * 32, "START", phone), ("OptOutType", "START")]
    assert answer_text(served.post("/sms/inbound", fields).text) == ""
    assert count(stored, "opt_outs WHERE value = ?", phone) == 0


def test_a_repeat_gets_the_same_answer_and_changes_nothing(
    served: Served, stored: Database
) -> None:
    phone, fields = "+37120009902", text_fields("SM" + "c" * 32, "nav elektrības", "+37120009902")
    first = served.post("/sms/inbound", fields)
    before = count(stored, "messages"), count(stored, "turns")
    again = served.post("/sms/inbound", fields)
    assert again.text == first.text
    assert (count(stored, "messages"), count(stored, "turns")) == before
    assert count(stored, "messages WHERE peer = ?", phone) == 2


def test_fifty_simultaneous_repeats_are_one_turn_with_fifty_equal_answers(
    served: Served, stored: Database
) -> None:
    phone, sid = "+37120009903", "SM" + "d" * 32
    fields = text_fields(sid, "net sveta uzhe chas", phone)
    with ThreadPoolExecutor(50) as pool:
        answers = list(pool.map(lambda _: served.post("/sms/inbound", fields), range(50)))
    assert {answer.status for answer in answers} == {200}
    assert len({answer.text for answer in answers}) == 1
    assert count(stored, "messages WHERE provider_id = ?", sid) == 1
    assert (
        count(stored, "turns t JOIN messages m ON m.id = t.message_id WHERE m.peer = ?", phone) == 1
    )
    assert count(stored, "messages WHERE peer = ? AND direction = 'out'", phone) == 1


def test_the_receipt_of_an_answer_moves_it_forward_only(served: Served, stored: Database) -> None:
    answer = served.post("/sms/inbound", text_fields("SM" + "e" * 32, "Labdien", "+37120009904"))
    action = ElementTree.fromstring(answer.text).find("Message").get("action")
    assert action.startswith(PUBLIC_URL + "/sms/status/")
    path = path_of(action)
    for status in ("delivered", "sent", "queued"):
        fields = [("MessageSid", "SM" + "f" * 32), ("MessageStatus", status)]
        assert served.post(path, fields).status == 204
    row = stored.one("SELECT status FROM messages WHERE id = ?", (path.rpartition("/")[2],))
    assert row["status"] == "delivered"
    assert served.post(path, fields, token="forged").status == 403


def test_a_receipt_for_nothing_of_ours_is_a_404(served: Served) -> None:
    fields = [("MessageSid", "SM1"), ("MessageStatus", "sent")]
    assert served.post("/sms/status/0000", fields).status == 404


def test_no_phone_number_or_text_is_in_the_log(served: Served) -> None:
    served.post("/sms/inbound", text_fields("SM" + "9" * 32, "ļoti slepens teksts"))
    log = served.log.read_text()
    assert "+3712" not in log
    assert "slepens" not in log


def test_a_stopped_server_has_stored_all_that_it_answered(tmp_path: Path) -> None:
    url = engines.new_address(tmp_path)
    with serving(url, tmp_path, "--no-worker") as running:
        for number in range(20):
            assert running.post("/sms/inbound", text_fields(f"SM{number:032x}", "hi")).status == 200
    database = open_database(url)
    assert count(database, "turns") == 20
    database.close()
