"""A city to practise on, that knows nothing of the platform listening."""
