"""How alerts come about: what rules are made of, and the worker that watches.

``hours``: when a rule holds for which thing, and when that turns.
``judging``: what values mean for a rule, by limits that sites may set.
``machine``: the life of alerts, quiet, pending, firing, acknowledged, as a pure function over arrays.
``estate``: one rule and all things that it is for.
``evaluate``: a rule over history, as a rehearsal and an example run it.
``history``: what is read for a rehearsal.
``words``, ``telling``: how an alert is said, in English and German, and what is told of it.
``books``: what the platform says of itself, looked at like a sensor.
``trying``, ``own``: a rule's examples, tried, and a city's own rules, read from TOML.
``storm``: alerts that fire, told one by one or as a group.
``news``, ``restoring``: what the store has to say that rules have not seen, and how everything stood before.
``watch``: looks at what changed and at the clock, and notes what became of alerts.
"""
