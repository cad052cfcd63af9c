"""`python -m bot.cli`: the same as the command `gaisma`."""

from bot.cli import main

main()
