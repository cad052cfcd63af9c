"""The demo's data: 2,000 invented customers in real towns, and works and outages around today.

Nobody in it exists. The same seed makes the same people each time.
"""

from bot.demo.build import build
from bot.demo.staff import let_in

__all__ = ["build", "let_in"]
