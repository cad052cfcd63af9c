"""What a job of huey or celery does here: one create call of twilio's client, or nothing.

Runs in an environment of its own, with none of our modules. The settings come by environment:
DOUBLE_URL (who answers), IN_FLIGHT (calls at one time), NOTHINGS and NOTHINGS_FILE (below).
"""

import os
import threading
import time
from pathlib import Path
from urllib.parse import urlsplit

from requests.adapters import HTTPAdapter
from twilio.http.http_client import TwilioHttpClient
from twilio.rest import Client

IN_FLIGHT = int(os.environ["IN_FLIGHT"])
NOTHINGS = int(os.environ.get("NOTHINGS", "0"))


class Elsewhere(TwilioHttpClient):
    """Twilio's client as it is, its calls led to another address."""

    def request(self, method, url, *given, **named):
        address = os.environ["DOUBLE_URL"] + urlsplit(url).path
        return super().request(method, address, *given, **named)


def make_client():
    http = Elsewhere(pool_connections=True, timeout=30)
    # With the pool of ten that it brings, most calls would open a connection of their own.
    http.session.mount("http://", HTTPAdapter(pool_maxsize=IN_FLIGHT))
    return Client("AC" + "0" * 32, "bench-token", http_client=http, environment={})


client = make_client()


def send(number):
    """The same call as ours."""
    client.messages.create(
        to=f"+3712{number:07d}",
        from_="1884",
        body=f"Sadales tikls: nav elektribas, Brivibas iela {number}. Zinosim lidz 18.00.",
        status_callback=f"https://bench.invalid/sms/status/{number:036d}",
        validity_period=21_600,
        smart_encoded=False,
    )


class Counter:
    """How often `nothing` ran; after NOTHINGS times the seconds it took go into NOTHINGS_FILE."""

    def __init__(self):
        self.lock = threading.Lock()
        self.count = 0
        self.began = 0.0

    def add(self):
        with self.lock:
            self.began = self.began or time.perf_counter()
            self.count += 1
            if self.count == NOTHINGS:
                seconds = time.perf_counter() - self.began
                Path(os.environ["NOTHINGS_FILE"]).write_text(str(seconds))


counter = Counter()
