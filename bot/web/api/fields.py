"""Fields that several models share, with the words and patterns that the OpenAPI file shows."""

from __future__ import annotations

import re
from typing import Annotated, Any, Literal, TypeVar

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    GetJsonSchemaHandler,
)
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema

T = TypeVar("T")

_RFC_3339 = re.compile(r"\d{4}-\d{2}-\d{2}[Tt]\d{2}:\d{2}:\d{2}(?:\.\d+)?(?:[Zz]|[+-]\d{2}:\d{2})")
# No control characters: they are slips, and SMS and letters cannot show them.
LINE = r"^[^\x00-\x1f\x7f-\x9f]*$"
FILLED = r"^[^\s\x00-\x1f\x7f-\x9f][^\x00-\x1f\x7f-\x9f]*$"
CUSTOMER_NUMBER = r"^([0-9][0-9A-Za-z]{1,11}|[A-Za-z]{1,11}[0-9][0-9A-Za-z]{0,10})$"
EIC = r"^[0-9A-Z-]{15}[0-9A-Z]$"
EXTERNAL_ID = r"^[A-Za-z0-9][A-Za-z0-9._:-]{0,99}$"
KEY = r"^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$"
PHONE = r"^\+[1-9][0-9]{6,14}$"
POSTCODE = r"^LV-[0-9]{4}$"
CURSOR = r"^([A-Za-z0-9_-]{4}){1,50}$"
OUR_ID = r"^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$"
LARGEST = 999_999_999_999_999


def _time(text: str) -> str:
    if not _RFC_3339.fullmatch(text):
        raise ValueError("it is no time with a zone, such as 2026-12-12T09:00:00+02:00")
    return text


def _whole(value: Any) -> Any:
    """JSON has one kind of number: 3.0 is as whole as 3."""
    return int(value) if isinstance(value, float) and value.is_integer() else value


class Given(BaseModel):
    """What a client sends: nothing is guessed, and no unknown field is passed over."""

    model_config = ConfigDict(extra="forbid", strict=True)


class Asked(BaseModel):
    """What stands in the address: text, of which numbers are read."""

    model_config = ConfigDict(extra="forbid")


class Told(BaseModel):
    """What we answer."""


Time = Annotated[
    str,
    AfterValidator(_time),
    Field(
        description="RFC 3339, with the zone.", json_schema_extra={"format": "date-time"},
        examples=["2026-12-12T09:00:00+02:00"],
    ),
]  # fmt: skip
Line = Annotated[str, Field(pattern=LINE, max_length=500)]
Filled = Annotated[str, Field(pattern=FILLED, min_length=1, max_length=500)]
Language = Annotated[Literal["lv", "ru", "en"], Field(description="Latvian, Russian or English.")]
CustomerNumber = Annotated[
    str,
    Field(
        pattern=CUSTOMER_NUMBER, min_length=2, max_length=12, examples=["1000001"],
        description="2 to 12 digits or letters, at least one a digit.",
    ),
]  # fmt: skip
Eic = Annotated[
    str,
    Field(
        pattern=EIC, min_length=16, max_length=16, examples=["43Z000000000101C"],
        description="EIC of the supply point; its last character is checked.",
    ),
]  # fmt: skip
ExternalId = Annotated[
    str,
    Field(
        pattern=EXTERNAL_ID, max_length=100, examples=["W-2026-117"],
        description="The id of the outage in the system that it comes from.",
    ),
]  # fmt: skip
OurId = Annotated[str, Field(pattern=OUR_ID, description="An id that Gaisma gave.")]


class _NeverNull:
    """A type that may be missing; in an address or a header there is no null to say so."""

    def __get_pydantic_json_schema__(
        self, schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        found = handler(schema)
        (only,) = (each for each in found["anyOf"] if each != {"type": "null"})
        return dict(only)


# What may be left out of an address or a header.
Left = Annotated[T | None, _NeverNull()]
Sequence = Annotated[
    int,
    Field(
        ge=0, le=LARGEST, description="Which version is newer: a lower one changes nothing.",
        examples=[1],
    ),
    BeforeValidator(_whole),
]  # fmt: skip
Cursor = Annotated[
    str,
    Field(
        pattern=CURSOR, max_length=200,
        description="`next_cursor` of the page before; what is in it may change.",
    ),
]  # fmt: skip
Limit = Annotated[int, Field(ge=1, le=200, description="The most items of a page.")]
