"""The parts of the embedded engine: one DuckDB file.

``file``: the file: opened, its schema, its transactions.
``month``: finished days, in one table per UTC month, sorted and small.
``reading``: what both kinds of tables hold, in one question; of one datastream in the shortest.
``several``: several questions as one, so that the newest rows are passed over once.
``days``: finished days, summed up for each datastream, kept true.
``summing``: rows summed up by window where they lie.
``settling``: finished days and months put into order.
``forgetting``: rows that are no longer wanted, taken out.
``copying``: a copy as of one instant beside writes, and what a file holds, read back.
"""
