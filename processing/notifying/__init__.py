"""Tells people and their systems of alerts beside MQTT: webhooks and e-mail, to receivers of a file.

``receivers``: the file, read into receivers.
``choice``: which changes a receiver asks for.
``receiver``: what every receiver is, and what it says when it cannot be reached.
``webhook``: the message of MQTT by HTTP, signed; knows httpx.
``writing``, ``mail``: what a mail says, and how it is handed to a server.
``delivery``: one receiver's place in the outbox, tried until it is taken.
``notifier``: all receivers, each by itself, so that none waits for another.
``metrics``: what Prometheus is told.
"""
