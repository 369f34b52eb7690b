"""Carries messages from brokers into the store, losing none.

``source``, ``sources``: a broker's address, topics and credentials; several in a file.
``mqtt``: keeps a source connected, MQTT 5 or 3.1.1.
``connection``, ``mqtt5``, ``paho``: one connection, through a fast codec or through paho.
``version``: which version of MQTT to speak with a broker.
``recent``: what a broker sends again is as old as it was the first time.
``gather``: batches by size, age and silence.
``spool``, ``feed``: messages of a source whose broker keeps none, on disk, and their way to the worker.
``ledger``: the heading under which a message is booked.
``carry``: messages decoded, written and told apart by heading.
``replay``: messages in quarantine, read again.
``worker``: receive, gather, decode, write, book, acknowledge.
``metrics``: what a worker tells Prometheus.
"""
