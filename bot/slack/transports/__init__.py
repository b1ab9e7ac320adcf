"""The two ways in which Slack reaches the bot, and the health routes beside them."""
