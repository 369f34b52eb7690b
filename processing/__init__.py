"""Turns observations into indicators and alerts.

``calendar``: quarter hours, hours and the city's days, with their 23, 24 or 25 hours.
``local``: what clocks and calendar of a zone say: hour, weekday, public holidays of a Land.
``region``: the zone of the city's clocks and the Land of its public holidays.
``rows``: observations of many series as columns.
``lazily``: properties found once, without the lock of Python 3.11 that all threads share.
``cells``: windows by the few stretches of rows that lie in them, laid out to all.
``windows``: the verbs: cut, overlap, time-weighted mean, last, extremes, worst flag.
``check``, ``control``, ``peers``: what a check of observations is, one file for each, and which things are neighbours.
``counter``, ``metering``: what was counted between readings, and in each window.
``lots``, ``arriving``, ``balance``: car parks: what is taken and in service, who came, and the count at the barriers.
``daily``, ``rolling``: days beside each other over weeks and longer, and the last 365.
``quarters``: quarter hours as the shape of a day.
``baseline``: what a building would usually take, by hour of the week and weather.
``co2``: grams by kilowatt hour, a table with sources.
``sun``, ``lighting``: sunrise and sunset, and how long lamps burn by day and in the night.
``within``: what lies in each window, the quarter hours of a day, as a third axis.
``level``, ``filling``, ``emptied``, ``overflowing``: levels that rise along a line, overflow and are emptied.
``habit``: how containers fill by the hours of the week, and what that foretells.
``rounds``: when containers are to be emptied.
``sessions``: states of parking spaces as stays, each with what is known of its beginning and end.
``limits``, ``blocking``: stays beyond what a site allows, while that is in force; places that are blocked.
``blocked``: which of them are blocked at an instant, and why they are on the list.
``shares``: what part of one amount another one is and how much falls to a member, for groups.
``quality``: flags of results.
``indicator``, ``indicators``: what an indicator is, and one file for each.
``heard``, ``quantiles``: messages of things over all that they observe, and quantiles of windows.
``fitness``, ``visits``, ``books``: how sensors are judged, which need a person, and how many messages were no good.
``delivering``: which part of the registered things has delivered.
``reduction``: days that make weeks, months and years; things that make groups.
``gazetteer``: where things and groups stand, for maps of Grafana.
``scopes``: sites, districts, operators, the city.
``households``: which households count in the values of groups, and together with whom.
``discreet``: groups with households are told by the day, once, and longer from those days.
``past``, ``forecasting``: weeks gone by, and models that learn from them.
``forecast``, ``forecasts``: model, report card, what is served and how often it held; one file for each.
``scoring``, ``band``: the scores of forecasts, and the bands around them: what such forecasts were off by before.
``due``: which windows are to be computed.
``group``, ``piece``: what is read and computed together.
``nearby``: which windows come out as before, told by readings near what has changed.
``stages``: in which order.
``portion``, ``backfill``: work cut to fit into memory, done on many cores.
``moved``: what was computed by the midnights of another zone is taken back.
``apart``: what raises for one thing is computed apart, and left out; ``metrics`` counts it.
``formulas``: by which version of its formula a stored result is, and which are outdated.
``stored``, ``happened``: results and events held, compared with new ones.
``roster``: the things of a catalogue, sorted.
``now``: what is true at this instant.
``collection``, ``reasons``: which containers are to be emptied before their next round, and why.
``explain``, ``made``: why a number is what it is; what each of its inputs gives to it.
``alert``, ``alerts``: what an alert rule is, and one file for each; ``alerting``: how alerts come about.
``rehearsal``: what a rule would have done, counted and compared with what it warns of.
``opening``: when opening hours as OSM writes them are in force.
``announcing``: alerts over MQTT, what a utility builds on.
``notifying``: alerts by webhook and e-mail.
``standing``: how far all is known that groups are made of.
``worker``: keeps the indicators of a store up to date.
"""
