"""One number for the whole register: equal content, equal digest, whatever the order or the way it came about."""

from __future__ import annotations

from cryptography.hazmat.primitives.hashes import SM3, Hash
from django.db import connection

from canbao.bulk.registry.tables import PLAIN, TABLES
from canbao.bulk.sqltext import columns, identifier, sql


def digest() -> str:
    """SM3 over each table's row count and order-free sum of row hashes.

    Covers keys, facts and valid_from; not version, recorded_at and basis, which say how we came to know.
    """
    seal = Hash(SM3())
    with connection.cursor() as cursor:
        for table, names in [(t.name, (*t.columns, "valid_from")) for t in TABLES] + list(PLAIN.items()):
            cursor.execute(
                sql(
                    "select count(*), coalesce(sum(hashtextextended(row({columns})::text, 0)::numeric), 0)::text from {table}",
                    columns=columns(names),
                    table=identifier(table),
                )
            )
            count, total = cursor.fetchone() or (0, "0")
            seal.update(f"{table}:{count}:{total}\n".encode())
    return seal.finalize().hex()
