"""Every act that the audit log has, by what it is about. The console has words for each of them."""

from __future__ import annotations

from collections.abc import Mapping

# What is drafted is named by its kind: "announcement drafted".
DRAFTED = " drafted"

KINDS: Mapping[str, tuple[str, ...]] = {
    "door": (
        "console.enter", "console.leave", "console.refused", "console.locked",
        "console.refused_locked", "console.given_ended",
    ),
    "seen": (
        "conversation.seen", "reports.seen", "outage.seen", "outage.told_seen", "calls.seen",
        "calls.saved", "debts.seen", "debts.saved", "report.saved", "deadlines.seen",
        "deadlines.saved", "unclear.seen", "unclear.saved",
    ),
    "conversation": (
        "conversation.say", "conversation.assign", "conversation.return", "conversation.close",
        "conversation.note", "conversation.life_support", "conversation.report",
        "conversation.link", "conversation.language", "conversation.opt_out",
        "premises.life_support", "ready.save", "ready.drop",
        "spool.drop",
    ),
    "campaign": (
        "announcement drafted", "debt drafted", "texts added", "campaign approved",
        "campaign paused", "campaign resumed", "campaign stopped", "campaign made again",
        "all sending stopped", "all sending resumed", "sending paused", "letters written",
        "call made", "message.retry", "message.drop",
    ),
    "outage": (
        "outage.add", "outage.change", "outage.move", "outage.cancel", "outage.restore",
        "outage.reopen", "outage.nest", "outage.crew.", "outage.crew.handed_over",
        "outage.crew.on_way", "outage.crew.working", "outage.put", "outage.event",
        "fault report closed", "danger looked at",
    ),
    "people": (
        "agent.add", "agent.password", "agent.roles", "agent.disable", "agent.enable",
        "agent.second_step",
    ),
    "debt": (
        "debt.plan", "debt.paid", "debt.disconnected", "moratorium.on", "moratorium.off",
        "complaint.added", "complaint.filed", "complaint.closed",
    ),
    "learning": (
        "candidate.noted", "candidate.rejected", "phrase.accepted", "phrase.rejected",
    ),
    "privacy": (
        "privacy.export", "privacy.export_asked", "privacy.export_approved",
        "privacy.export_dropped", "privacy.erase", "privacy.erase_asked",
        "privacy.erase_approved", "privacy.erase_dropped",
        "audit.erased", "audit.purged",
    ),
    "system": (
        "file loaded", "customer.put", "token.add", "token.rotate", "token.revoke", "webhook.add",
        "webhook.rotate", "webhook.retry", "webhook.remove", "restored from a backup",
        "held messages released", "held messages dropped",
    ),
}  # fmt: skip
ACTS = frozenset(act for acts in KINDS.values() for act in acts)
