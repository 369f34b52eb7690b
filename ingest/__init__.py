"""Carries messages from brokers into the store, losing none."""
