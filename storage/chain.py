"""The links of the audit log: each row's hash covers the row and the hash of the one before.

What an act was done to, and its detail, go into the hash by a hash of their own with salt. So they
can be taken out of an old row (a person's data are erased) and the chain still verifies.
"""

from __future__ import annotations

import hashlib
import json

START = ""  # what stands in the place of the hash before the first row
HEAD, ANCHOR = "head", "anchor"


def content_hash(salt: str, subject: str, detail: str) -> str:
    """The hash of what was done to whom; without the salt nobody can guess its way back."""
    return _hash(salt, subject, detail)


def link(before: str, seq: int, *parts: str) -> str:
    """The hash of row `seq`, of the hash `before` it and its parts: id, at, actor, action, login
    and the hash of its content."""
    return _hash(before, str(seq), *parts)


def _hash(*parts: str) -> str:
    # As a list of JSON: no two rows are the same text, wherever the borders of their words are.
    text = json.dumps(parts, ensure_ascii=False)
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
