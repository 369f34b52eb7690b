"""What the VictoriaMetrics engine is made of; `storage/engines/victoriametrics.py` puts it together.

``address``: the engine's URL and its options.
``server``: what is said to the server, and how it is answered.
``selectors``: datastreams as PromQL selectors.
``samples``: exported samples, put together to rows again.
``exact``: results that VictoriaMetrics would round.
``drawing``: what charts ask, as PromQL.
``trail``: the journal's commits as series beside the rows.
"""
