"""Alerts over MQTT: what a utility builds on, ``docs/alerts.md``.

``topics``: the tree of topics, one branch for each operator.
``messages``: what is said, as types and as a JSON schema.
``following``: changes in their order as messages, for whoever follows them otherwise.
``outbox``: which changes are to be said next, what is retained, and when it is let go.
``desk``: acknowledgements that operators send, taken or refused.
``line``: one connection to a broker; the only file here that knows aiomqtt.
``announcer``: says every change in its order, over as many connections as it takes.
"""
