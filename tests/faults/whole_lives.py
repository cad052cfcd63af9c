"""Lives of a web process and of a worker, forked one after the other from what is loaded once.

    python -m tests.faults.whole_lives PORT

reads `web` or `worker` and answers with the process id of a new one, which lives until somebody
kills it. Settings come from the environment, LIVES_LOG names the file of their log.
"""

from __future__ import annotations

import logging
import os
import signal
import sys
import time

from werkzeug.serving import make_server

from bot.app import create_app
from bot.channels.twilio import TwilioChannel
from bot.conversation.learning import Learning
from bot.jobs import make_worker
from bot.service import open_service
from bot.settings import read_settings
from intents.understanding import taught_recogniser
from storage import StorageError, retries

LOADED = (TwilioChannel, retries, Learning)  # before the first fork


def serve(port: int) -> None:
    app = create_app(open_service(read_settings()))
    app.extensions["gaisma.spool"].watch()
    make_server("127.0.0.1", port, app, threaded=True).serve_forever()


def work() -> None:
    make_worker(open_service(read_settings())).run()


def live(role: str) -> None:
    """Begun again when the database is not there at the start, as systemd does it."""
    while True:
        try:
            return serve(int(sys.argv[1])) if role == "web" else work()
        except StorageError as error:
            logging.warning("%s ended: %s", role, error)
            time.sleep(0.5)


def main() -> None:
    logging.basicConfig(level=logging.WARNING, filename=os.environ["LIVES_LOG"])
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    taught_recogniser(())
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    print("ready", flush=True)
    for line in sys.stdin:
        child = os.fork()
        if child == 0:
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            live(line.strip())
            os._exit(0)
        print(child, flush=True)


if __name__ == "__main__":
    main()
