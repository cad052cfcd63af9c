"""Tables of the dialogues: which steps take what, and which intents are an answer to which step."""

from __future__ import annotations

FAULTS = frozenset({"report_fault", "power_quality", "still_out"})
LOADING = frozenset({"register", "opt_out", "billing", "complaint"})  # ask for facts by themselves
ASKING = frozenset({"outage_status", "planned_outages"})
# A question about one's own disconnection may look like one about works.
FEARING = ASKING | {"billing", "other"}
PLACED = FAULTS | {"outage_status", "planned_outages", "danger"}
NUMBERED = frozenset({"register", "meter_reading", "billing"})
# Steps that take an address: any text may be one, and in none of them does it tell the language.
ADDRESS_STEPS = frozenset(
    {
        ("fault", "address"),
        ("status", "address"),
        ("planned", "street"),
        ("danger", "where"),
    }
)
KEPT_PLACE = frozenset({("status", "offer"), ("status", "elsewhere"), ("fault", "next")})
PLACE_STEPS = ADDRESS_STEPS | {("fault", "confirm"), ("fault", "choose"), ("fault", "next")}
REGISTER_STEPS = frozenset({("register", "number"), ("register", "second"), ("register", "retry")})
# Steps where "112" may be a house or a number of the customer's.
NUMBER_STEPS = REGISTER_STEPS | (ADDRESS_STEPS - {("danger", "where")})
# Steps that a thank-you ends: nothing would be lost.
OFFERS = frozenset(
    {("handoff", "offer"), ("status", "report"), ("status", "offer"), ("complaint", "more")}
)

# Intents that are an answer to the step's own question, not a change of mind.
KEEPS: dict[tuple[str, str], frozenset[str]] = {
    ("fault", "confirm"): FAULTS,
    ("fault", "choose"): FAULTS,
    ("fault", "address"): FAULTS,
    ("fault", "next"): FAULTS,
    ("fault", "scope"): FAULTS | {"outage_status"},
    ("status", "address"): frozenset({"outage_status"}),
    ("status", "report"): FAULTS,
    ("status", "offer"): FAULTS | ASKING,
    ("planned", "street"): frozenset({"planned_outages"}),
    ("register", "number"): frozenset({"register"}),
    ("register", "second"): frozenset({"register"}),
    ("register", "retry"): frozenset({"register"}),
    ("register", "leave"): frozenset({"unregister"}),
    ("subscription", "stop"): frozenset({"opt_out"}),
    ("handoff", "offer"): frozenset({"agent"}),
    ("danger", "where"): frozenset({"danger", "outage_status"}),
    ("complaint", "text"): FAULTS
    | ASKING
    | {"complaint", "billing", "meter_reading", "compensation"},
    ("complaint", "more"): frozenset({"complaint", "compensation"}),
}
