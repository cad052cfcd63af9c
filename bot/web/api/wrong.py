"""What does not fit the schema, in words a person understands, by field."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic import ValidationError

from bot.web.api import fields

# What each pattern asks for; a test looks that none is missing.
PATTERNS = {
    fields.LINE: "it has control characters, such as a new line or a tabulator",
    fields.FILLED: "it is empty, begins with a space, or has control characters",
    fields.CUSTOMER_NUMBER: "a customer number has 2 to 12 digits or letters, one of them a digit",
    fields.EIC: "an EIC has 16 signs: A to Z, digits and hyphens",
    fields.EXTERNAL_ID: "an id has up to 100 letters, digits and . _ : - and begins with a letter "
    "or digit",
    fields.KEY: "it must be a UUID, such as 0193b8a4-5c4e-7c1a-9f6d-2b1e8f0a7c35",
    fields.OUR_ID: "an id of Gaisma is a UUID in small letters",
    fields.PHONE: "it must be a number with its country code, such as +37120000001",
    fields.POSTCODE: "it must be a Latvian postcode, such as LV-1010",
    fields.CURSOR: "it is no cursor; take next_cursor as it came with the page before",
}
# By what pydantic calls it; the names in braces come with the error.
# https://docs.pydantic.dev/latest/errors/validation_errors/
KINDS = {
    "missing": "it is missing",
    "extra_forbidden": "there is no such field here; see /api/v1/openapi.json",
    "string_type": "it must be a text",
    "string_too_short": "it must have {min_length} or more signs",
    "string_too_long": "it may have at most {max_length} signs",
    "int_type": "it must be a whole number",
    "int_parsing": "it must be a whole number",
    "int_parsing_size": "it is too large a number",
    "int_from_float": "it must be a whole number",
    "float_type": "it must be a number",
    "float_parsing": "it must be a number",
    "finite_number": "it must be a number",
    "bool_type": "it must be true or false",
    "bool_parsing": "it must be true or false",
    "list_type": "it must be a list",
    "too_short": "it must have {min_length} or more items",
    "too_long": "it may have at most {max_length} items",
    "model_type": "it must be an object",
    "model_attributes_type": "it must be an object",
    "dict_type": "it must be an object",
    "literal_error": "it can be {expected}",
    "greater_than_equal": "it must be {ge} or more",
    "less_than_equal": "it must be {le} or less",
}


def sentences(error: ValidationError) -> list[tuple[str, str]]:
    """(JSON pointer or parameter, what is wrong) of every field, without the values that came:
    they may be numbers of customers."""
    found = error.errors(include_url=False, include_input=False)
    return [(_pointer(each["loc"]), _says(each)) for each in found]


def _says(each: Mapping[str, Any]) -> str:
    kind, context = each["type"], each.get("ctx", {})
    if kind == "value_error":
        return str(context["error"])
    if kind == "string_pattern_mismatch":
        return PATTERNS.get(context["pattern"], "it is not written as it must be")
    shown = {name: str(value).removesuffix(".0") for name, value in context.items()}
    return KINDS.get(kind, "it is not what it must be").format(**shown)


def _pointer(where: tuple[int | str, ...]) -> str:
    parts = (str(part).replace("~", "~0").replace("/", "~1") for part in where)
    # A name that the client made up may hold half a letter, which no JSON text can.
    return "".join(f"/{part}" for part in parts).encode("utf-8", "replace").decode()
