"""Fills a queue: `python fill.py huey_app|celery_app send|nothing COUNT`.

A module of its own: jobs are named after the module that runs, and the worker must find them.
"""

import sys
from importlib import import_module

app = import_module(sys.argv[1])
job = getattr(app, sys.argv[2])
numbers = range(int(sys.argv[3]))
if sys.argv[1] == "huey_app":
    for number in numbers:
        job(number)
else:
    with app.app.producer_pool.acquire(block=True) as producer:
        for number in numbers:
            job.apply_async((number,), producer=producer)
