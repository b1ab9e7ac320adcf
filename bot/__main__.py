"""``python -m bot`` is the ``vrambot`` command."""

from bot.cli import main

main()
