"""Jobs of huey, its queue in SQLite."""

import os

import calls
from huey import SqliteHuey

# As durable as ours (a commit waits for the disk), and no results, which nobody would read.
huey = SqliteHuey(filename=os.environ["QUEUE"], results=False, fsync=True)


@huey.task()
def send(number):
    calls.send(number)


@huey.task()
def nothing(number):
    calls.counter.add()
