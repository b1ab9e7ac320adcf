"""Processes that answer questions beside the one that talks to Slack.

Python runs one thread at a time: answers in threads and the event loop take turns. Here each
answering process has its own interpreter, its own answerer and its own connection to the store,
which it only reads; a question goes to it over a socket and comes back as what is posted and
stored. The one process that talks to Slack alone writes, so that all that is promised of the inbox
and the outbox is kept in one place. No token, signing secret or key goes to an answering process.
"""
