"""`gaisma serve`, `worker` and `demo`: the processes that stay up."""

from __future__ import annotations

import errno
import os
import signal
import socket
from pathlib import Path

import click

from bot.cli.shell import Refusal, service
from bot.service import Service
from bot.settings import read_settings

HOST = click.option("--host", default="127.0.0.1", show_default=True)
PORT = click.option("--port", default=8000, show_default=True, type=click.IntRange(1, 65535))


@click.command()
@HOST
@PORT
@click.option("--no-worker", is_flag=True, help="Only answer texts; send no alerts from here.")
@click.option("--threads", default=64, show_default=True, help="Texts answered at one time.")
@click.option(
    "--only", type=click.Choice(["console", "public"]), help="Only this part, apart from the texts."
)
def serve(host: str, port: int, no_worker: bool, threads: int, only: str | None) -> None:
    """Answer texts over HTTP, and send alerts.

    Where hundreds of people work in the console, or a storm of visitors may come to the public
    page, give each a process of its own beside this one.

    On PostgreSQL alerts are sent by `gaisma worker`, and there may be any number of both.
    """
    from bot.serving import run_server

    settings = read_settings()
    _check_free(host, port)
    with service(migrate=True) as made:  # before anything listens: an error is seen here
        _learn(made)
        # One process is the one writer of a file; elsewhere workers are processes of their own.
        has_worker = made.database.engine == "sqlite" and not no_worker
    where = "the socket of systemd" if _is_handed() else f"http://{host}:{port}/"
    click.echo(f"Gaisma listens on {where}  (stop with Ctrl+C)")
    run_server(settings, host, port, threads=threads, worker=has_worker, only=only)


@click.command()
def worker() -> None:
    """Send what waits in the outbox, until stopped.

    On SQLite `gaisma serve` has a worker of its own; this one waits while another works. On
    PostgreSQL any number of workers share the work and the rate.
    """
    from bot.jobs import make_worker
    from bot.running import logs

    logs.set_up(read_settings())
    with service(migrate=True) as made:
        runner = make_worker(made)
        for name in (signal.SIGTERM, signal.SIGINT):
            signal.signal(name, lambda *_: runner.stop())
        click.echo("The worker sends what waits in the outbox  (stop with Ctrl+C)")
        runner.run()


@click.command()
@HOST
@PORT
@click.option("--fresh", is_flag=True, help="Throw the demo's data away and begin anew.")
def demo(host: str, port: int, fresh: bool) -> None:
    """Simulated phones and 2,000 invented customers: needs no account anywhere.

    \b
    The data is kept in var/demo.db, or where GAISMA_DATABASE_URL says, if nobody works with that
    database. Other gaisma commands need
        export GAISMA_DATABASE_URL=sqlite:///var/demo.db
    """
    from bot.serving import run_server

    os.environ.setdefault("GAISMA_DATABASE_URL", "sqlite:///var/demo.db")
    os.environ["GAISMA_SMS_PROVIDER"] = "sandbox"
    settings = read_settings()
    _check_free(host, port)
    if fresh:
        _forget(settings.database_url)
    with service(migrate=True) as made:
        _learn(made)
        _fill(made)
        password = _let_in(made)
    click.echo(
        f"Simulated phones: http://{host}:{port}/phone/\n"
        f"Public page:      http://{host}:{port}/\n"
        f"Console:          http://{host}:{port}/console/  (sign in as anna, dainis, ilze or "
        f"marta; password: {password})\n"
        "Stop with Ctrl+C."
    )
    run_server(settings, host, port, demo=True)


def _is_handed() -> bool:
    """Whether systemd listens for us."""
    return os.environ.get("LISTEN_PID") == str(os.getpid())


def _check_free(host: str, port: int) -> None:
    """Refuse an address that cannot be listened on, before anything is made or migrated."""
    if _is_handed():
        return
    try:
        family, *_, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        with socket.socket(family, socket.SOCK_STREAM) as probe:
            # As the server does: connections that have just ended do not hold the port.
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(address)
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            raise Refusal(
                f"port {port} on {host} is in use; stop what listens there, or name another: "
                f"--port {port + 1 if port < 65535 else port - 1}"
            ) from error
        raise Refusal(f"cannot listen on {host}:{port}: {error.strerror}.") from error


def _fill(made: Service) -> None:
    from datetime import UTC, datetime

    from bot.demo import build
    from bot.demo.lived import live

    now = datetime.now(UTC)
    build(made.database, now, made.policy)
    live(made, now)


def _learn(made: Service) -> None:
    """What the server reads in a moment takes a quarter of a minute to learn at first."""
    from bot.conversation.learning import accepted, learn_beside
    from intents.understanding import is_learned

    taught = accepted(made.database)
    if not is_learned(taught):
        click.echo("Learning the example phrases (once, about a quarter of a minute) ...")
        learn_beside(taught)


def _let_in(made: Service) -> str:
    """The demo's people of the console, and the password of all of them until the next start."""
    from datetime import UTC, datetime

    from bot import demo
    from bot.people import passwords, sign_in

    password = passwords.given()
    demo.let_in(made.database, sign_in.hash_password(password), datetime.now(UTC))
    return password


def _forget(database_url: str) -> None:
    path = Path(database_url.removeprefix("sqlite:///"))
    if path.name != "demo.db":
        raise Refusal(f"--fresh removes only a file named demo.db, and this is {path.name}.")
    for suffix in ("", "-wal", "-shm"):
        Path(f"{path}{suffix}").unlink(missing_ok=True)
