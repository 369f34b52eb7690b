"""Carries messages from brokers into the store, losing none.

``source``: a broker's address, topics and credentials.
``mqtt``: receives and acknowledges, MQTT 5 or 3.1.1.
``gather``: batches by size, age and silence.
``ledger``: the heading under which a message is booked.
``worker``: receive, gather, decode, write, book, acknowledge.
``metrics``: what a worker tells Prometheus.
"""
