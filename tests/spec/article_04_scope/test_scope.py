"""第四条: 本地户籍 / 外地户籍本地参保 / 外地来渝常住 / 未上户新生儿."""

from __future__ import annotations

from canbao.rules.scope import ScopeFacts, scope_of


def test_who_is_registered_and_on_what_basis(table):
    for row in table("""
        hukou     | insured here | residence | newborn | dead | basis
        NORMAL    |              |           |         |      | LOCAL_HUKOU
        NORMAL    | yes          | RESIDENT  |         |      | LOCAL_HUKOU
        NORMAL    |              | LEFT      |         |      | LOCAL_HUKOU
                  | yes          |           |         |      | INSURED_HERE
                  | yes          | RESIDENT  |         |      | INSURED_HERE
        MOVED_OUT | yes          |           |         |      | INSURED_HERE
                  |              | RESIDENT  |         |      | RESIDENT_HERE
        MOVED_OUT |              | RESIDENT  |         |      | RESIDENT_HERE
                  |              | RESIDENT  | yes     |      | UNREGISTERED_NEWBORN
                  | yes          | RESIDENT  | yes     |      | UNREGISTERED_NEWBORN
        NORMAL    |              | RESIDENT  | yes     |      | LOCAL_HUKOU
                  |              | FLOATING  |         |      |
                  |              | LEFT      |         |      |
        MOVED_OUT |              |           |         |      |
        CANCELLED |              | FLOATING  |         |      |
        NORMAL    | yes          | RESIDENT  |         | yes  |
        DECEASED  | yes          |           |         |      |
                  |              |           |         |      |
    """):
        scope = scope_of(
            ScopeFacts(
                hukou_status=row["hukou"] or None,
                insured_here=row["insured here"] == "yes",
                residence=row["residence"] or None,
                newborn=row["newborn"] == "yes",
                dead=row["dead"] == "yes",
            )
        )
        assert (scope.basis or "") == row["basis"], row
        assert scope.reason.endswith("。")
