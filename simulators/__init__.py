"""A city to practise on, that knows nothing of the platform listening.

``run``: publishes the city to a broker, its history at once, then as time goes on.
``load``: many sensors at a given rate, for test benches.
``fault``, ``faults``, ``fault_files``: what can go wrong in the street, done on purpose, counted exactly.
``recording``, ``replay``: recorded MQTT, read line by line and published again with its gaps.
``publish``: MQTT with QoS 1, nothing given up before it is acknowledged.
``city``: every uplink of a span, ordered by time, the same for the same seed.
``truth``: what is true in the city, to compare indicators with.
``lots``, ``spaces``, ``containers``, ``meters``, ``weather``: what happens, by kind.
``rhythm``: local time, and the daily and weekly shapes.
``chance``: randomness that belongs to a seed, a name and a day.
``steps``: values that hold until the next change.
``uplink``: what devices have to say, as columns.
``telegram``, ``radio``, ``letters``: the device's bytes, the air, the networks' envelopes.
``places``: reads rostock.geojson.
``lay``: writes rostock.geojson from places.csv and carparks.csv.
"""
