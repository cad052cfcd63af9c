"""What drawn inputs have found, one test each, in the words of whoever would have met it."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import quote

import pytest

from bot.policy import PolicyError, read_policy
from intents.understanding import load_recogniser
from tests.fuzz.site import TOKEN, Site


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory):  # type: ignore[no-untyped-def]
    made = Site(tmp_path_factory.mktemp("site"))
    yield made
    made.close()


@pytest.mark.parametrize("charset", ["u\0n", "undefined", "idna", "hex", "x" * 3000])
def test_a_charset_that_is_none_is_a_bad_request(site: Site, charset: str) -> None:
    query = f"token={TOKEN}&id=1&from=%2B37129123456&text=%FFa&charset={quote(charset)}"
    answer = site.call("GET", f"/kannel/inbound?{query}")
    assert answer.status == 400, charset


def test_a_part_without_a_name_is_not_signed_by_anybody(site: Site) -> None:
    part = "--b\r\nContent-Disposition: form-data{}\r\n\r\nx\r\n"
    body = (part.format('; name="From"') + part.format("") + "--b--\r\n").encode()
    headers = {"Content-Type": "multipart/form-data; boundary=b", "X-Twilio-Signature": "AAAA"}
    for path in ("/sms/inbound", "/sms/status/m1", "/voice/m1"):
        assert site.call("POST", path, body, headers).status == 403


@pytest.mark.parametrize(
    ("written", "named"),
    [
        ("quiet_hours = true", "quiet_hours"),
        ("opening_hours = [1]", "opening_hours"),
        ("[[campaign]]", "campaign"),
        ("[retention]\nmessages = nan", "messages"),
        ("[planned]\nnotice_days = 1e300", "notice_days"),
        ("[planned]\nnotice_days = 99999999", "notice_days"),
        ("[outbox]\nmax_tries = inf", "max_tries"),
    ],
)
def test_a_policy_that_no_calendar_can_hold_is_refused_by_name(
    tmp_path: Path, written: str, named: str
) -> None:
    path = tmp_path / "policy.toml"
    path.write_text(written)
    with pytest.raises(PolicyError, match=named):
        read_policy(str(path))


@pytest.mark.parametrize("text", ['Lēdurgas pagastā, "Vējiņi" nav gaismas', "gas pag'1'", 'pag"x"'])
def test_a_farm_named_behind_its_parish_is_understood(text: str) -> None:
    heard = load_recogniser().understand(text)
    assert heard.entities.address is None or heard.entities.address.raw
