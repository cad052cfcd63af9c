"""The account that debts are paid to: checked at start, shown in groups of four."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.demo.account import IBAN, with_account
from bot.policy import PolicyError, is_iban, read_policy


def _policy(tmp_path: Path, *lines: str) -> str:
    path = tmp_path / "policy.toml"
    path.write_text("\n".join(("[payments]", *lines)), "utf-8")
    return str(path)


@pytest.mark.parametrize("right", [IBAN, "GB29NWBK60161331926819", "DE89370400440532013000"])
def test_an_iban_with_one_sign_changed_is_none(right: str) -> None:
    assert is_iban(right)
    last = "1" if right[-1] != "1" else "2"
    assert not is_iban(right[:-1] + last)
    assert not is_iban(right[:-1])


def test_an_account_is_read_with_spaces_and_shown_in_fours(tmp_path: Path) -> None:
    spaced = "lv44 demo 0000 0000 0000 1"
    path = _policy(tmp_path, 'beneficiary = "AS Tīkls"', f'iban = "{spaced}"', 'bank = "Banka"')
    assert read_policy(path).pay_to == "LV44 DEMO 0000 0000 0000 1, Banka"


def test_a_wrong_iban_is_refused_with_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(PolicyError, match="which is no IBAN"):
        read_policy(_policy(tmp_path, 'iban = "LV44DEMO0000000000002"'))


def test_an_iban_without_its_owner_is_no_account(tmp_path: Path) -> None:
    assert read_policy(_policy(tmp_path, f'iban = "{IBAN}"')).pay_to == ""


def test_the_demo_keeps_an_account_that_is_set(tmp_path: Path) -> None:
    own = read_policy(_policy(tmp_path, 'beneficiary = "AS Cits"', f'iban = "{IBAN}"'))
    assert with_account(own) is own
    assert with_account(read_policy()).pay_to.startswith("LV44 DEMO")
