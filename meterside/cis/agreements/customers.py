"""Who has the service a channel measures, for metering, which knows no agreements."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

import numpy as np
from django.db import connection

from meterside.cis.metering.checks.customers import Customers
from meterside.kit.sql import among

_CLASSES = """
    SELECT c.id, max(a.customer_class)
      FROM cis_registry_channel c
      JOIN cis_registry_deviceinstallation i ON i.device_id = c.device_id
      JOIN cis_agreements_agreementservicepoint l ON l.service_point_id = i.service_point_id
      JOIN cis_agreements_serviceagreement g ON g.id = l.agreement_id
      JOIN cis_registry_account a ON a.id = g.account_id
     WHERE c.id {among} AND l.use <> 'check'
       AND coalesce(i.during && tstzrange(%s::date - interval '1 day', %s::date + interval '2 days'), false)
       AND coalesce(l.during @> %s::date, false) AND coalesce(g.during @> %s::date, false)
     GROUP BY c.id ORDER BY c.id
"""
# Behind the wall the planner may not look at what a range holds, and takes it that one row in 200 covers a day, where
# nearly every one does: it then goes row by row through indexes. Within `coalesce` it takes every second one.


def customers_on(channel_ids: Sequence[int], day: date) -> Customers:
    """The class of who has each channel's service on a day, "" where nobody has."""
    keys = np.asarray(channel_ids, dtype=np.int64)
    if not len(keys):
        return Customers(np.zeros(0, dtype="U1"))
    condition, asked = among(np.unique(keys).tolist())
    with connection.cursor() as cursor:
        cursor.execute(_CLASSES.replace("{among}", condition), [*asked, day, day, day, day])
        rows = cursor.fetchall()
    known = np.array([row[0] for row in rows], dtype=np.int64)
    classes = np.array([row[1] for row in rows] or [""])
    if not len(known):
        return Customers(np.full(len(keys), "", dtype="U1"))
    places = np.searchsorted(known, keys).clip(max=len(known) - 1)
    return Customers(np.where(known[places] == keys, classes[places], ""))
