"""SQL text: made from templates written in the code and from values that are quoted here, and from nothing else.

`SQL` is a type that only this module can make. The set engine takes nothing else, `checked` lets nothing else through to PostgreSQL,
and whatever Python makes of two texts (`+`, `%`, `join`, an f-string) is a plain `str` again and refused.
tests/structure/test_sql_text.py reads the code for the rest: every template is a literal.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from math import isfinite
from pathlib import Path
from typing import Self, final

_PATTERN = frozenset("*?[")  # a path with these is a pattern to DuckDB, and may mean other files


@final
class SQL(str):
    """A piece of SQL, or a whole statement, that was made by the functions of this module."""

    __slots__ = ()

    def __new__(cls, *_: object) -> Self:
        raise TypeError("SQL text is made by sql(), identifier() or literal()")

    def __init_subclass__(cls) -> None:
        raise TypeError("SQL text is made by sql(), identifier() or literal()")


Piece = SQL | int | float
"""What may stand in the place of a name in a template."""


def sql(template: str, /, **pieces: Piece) -> SQL:
    """The template with a piece in the place of each {name}; a brace of the SQL itself is written twice.

    template: a literal in the code, never a variable. pieces: SQL, or numbers. Raises TypeError for any other value, KeyError for a
    name without a piece.
    """
    return _made(template.format(**{name: _text(piece) for name, piece in pieces.items()}))


def joined(separator: str, pieces: Iterable[SQL]) -> SQL:
    """Pieces with the separator between them, which is a literal in the code. Raises TypeError for what is no SQL."""
    return _made(separator.join(map(checked, pieces)))


def each(template: str, names: Iterable[str], *, separator: str = ", ") -> SQL:
    """The template once for every name, with the quoted name for {name}; template and separator are literals in the code."""
    return _made(separator.join([template.format(name=identifier(name)) for name in names]))


def identifier(name: str) -> SQL:
    """The quoted name of a table, column, function or view. Raises ValueError for an empty name or one with a zero byte."""
    if not name or "\0" in name:
        raise ValueError(f"no name for a column or table: {name!r}")
    return _made('"' + name.replace('"', '""') + '"')


def columns(names: Iterable[str], of: str = "") -> SQL:
    """Quoted names with commas between them, each behind the alias `of` if one is given."""
    prefix = f"{identifier(of)}." if of else ""
    return _made(", ".join(prefix + identifier(name) for name in names))


def literal(value: str | date) -> SQL:
    """A quoted text, or a date. Where a parameter can be passed, that is the better way. Raises ValueError for a zero byte."""
    if isinstance(value, date):
        return _made(f"date '{value:%Y-%m-%d}'")
    if "\0" in value:
        raise ValueError("no zero byte can stand in a text of SQL")
    return _made("'" + value.replace("'", "''") + "'")


def literals(values: Iterable[str]) -> SQL:
    """Quoted texts with commas between them."""
    return _made(", ".join(map(literal, values)))


def path_literal(path: Path) -> SQL:
    """One file for read_parquet and its like: absolute, without links. Raises ValueError for a path that would be a pattern."""
    return literal(_exact(path))


def parquet(path: Path) -> SQL:
    """The rows of a Parquet file. Raises ValueError as `path_literal` does."""
    return sql("read_parquet({path})", path=path_literal(path))


def parquet_folder(folder: Path) -> SQL:
    """The rows of all Parquet files of a folder. Raises ValueError as `path_literal` does."""
    return sql("read_parquet({files})", files=literal(f"{_exact(folder)}/*.parquet"))


def parquet_union(paths: Iterable[Path]) -> SQL:
    """The rows of several files, columns put together by name. Raises ValueError as `path_literal` does."""
    return sql("read_parquet([{paths}], union_by_name = true)", paths=joined(", ", map(path_literal, paths)))


def cases(of: SQL, results: Mapping[str, Piece], *, otherwise: Piece | None = None) -> SQL:
    """`case of when key then result ... end`, in the order of the mapping; otherwise: what `else` gives, null without it."""
    whens = [sql("when {key} then {result}", key=literal(key), result=result) for key, result in results.items()]
    if otherwise is not None:
        whens.append(sql("else {result}", result=otherwise))
    return sql("case {of} {whens} end", of=of, whens=joined(" ", whens))


def checked(text: SQL) -> SQL:
    """The text itself, for PostgreSQL's cursors, which take any. Raises TypeError for what was not made here."""
    if not isinstance(text, SQL):
        raise TypeError(f"no SQL of ours: {type(text).__name__}")
    return text


def _made(text: str) -> SQL:
    return str.__new__(SQL, text)


def _text(piece: Piece) -> str:
    if isinstance(piece, SQL):
        return piece
    if isinstance(piece, bool) or not isinstance(piece, int | float) or not isfinite(piece):
        raise TypeError(f"neither SQL nor a number: {piece!r}")
    number = str(int(piece)) if isinstance(piece, int) else repr(float(piece))
    return number if piece >= 0 else f"({number})"  # two minus signs would begin a comment


def _exact(path: Path) -> str:
    text = str(path.resolve())
    if _PATTERN & set(text):
        raise ValueError(f"a folder or file that the set engine reads must not have * ? [ in its name: {text}")
    return text
