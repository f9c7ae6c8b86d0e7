"""One number for the whole register: equal content, equal digest, whatever the order or the way it came about."""

from __future__ import annotations

from cryptography.hazmat.primitives.hashes import SM3, Hash
from django.db import connection

from canbao.bulk.registry.tables import PLAIN, TABLES


def digest() -> str:
    """SM3 over each table's row count and order-free sum of row hashes.

    Covers keys, facts and valid_from; not version, recorded_at and basis, which say how we came to know.
    """
    seal = Hash(SM3())
    with connection.cursor() as cursor:
        columns = [(t.name, (*t.columns, "valid_from")) for t in TABLES] + list(PLAIN.items())
        for table, names in columns:
            row = "row(" + ", ".join(names) + ")::text"
            cursor.execute(f"select count(*), coalesce(sum(hashtextextended({row}, 0)::numeric), 0)::text from {table}")
            count, total = cursor.fetchone() or (0, "0")
            seal.update(f"{table}:{count}:{total}\n".encode())
    return seal.finalize().hex()
