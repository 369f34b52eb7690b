"""Alerts: what fires, who is told, and what the rules look at, which come from the rules themselves."""

from __future__ import annotations

from dashboards.board import BY_SEVERITY, Board, Look, Measured, Row, Variable, Watched

_ALERTS = "max by (rule, severity, state, domain, operator) (smilecity_alerts)"
_NONE = "0 * max(smilecity_alert_changes_total)"
"""A zero that is told, so that no alerts and no answer look different."""
_NO_SEVERITY = f'label_replace({_NONE}, "severity", "none", "", "")'

BOARD = Board(
    name="alerts",
    title="Alerts",
    title_de="Alarme",
    description="Alerts by rule, severity and operator, their delivery, and the values that rules look at.",
    variables=(Variable.KIND, Variable.THING),
    rows=(
        Row(
            title="Now",
            title_de="Jetzt",
            panels=(
                Measured(
                    title="Firing",
                    title_de="Bestehend",
                    description="Alerts that fire and that nobody has acknowledged, by severity.",
                    query=f'sum by (severity) ({_ALERTS[:-1]}{{state="firing"}})) or on () {_NO_SEVERITY}',
                    unit="{alert}",
                    legend=BY_SEVERITY,
                    look=Look.NUMBER,
                    red_from=1.0,
                    width=8,
                    height=5,
                ),
                Measured(
                    title="Acknowledged",
                    title_de="Bestätigt",
                    description="Alerts that fire and somebody has acknowledged, by severity.",
                    query=f'sum by (severity) ({_ALERTS[:-1]}{{state="acknowledged"}})) or on () {_NO_SEVERITY}',
                    unit="{alert}",
                    legend=BY_SEVERITY,
                    look=Look.NUMBER,
                    width=8,
                    height=5,
                ),
                Measured(
                    title="Receivers that fail",
                    title_de="Gestörte Empfänger",
                    description="Receivers of alerts that do not take what they are sent.",
                    query=f"sum(max by (receiver) (smilecity_notification_failing)) or {_NONE}",
                    unit="{receiver}",
                    look=Look.NUMBER,
                    red_from=1.0,
                    width=8,
                    height=5,
                ),
                Measured(
                    title="Alerts",
                    title_de="Alarme",
                    description="How many alerts stand how, by rule and operator.",
                    query=_ALERTS,
                    unit="{alert}",
                    look=Look.TABLE,
                    width=24,
                ),
            ),
        ),
        Row(
            title="Course",
            title_de="Verlauf",
            panels=(
                Measured(
                    title="Firing, by rule",
                    title_de="Bestehend, nach Regel",
                    description="Alerts that fire or are acknowledged, by rule.",
                    query=f'sum by (rule) ({_ALERTS[:-1]}{{state=~"firing|acknowledged"}}))',
                    unit="{alert}",
                    legend="{{rule}}",
                ),
                Measured(
                    title="Changes",
                    title_de="Änderungen",
                    description="Changes of alerts within the time of one step.",
                    query="increase(max(smilecity_alert_changes_total)[$__rate_interval:])",
                    unit="{change}",
                    legend="changes",
                ),
                Measured(
                    title="Told to receivers",
                    title_de="An Empfänger gemeldet",
                    description="Changes of alerts a second by what became of them at a receiver.",
                    query="sum by (receiver, outcome) (rate(smilecity_notified_changes_total[$__rate_interval]))",
                    unit="{change}/s",
                    legend="{{receiver}}, {{outcome}}",
                ),
                Measured(
                    title="Not told yet",
                    title_de="Noch nicht gemeldet",
                    description="Changes of alerts that were not looked at for a receiver yet.",
                    query="sum by (receiver) (max by (receiver) (smilecity_notification_waiting_changes))",
                    unit="{change}",
                    legend="{{receiver}}",
                ),
            ),
        ),
        Row(
            title="What rules look at",
            title_de="Worauf Regeln schauen",
            panels=(Watched(),),
        ),
    ),
)
