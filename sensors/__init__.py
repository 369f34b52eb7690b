"""Names what the city can say and turns a message into observations; no input or output.

``model``: Thing, ObservedProperty, Datastream, Batch, Rejected.
``discovery``: finds declarations, so that adding one is adding a file.
``quality``: QARTOD flags and the tests one observation can pass alone.
``kinds``: how each kind of asset is observed, one file per kind.
``envelope``, ``envelopes``: how each network wraps an uplink, one file per envelope.
``plain_format``: a city's own JSON format, declared in a few lines.
``device``, ``devices``: what one product's fields and bytes mean, one file per product.
``own_models``: a city's own device models, declared in TOML.
``codec``: vendors' payload codecs in JavaScript, within limits.
``ranges``: results that others bring, tested against the ranges of their property and site.
``units``: how a number in one unit becomes a number in another.
``topics``: which envelope listens on a topic.
``clock``: every shape of time that devices send.
``naming``: which devices a message names, also where it cannot be read.
``eui``: one spelling for a device's identifier.
``numeric``: which numbers of a site can be computed with.
``groups``: ids of groups of things, which no thing may have.
``hint``: parts of an error sentence: the value that is wrong, and what may have been meant.
``interpret``: fields to results in the properties' units.
``readings``: one uplink to its readings, from the network's fields or from the device's bytes.
``proposal``: what an unknown device may be.
``decoder``: which version and which declarations could not read a message.
``decode``: a batch of messages to a Batch of observations, the rejected and the empty.
``geojson``, ``register``: things and devices from GeoJSON and CSV, and back.
``entries``: what both have in common: one entry checked, a refusal told.
``registers``: the registers that a city keeps already, one file each.
``households``: whose observations are told of nobody alone.
``places``, ``coordinates``, ``cells``: which columns tell a position, metres to degrees, a cell to a value.
"""
