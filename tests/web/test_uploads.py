"""Files that come with forms: what was begun is closed, whatever the form around it was."""

from __future__ import annotations

import tempfile
from typing import Any

import pytest
from flask import Flask

BROKEN = (
    b'--b0\r\nContent-Disposition: form-data; name="Body"; filename="x"\r\n\r\nhalf of it\r\n'
    b"--b0\r\nContent-Disposition no more"
)


def test_a_file_in_a_form_that_breaks_off_is_closed(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened: list[Any] = []

    class Watched(tempfile.SpooledTemporaryFile):  # type: ignore[type-arg]
        def __init__(self, *args: Any, **named: Any) -> None:
            super().__init__(*args, **named)
            opened.append(self)

    monkeypatch.setattr("werkzeug.formparser.SpooledTemporaryFile", Watched)
    answer = app.test_client().post(
        "/console/enter", data=BROKEN, content_type="multipart/form-data; boundary=b0"
    )
    assert answer.status_code in {400, 403}
    assert opened
    assert all(file.closed for file in opened)
