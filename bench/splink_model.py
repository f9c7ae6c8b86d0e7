"""Splink's side of `bench.splink_remainder`: what it compares, how it is trained, what weights it found."""

from __future__ import annotations

import json
import math
import resource
import time
from pathlib import Path


def _level(sql: str, **more: float | bool | str) -> dict[str, object]:
    return {"sql_condition": sql, "label_for_charts": sql[:40], **more}


def _shares(name: str, **more: float | bool) -> dict[str, object]:
    """A comparison of two lists: some value in common, or none though both have one."""
    return _comparison(
        name, f"{name}_l is null or {name}_r is null", _level(f"list_has_any({name}_l, {name}_r)", **more)
    )


def _comparison(name: str, missing: str, *levels: dict[str, object]) -> dict[str, object]:
    null = {"sql_condition": missing, "label_for_charts": "unknown", "is_null_level": True}
    return {
        "output_column_name": name,
        "comparison_levels": [null, *levels, {"sql_condition": "ELSE", "label_for_charts": "other"}],
    }


_BIRTH_NEAR = (
    "(year(birth_l) = year(birth_r))::int + (month(birth_l) = month(birth_r))::int + (day(birth_l) = day(birth_r))::int = 2"
    " or (year(birth_l) = year(birth_r) and month(birth_l) = day(birth_r) and day(birth_l) = month(birth_r))"
)
_BOTH_HOMES = (
    "coalesce(list_has_any(phones_l, phones_r), false)::int + coalesce(list_has_any(homes_l, homes_r), false)::int"
)
_NEVER_BY_CHANCE = {"u_probability": 2.0**-24, "fix_u_probability": True}  # too rare to be met among random pairs


def _comparisons() -> list[dict[str, object]]:
    return [
        _comparison(
            "name", "placeholder_l or placeholder_r",
            _level("key_l = key_r", tf_adjustment_column="key", tf_adjustment_weight=1.0),
            _level("list_has_any(names_l, names_r)"), _level("sound_l = sound_r"),
            _level("(contains(key_l, '?') or contains(key_r, '?')) and jaro_winkler_similarity(key_l, key_r) >= 0.6"),
            _level("jaro_winkler_similarity(key_l, key_r) >= 0.75"),
        ),
        _comparison("birth", "birth_l is null or birth_r is null", _level("birth_l = birth_r"), _level(_BIRTH_NEAR)),
        _comparison("sex", "sex_l is null or sex_r is null", _level("sex_l = sex_r")),
        _comparison(
            "number", "number_l is null or number_r is null",
            _level("list_has_any(slips_l, slips_r)", **_NEVER_BY_CHANCE), _level("damerau_levenshtein(number_l, number_r) <= 2"),
        ),
        _comparison(
            "area", "districts_l is null or districts_r is null",
            _level("list_has_any(towns_l, towns_r)"), _level("list_has_any(districts_l, districts_r)"),
        ),
        _comparison(
            "home", "(phones_l is null or phones_r is null) and (homes_l is null or homes_r is null)",
            _level(f"{_BOTH_HOMES} = 2"), _level(f"{_BOTH_HOMES} = 1"),
        ),
        _shares("person_nos", **_NEVER_BY_CHANCE), _shares("cards", **_NEVER_BY_CHANCE),
        _shares("certificates", **_NEVER_BY_CHANCE), _shares("mothers"), _shares("lists"), _shares("sources"),
    ]  # fmt: skip


def splink(out: Path) -> None:
    """Splink's weights for the same pairs, trained without labels on these very units."""
    from splink import DuckDBAPI, Linker, block_on  # here, because it would weigh on the other method's memory
    from splink.blocking_rule_library import CustomRule

    begun = time.perf_counter()
    db = DuckDBAPI()
    db.duckdb_con.execute("set memory_limit = '4GB'; set enable_progress_bar = false").fetchall()
    tables = [db.register(db.duckdb_con.sql(f"from '{out}/{name}.parquet'").to_arrow_table(), dataset_display_name=name)
              for name in ("weak", "strong")]  # fmt: skip
    people = db.duckdb_con.execute(f"select count(*) from '{out}/strong.parquet'").fetchall()[0][0]
    same_pairs = CustomRule("l.blk = r.blk", arrays_to_explode=["blk"])
    settings = {"link_type": "link_only", "comparisons": _comparisons(), "blocking_rules_to_generate_predictions": [same_pairs],
                "probability_two_random_records_match": 0.8 / people, "retain_matching_columns": False}  # fmt: skip
    linker = Linker(tables, settings, log_level="ERROR")
    linker.training.estimate_u_using_random_sampling(max_pairs=1e7, seed=1)
    for rule in (block_on("key", "birth"), block_on("key"), block_on("birth", "sex")):
        linker.training.estimate_parameters_using_expectation_maximisation(
            rule, fix_probability_two_random_records_match=True, record_sample_proportion=1.0
        )
    trained = time.perf_counter()
    found = linker.inference.predict(threshold_match_weight=-20).physical_name
    db.duckdb_con.execute(
        "copy (select greatest(unique_id_l, unique_id_r) unit, least(unique_id_l, unique_id_r) n17, match_weight bits, true may_link"
        f" from {found}) to '{out}/splink.parquet'"
    ).fetchall()
    seconds = {"training": round(trained - begun, 2), "predict": round(time.perf_counter() - trained, 2)}
    (out / "splink.json").write_text(
        json.dumps(seconds | {"peak MB": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024})
    )
    linker.misc.save_model_to_json(str(out / "model.json"), overwrite=True)


def levels(out: Path) -> dict[str, float]:
    """Bits of each level that was trained."""
    model = json.loads((out / "model.json").read_text())
    found = [
        (c["output_column_name"], i, v) for c in model["comparisons"] for i, v in enumerate(c["comparison_levels"])
    ]
    return {
        f"{name} {i}: {v['sql_condition'][:50]}": math.log2(v["m_probability"] / v["u_probability"])
        for name, i, v in found if v.get("m_probability") and v.get("u_probability")
    }  # fmt: skip
