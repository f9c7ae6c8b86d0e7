"""Journal partitions, grants and row security, in SQL."""

from pathlib import Path
from typing import ClassVar

from django.db import migrations

SQL = (Path(__file__).parent.parent / "roles.sql").read_text()


class Migration(migrations.Migration):
    dependencies: ClassVar = [("store", "0001_initial")]

    operations: ClassVar = [
        migrations.RunSQL(
            [SQL],
            "drop function journal_month, journal_quiet, indexes_aside, indexes_back; drop table journal, index_aside",
        ),
    ]
