"""Names what the city can say and turns a message into observations; no input or output.

``model``: Thing, ObservedProperty, Datastream, Batch, Rejected.
``discovery``: finds declarations, so that adding one is adding a file.
``quality``: QARTOD flags and the tests one observation can pass alone.
"""
