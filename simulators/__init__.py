"""A city to practise on, that knows nothing of the platform listening.

run        publish the city to a broker: its history at once, then as time goes on
publish    MQTT with QoS 1, nothing given up before it is acknowledged
city       every uplink of a span, ordered by time, the same for the same seed
truth      what is true in the city, to compare indicators with
lots, spaces, containers, meters, weather   what happens, by kind
rhythm     local time, and the daily and weekly shapes
chance, steps, uplink   repeatable draws, values that hold, uplinks as columns
telegram, radio, letters   the device's bytes, the air, the networks' envelopes
places     reads rostock.geojson
lay        writes rostock.geojson from places.csv and carparks.csv
"""
