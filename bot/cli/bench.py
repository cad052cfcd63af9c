"""`gaisma bench ...`: measurements that print a table, each beside its floor."""

from __future__ import annotations

import click

from bot.cli.shell import json_option

postgres_option = click.option(
    "--postgres", default="", metavar="ADDRESS",
    help="Of a PostgreSQL server: there too, in databases that are made and dropped.",
)  # fmt: skip


@click.group()
def bench() -> None:
    """Measure this machine: ours beside a floor taken in turn in the same run."""


@bench.command()
@click.option("--connections", default=32, show_default=True, type=click.IntRange(1, 64))
@click.option("--texts", default=6000, show_default=True, help="Texts a round.")
@click.option("--rounds", default=5, show_default=True, type=click.IntRange(1, 50))
@click.option(
    "--distinct", is_flag=True, help="No text twice; otherwise they repeat as in a storm."
)
@postgres_option
@json_option
def inbound(
    *, connections: int, texts: int, rounds: int, distinct: bool, postgres: str, as_json: bool
) -> None:
    """Signed texts over HTTP against `gaisma serve`, beside a bare Flask view."""
    from bot.bench.inbound import measure
    from bot.bench.rows import show

    measured = measure(connections, texts, rounds, repeating=not distinct, postgres=postgres)
    show(measured, as_json=as_json)


@bench.command()
@click.option("--conversations", default=50_000, show_default=True, type=click.IntRange(100))
@click.option("--consoles", default=200, show_default=True, type=click.IntRange(1, 1000))
@click.option("--waiting", default=300, show_default=True, help="For a person.")
@click.option(
    "--seconds", default=20, show_default=True, type=click.IntRange(4), help="With and without."
)
@click.option("--rounds", default=5, show_default=True, type=click.IntRange(1, 50))
@json_option
def console(
    *, conversations: int, consoles: int, waiting: int, seconds: int, rounds: int, as_json: bool
) -> None:
    """Open inboxes that ask for news, and the texts of customers meanwhile."""
    from bot.bench.console import Size, measure
    from bot.bench.rows import show

    size = Size(conversations, consoles, waiting, seconds)
    show(measure(size, rounds), as_json=as_json)


@bench.command()
@click.option("--texts", default=3000, show_default=True, help="Texts a round.")
@click.option("--rounds", default=5, show_default=True, type=click.IntRange(1, 50))
@json_option
def understand(texts: int, rounds: int, as_json: bool) -> None:
    """Median and p99 of understanding one text, with all three languages loaded."""
    from bot.bench.rows import show
    from bot.bench.understand import measure

    show(measure(texts, rounds), as_json=as_json)


@bench.command()
@click.option("--premises", default=1_000_000, show_default=True, type=click.IntRange(1000))
@click.option(
    "--texts", default=2000, show_default=True, type=click.IntRange(10), help="Of each spelling."
)
@json_option
def addresses(premises: int, texts: int, as_json: bool) -> None:
    """The address index of a made-up country: building, memory, look-ups, right ones."""
    from bot.bench.addresses import measure
    from bot.bench.rows import show

    show(measure(premises, texts), as_json=as_json)


@bench.command()
@json_option
def start(as_json: bool) -> None:
    """Cold start to the first answered text, and resident memory on the demo's data."""
    from bot.bench.rows import show
    from bot.bench.start import measure

    show(measure(), as_json=as_json)


@bench.command()
@click.option(
    "--count", default=2000, show_default=True, type=click.IntRange(10), help="Letters a round."
)
@json_option
def letters(count: int, as_json: bool) -> None:
    """Letters a second into one PDF, and its memory, beside ReportLab's canvas."""
    from bot.bench.letters import measure
    from bot.bench.rows import show

    show(measure(count), as_json=as_json)


@bench.command()
@click.option(
    "--provider-latency-ms", default=100.0, show_default=True, type=click.FloatRange(1, 5000)
)
@click.option("--rate", default=1100.0, show_default=True, help="Segments a second we may send.")
@click.option("--messages", default=6000, show_default=True, help="Messages a round.")
@click.option("--rounds", default=5, show_default=True, type=click.IntRange(1, 50))
@json_option
def dispatch(
    provider_latency_ms: float, rate: float, messages: int, rounds: int, as_json: bool
) -> None:
    """One worker to a double that answers late, beside twilio's client alone; claims alone."""
    from bot.bench.dispatch import measure
    from bot.bench.rows import show

    show(measure(messages, provider_latency_ms, rate, rounds), as_json=as_json)


@bench.command()
@click.option("--works", default=498, show_default=True, type=click.IntRange(1, 5000))
@click.option("--customers", default=19858, show_default=True, type=click.IntRange(1, 500_000))
@click.option("--rounds", default=5, show_default=True, type=click.IntRange(1, 50))
@json_option
def cancel(works: int, customers: int, rounds: int, as_json: bool) -> None:
    """A mass cancellation: from the command until every customer's message is queued."""
    from bot.bench.cancel import measure
    from bot.bench.rows import show

    show(measure(works, customers, rounds), as_json=as_json)


@bench.command()
@click.option("--customers", default=1_000_000, show_default=True, type=click.IntRange(100))
@click.option("--recipients", default=530_000, show_default=True, type=click.IntRange(10))
@click.option("--rounds", default=5, show_default=True, type=click.IntRange(1, 50))
@postgres_option
@json_option
def fanout(*, customers: int, recipients: int, rounds: int, postgres: str, as_json: bool) -> None:
    """Notices of a great campaign into the outbox, beside a bare INSERT; texts meanwhile."""
    from bot.bench.fanout import measure
    from bot.bench.rows import show

    show(measure(customers, recipients, rounds, postgres=postgres), as_json=as_json)


@bench.command()
@click.option("--outages", default=200, show_default=True, type=click.IntRange(1, 20_000))
@click.option("--visits", default=1000, show_default=True, help="Of the storm, a second.")
@click.option("--seconds", default=10, show_default=True, type=click.IntRange(2), help="A round.")
@click.option("--rounds", default=5, show_default=True, type=click.IntRange(1, 50))
@json_option
def public(outages: int, visits: int, seconds: int, rounds: int, as_json: bool) -> None:
    """Visitors of the public page in a storm, beside nginx and beside texts."""
    from bot.bench.public import Size, measure
    from bot.bench.rows import show

    show(measure(Size(outages, visits, seconds), rounds), as_json=as_json)


@bench.command()
@click.option(
    "--count", default=5000, show_default=True, type=click.IntRange(10), help="Messages a round."
)
@click.option(
    "--threads", default=32, show_default=True, type=click.IntRange(1, 64), help="At one moment."
)
@click.option("--rounds", default=5, show_default=True, type=click.IntRange(1, 50))
@postgres_option
@json_option
def receipts(*, count: int, threads: int, rounds: int, postgres: str, as_json: bool) -> None:
    """Receipts of a campaign from many threads, beside each by itself and bare statements."""
    from bot.bench.receipts import measure
    from bot.bench.rows import show

    show(measure(count, threads, rounds, postgres=postgres), as_json=as_json)
