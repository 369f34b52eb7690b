"""Draws Grafana boards from the declarations and pushes them.

``board``, ``boards``: what a board is, and one file for each.
``subject``: what a panel shows, with all that its declaration says; ``units``: UCUM as Grafana's units.
``limits``: thresholds, from alert rules and from what sensors are judged by.
``words``: English or German.
``setting``: which store, by which addresses.
``targets``, ``panels``, ``measured``, ``variables``: what is asked and how it is drawn, of the store and of Prometheus.
``layout``, ``building``: where panels stand, and boards as classic JSON.
``provisioning``, ``contact``: boards, data sources and contact points as files.
``pushing``: what is to be done in a running Grafana, and doing it.
``sdk``, ``grafana``: the only files that know Grafana's SDK and grafana-client.
"""
