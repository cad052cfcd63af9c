"""What is costly on purpose or by nature, made cheap for tests: they ask for it thousands of times.

A password is hashed with the least that argon2 takes (`HASHER` is the real one), and a template is
compiled once for all apps of a process.
"""

from __future__ import annotations

import secrets
from types import CodeType

from argon2 import PasswordHasher
from flask import Flask
from jinja2 import BytecodeCache
from jinja2.bccache import Bucket

from bot.people import sign_in

HASHER = sign_in._hasher


class _Compiled(BytecodeCache):
    """The code of templates, by their name and text."""

    def __init__(self) -> None:
        self._codes: dict[tuple[str, str], CodeType] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        bucket.code = self._codes.get((bucket.key, bucket.checksum))

    def dump_bytecode(self, bucket: Bucket) -> None:
        if bucket.code is not None:
            self._codes[bucket.key, bucket.checksum] = bucket.code


def make_cheap() -> None:
    """For the whole process."""
    sign_in._hasher = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
    sign_in._NOBODY = sign_in._hasher.hash(secrets.token_hex(16))
    Flask.jinja_options = {**Flask.jinja_options, "bytecode_cache": _Compiled()}
