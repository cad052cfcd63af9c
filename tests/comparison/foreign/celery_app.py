"""Jobs of celery; the broker is named by QUEUE."""

import os

import calls
from celery import Celery

app = Celery("celery_app", broker=os.environ["QUEUE"])
late = os.environ.get("ACKS") != "early"
app.conf.update(
    task_ignore_result=True,
    # Late: a job that was under way when the worker died runs again, instead of being lost.
    task_acks_late=late,
    task_reject_on_worker_lost=late,
    worker_prefetch_multiplier=4,
    broker_connection_retry_on_startup=True,
    # After so long Redis gives what a dead worker held to another; an hour by default.
    broker_transport_options={"visibility_timeout": 10} if "redis" in app.conf.broker_url else {},
)


@app.task
def send(number):
    calls.send(number)


@app.task
def nothing(number):
    calls.counter.add()
