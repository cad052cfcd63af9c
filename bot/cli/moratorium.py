"""`gaisma moratorium`: nobody is disconnected for debt while it lasts."""

from __future__ import annotations

from datetime import UTC, date, datetime

import click

from bot.campaigns.proofs import weak_reason
from bot.cli.shell import Refusal, by_option, json_option, say, service
from bot.debts import days as debt_days
from bot.debts import moratorium
from bot.words.counted import counted
from locales.catalogue import LANGUAGES
from storage import Tx, debts_after


@click.command("moratorium")
@click.argument("state", type=click.Choice(["on", "off", "status"]))
@click.option("--reason", default="", help="Why; kept. Needed to switch it on.")
@click.option("--until", type=click.DateTime(["%Y-%m-%d"]), help="Its last day. Default: none.")
@click.option("--lv", default="", help="The reason as customers read it in Latvian, in few words.")
@click.option("--ru", default="", help="The same in Russian.")
@click.option("--en", default="", help="The same in English.")
@by_option
@json_option
def command(
    state: str, reason: str, until: datetime | None, by: str, as_json: bool, **texts: str
) -> None:
    """Hold all messages about debts, and let the bot say that nobody is disconnected."""
    now = datetime.now(UTC)
    with service() as made:
        if state == "on":
            wanted = _terms(reason, until, texts, debt_days.today(now))
            changed, told = made.database.transaction(lambda tx: _on(tx, wanted, by, now))
        elif state == "off":
            changed, told = made.database.transaction(lambda tx: _off(tx, by, now))
        else:
            changed, told = False, ""
        _say(made.database, changed, told, as_json)


def _terms(
    reason: str, until: datetime | None, texts: dict[str, str], today: date
) -> moratorium.Terms:  # fmt: skip
    if not reason.strip():
        raise Refusal('a moratorium needs a reason that is kept: --reason "..."')
    if weak := weak_reason(reason):
        raise Refusal(weak)
    last = until.date() if until else None
    if last is not None and last < today:
        raise Refusal(f"{last} is over; name a day to come.")
    told = {each: " ".join(texts[each].split()) for each in LANGUAGES if texts[each].strip()}
    if long := [each for each, text in told.items() if len(text) > moratorium.LONGEST_WHY]:
        raise Refusal(f"--{long[0]} has over {moratorium.LONGEST_WHY} characters; say it in fewer.")
    return moratorium.Terms(reason.strip(), last, told)


def _on(tx: Tx, wanted: moratorium.Terms, by: str, now: datetime) -> tuple[bool, str]:
    held = moratorium.switch_on(tx, wanted, by=by, now=now)
    if held is None:
        return False, "It was on already. "
    if not held:
        return True, "No campaign about debts was under way. "
    return True, f"It holds {counted(held, 'campaign')} about debts that {_was(held)} under way. "


def _off(tx: Tx, by: str, now: datetime) -> tuple[bool, str]:
    lifted = moratorium.switch_off(tx, by=by, now=now)
    if lifted is None:
        return False, "It was off already. "
    return True, _lifted(lifted)


def _was(count: int) -> str:
    return "was" if count == 1 else "were"


def _lifted(lifted: moratorium.Lifted) -> str:
    """What became of the campaigns that it held, and of those that told of it."""
    go_on = "goes on" if lifted.resumed == 1 else "go on"
    told = f"Of what it held, {counted(lifted.resumed, 'campaign')} {go_on}"
    if lifted.stopped:
        ended = f"{lifted.stopped} {_was(lifted.stopped)} ended"
        told += f" and {ended}, to be approved with new days: gaisma debt notice makes them anew"
    if not lifted.resumed + lifted.stopped:
        told = "It held no campaign"
    if lifted.ended:
        told += f". {counted(lifted.ended, 'campaign')} that told of it {_was(lifted.ended)} ended"
    if lifted.anew:
        need = "needs" if lifted.anew == 1 else "need"
        told += f". {counted(lifted.anew, 'debt')} {need} a new letter of disconnection"
    return f"{told}. "


def _to_tell(tx: Tx) -> str:
    """How many were told that nobody is disconnected, and do not know that this is over."""
    count = len(debts_after.told_of_it(tx))
    if not count:
        return ""
    return (
        f" Customers of {counted(count, 'debt')} were told that nobody is disconnected, and not"
        " that this is over. To tell them: gaisma debt notice over"
    )


def _say(tx: Tx, changed: bool, told: str, as_json: bool) -> None:
    is_on, terms = moratorium.is_on(tx), moratorium.terms(tx)
    value: dict[str, object] = {"moratorium": "on" if is_on else "off", "changed": changed}
    sentence = f"{told}The moratorium is {value['moratorium']}"
    if is_on:
        until = terms.until.isoformat() if terms.until else None
        value |= {"reason": terms.reason, "until": until, "texts": dict(terms.texts)}
        sentence += f" until {until}" if until else ""
        sentence += f": {terms.reason}"
    if not is_on:
        value["to_tell"] = len(debts_after.told_of_it(tx))
    say(value, as_json, f"{sentence}.{'' if is_on else _to_tell(tx)}")
