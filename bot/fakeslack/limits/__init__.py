"""Slack's limits on messages, views and blocks, checked as strictly as Slack checks them.

The limits follow Slack's Block Kit reference (docs.slack.dev/reference/block-kit) and the field
names that slack-sdk 3.47 knows; where Slack is undocumented the stricter reading is taken.
"""

from bot.fakeslack.limits.message import check_blocks, check_metadata, check_view

__all__ = ["check_blocks", "check_metadata", "check_view"]
