"""Installing the bot into workspaces by OAuth: the browser's way through it, and sealed tokens."""
