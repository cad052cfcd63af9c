"""A policy and an announcement are files that people write: what their editors do to them."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.policy import PolicyError, UnreadableError, read_policy, read_toml


def test_a_file_with_the_mark_of_windows_is_read(tmp_path: Path) -> None:
    path = tmp_path / "policy.toml"
    path.write_bytes(b"\xef\xbb\xbf[planned]\r\nnotice_days = 7\r\n")
    assert read_policy(str(path)).planned_notice_days == 7


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"\xff\xfea\x00", "it is not in UTF-8; save it as that."),
        ("lv = \"Rīga\"".encode("cp1257"), "it is not in UTF-8; save it as that."),
        (b"lv =\n", r"Invalid value \(at line 1, column 5\)\."),
    ],
)  # fmt: skip
def test_what_cannot_be_read_is_said_in_words(tmp_path: Path, content: bytes, why: str) -> None:
    path = tmp_path / "storm.toml"
    path.write_bytes(content)
    with pytest.raises(UnreadableError, match=f"^{why}$"):
        read_toml(path)


def test_a_file_that_is_not_there_is_named_once(tmp_path: Path) -> None:
    path = tmp_path / "none.toml"
    with pytest.raises(PolicyError) as refused:
        read_policy(str(path))
    assert (
        str(refused.value) == f"The policy file {path} cannot be read: No such file or directory."
    )


def test_every_wrong_key_is_named_at_once(tmp_path: Path) -> None:
    path = tmp_path / "policy.toml"
    path.write_text(
        """
        quiet_hours = "at night"
        light = 1
        [planned]
        notice_days = -5
        first_notice_days = [6, 10]
        notice_day = 5
        [text]
        lv = "flat"
        [opening_hours]
        mon = "20:00-08:00"
        someday = "08:00-20:00"
        """,
        "utf-8",
    )
    with pytest.raises(PolicyError) as refused:
        read_policy(str(path))
    sentences = str(refused.value).splitlines()
    about = [
        "[planned] notice_days", "[planned] first_notice_days", "unknown keys: notice_day.",
        "quiet_hours in the policy is 'at night'", "[text] lv", "[opening_hours] mon",
        "[opening_hours] someday", "the file of the policy has unknown keys: light.",
    ]  # fmt: skip
    assert all(any(each in sentence for sentence in sentences) for each in about), sentences
    assert len(sentences) == len(about)
