"""The demo's own policy: debts are paid to an account that no bank has, and nobody needs an app."""

from __future__ import annotations

from dataclasses import replace

from bot.policy import Policy

# A valid checksum under a bank code that does not exist.
IBAN = "LV44DEMO0000000000001"


def for_demo(policy: Policy) -> Policy:
    """The policy with an invented account, and without a second step that visitors would need."""
    return replace(with_account(policy), console_two_steps_for="")


def with_account(policy: Policy) -> Policy:
    """The policy with an invented account, unless it names one."""
    if policy.pay_to:
        return policy
    return replace(
        policy,
        payments_beneficiary="AS Demonstrācija",
        payments_iban=IBAN,
        payments_bank="Demo banka",
    )
