"""How alerts come about: what rules are made of, and the worker that watches.

``hours``: when a rule holds for which thing.
``judging``: what values mean for a rule, by limits that sites may set.
``machine``: the life of alerts, quiet, pending, firing, acknowledged, as a pure function over arrays.
``estate``: one rule and all things that it is for.
``evaluate``: a rule over history, as a rehearsal and an example run it.
``words``, ``telling``: how an alert is said, in English and German, and what is told of it.
``books``: what the platform says of itself, looked at like a sensor.
``trying``: a rule's examples, tried.
"""
