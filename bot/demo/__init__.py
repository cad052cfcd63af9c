"""The demo's data: 2,000 invented customers in real towns, and works and outages around today.

Nobody in it exists. The same seed makes the same people each time.
"""

from bot.demo.build import build

__all__ = ["build"]
