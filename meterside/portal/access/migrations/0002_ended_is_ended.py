"""Ended is ended, whatever the clock says: until now an end was only the end of a time."""

import django.contrib.postgres.fields.ranges
from django.apps.registry import Apps
from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.models import F, Func, Value

from meterside.kit import clock


def end_what_is_over(apps: Apps, editor: BaseDatabaseSchemaEditor) -> None:
    """Every time that is over ends where it ends: whether by plan or by hand was not kept, and is one now.

    A time without length was ended in the instant it began; it becomes an open one, ended in that instant.
    """
    access = apps.get_model("portal_access", "AccountAccess").objects.using(editor.connection.alias)
    access.filter(during__isempty=True).update(
        ended_at=F("granted_at"),
        during=Func(
            F("granted_at"),
            Value(None),
            function="tstzrange",
            output_field=django.contrib.postgres.fields.ranges.DateTimeRangeField(),
        ),
    )
    access.filter(ended_at=None, during__endswith__lte=clock.now()).update(ended_at=F("during__endswith"))


class Migration(migrations.Migration):
    dependencies = [("portal_access", "0001_initial")]

    operations = [
        migrations.AddField("accountaccess", "ended_at", models.DateTimeField(null=True)),
        migrations.RemoveConstraint("accountaccess", "access_once"),
        migrations.RunPython(end_what_is_over, migrations.RunPython.noop),
        migrations.AddConstraint(
            "accountaccess",
            models.CheckConstraint(condition=models.Q(during__isempty=False), name="access_has_a_time"),
        ),
        migrations.AddConstraint(
            "accountaccess",
            models.UniqueConstraint(
                fields=["login", "account_ref"],
                condition=models.Q(ended_at__isnull=True),
                name="access_once",
            ),
        ),
    ]
