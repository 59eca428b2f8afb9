"""A small catalogue with all kinds of timing, for tests: tickets that are due, credits, alerts, invoices."""

from __future__ import annotations

CATALOG = """
version: 1
categories: {desk: {title: Desk}}
events:
  ticket.due_set:
    fact: true
    category: desk
    title: Ticket got a due date
    subject: ticket.id
    data: TICKET_DATA
    example: {ticket: {id: 7, due_at: "2026-11-24T17:00:00-07:00", assignee: ana}}
  ticket.assigned:
    category: desk
    title: Ticket assigned
    subject: ticket.id
    people: {mine: ticket.assignee}
    data: TICKET_DATA
    message: {title: "Ticket {{ ticket.id }} is yours", body: "{{ ticket.id }}"}
    example: {ticket: {id: 7, assignee: ana}}
    notifications: {mine: {title: Assigned to me, audience: mine}}
  ticket.changed:
    category: desk
    title: Ticket changed
    subject: ticket.id
    data:
      type: object
      properties: {ticket: {type: object, properties: {id: {type: integer}}}, status: {type: string}}
    message: {title: "Ticket {{ ticket.id }} is {{ status }}", body: "{{ status }}"}
    example: {ticket: {id: 7}, status: Resolved}
    notifications:
      any: {title: A ticket changed}
      resolved: {title: A ticket was resolved, when: {status: Resolved}}
  ticket.due_soon:
    category: desk
    title: Ticket is due
    subject: ticket.id
    people: {mine: ticket.assignee}
    timer:
      from: ticket.due_set
      at: ticket.due_at
      before: BEFORE
      cancel_on: ticket.changed.resolved
      update_on: ticket.assigned
    data: TICKET_DATA
    message: {title: "Ticket {{ ticket.id }} is due", body: "{{ ticket.assignee | default('nobody') }}"}
    example: {ticket: {id: 7, due_at: "2026-11-24T17:00:00-07:00", assignee: ana}}
    notifications:
      any: {title: Some ticket is due}
      mine: {title: My ticket is due, audience: mine}
  sla.set:
    fact: true
    category: desk
    title: SLA of a ticket
    subject: ticket.id
    data: SLA_DATA
    example: {ticket: {id: 7}, sla: {name: first response, deadline: "2026-11-24T17:00:00-07:00"}}
  sla.breached:
    category: desk
    title: SLA breached
    subject: ticket.id
    timer: {from: sla.set, at: sla.deadline, key: sla.name, cancel_on: ticket.changed.resolved}
    data: SLA_DATA
    message: {title: "{{ sla.name }} of ticket {{ ticket.id }} is breached", body: "{{ sla.name }}"}
    example: {ticket: {id: 7}, sla: {name: first response, deadline: "2026-11-24T17:00:00-07:00"}}
    notifications: {any: {title: SLA breached}}
  credits.changed:
    fact: true
    category: desk
    title: Credits changed
    data: CREDITS_DATA
    example: {credits: {remaining: 500}}
  credits.low:
    category: desk
    title: Credits are low
    threshold: {from: credits.changed, value: credits.remaining, at_most: 15, above: 0}
    data: CREDITS_DATA
    message: {title: "{{ credits.remaining }} credits left", body: "low"}
    example: {credits: {remaining: 15}}
    notifications: {any: {title: Credits are low}}
  credits.out:
    category: desk
    title: No credits
    threshold: {from: credits.changed, value: credits.remaining, at_most: 0}
    data: CREDITS_DATA
    message: {title: "no credits left", body: "out"}
    example: {credits: {remaining: 0}}
    notifications: {any: {title: No credits}}
  alert.created:
    category: desk
    title: Alert
    subject: alert.id
    data: ALERT_DATA
    message: {title: "Alert {{ alert.id }}", body: "{{ alert.text }}"}
    example: {alert: {id: 1, text: Disk full}}
    notifications: {any: {title: An alert}}
  alert.resolved:
    fact: true
    category: desk
    title: Alert resolved
    subject: alert.id
    data: ALERT_DATA
    example: {alert: {id: 1, text: Disk full}}
  alert.stale:
    category: desk
    title: Stale alerts
    rollup:
      {from: alert.created, item: alert, into: alerts, older_than: OLDER, daily_at: "08:00", cancel_on: alert.resolved}
    data:
      type: object
      properties:
        alerts: {type: array, items: {type: object, properties: {id: {type: integer}, text: {type: string}}}}
    message:
      title: "{{ alerts | plural('stale alert', 'stale alerts') }}"
      body: "{% for one in alerts %}{{ one.id }} {% endfor %}"
    example: {alerts: [{id: 1, text: Disk full}]}
    notifications: {any: {title: Stale alerts}}
  invoice.created:
    category: desk
    title: Invoice created
    subject: invoice.id
    data: INVOICE_DATA
    message: {title: "Invoice {{ invoice.id }}", body: "{{ invoice.id }}"}
    example: {invoice: {id: 1}}
    notifications: {any: {title: Invoice created, delay: HELD, cancel_on: invoice.voided}}
  invoice.voided:
    fact: true
    category: desk
    title: Invoice voided
    subject: invoice.id
    data: INVOICE_DATA
    example: {invoice: {id: 1}}
"""

ROUTES = """
sources:
  psa: {events: ["*"], tokens: ["sha256:2bb80d537b1da3e38bd30361aa855686bde0eacd7162fef6a25fe97bf527a25b"]}
providers: {email: {service: inbox}}
channels: {noc: {service: inbox, name: noc}}
people:
  ana: {contacts: {email: ana@example.com}}
  bob: {contacts: {email: bob@example.com}}
routes:
  - {name: noc, notify: ["*.any", ticket.changed.resolved], to: [noc]}
  - {name: mine, notify: ["*.mine"], to: [audience]}
"""
"""The token of `psa` is `secret`."""


DATA = {
    "TICKET_DATA": """{type: object, required: [ticket], properties: {ticket: {type: object, required: [id], properties:
      {id: {type: integer}, due_at: {type: [string, "null"], format: date-time}, assignee: {type: string}}}}}""",
    "SLA_DATA": """{type: object, properties: {ticket: {type: object, properties: {id: {type: integer}}}, sla:
      {type: object, properties: {name: {type: string}, deadline: {type: string, format: date-time}}}}}""",
    "CREDITS_DATA": "{type: object, properties: {credits: {type: object, properties: {remaining: {type: number}}}}}",
    "ALERT_DATA": """{type: object, properties:
      {alert: {type: object, properties: {id: {type: integer}, text: {type: string}}}}}""",
    "INVOICE_DATA": "{type: object, properties: {invoice: {type: object, properties: {id: {type: integer}}}}}",
}


def catalog(before: str = "[1h, 15m]", older: str = "0s", held: str = "5m") -> str:
    """The catalogue, with leads, age of a stale alert and delay of an invoice as YAML values."""
    text = CATALOG
    for name, value in {**DATA, "BEFORE": before, "OLDER": older, "HELD": held}.items():
        text = text.replace(name, value)
    return text
