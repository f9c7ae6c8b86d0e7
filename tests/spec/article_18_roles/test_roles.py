"""第十八条: 系统管理人员不得拥有使用系统业务经办功能的权限."""

from __future__ import annotations

from canbao.rules.roles import ADMINISTRATORS, Role, excluded, fits


def test_every_role_has_a_label_and_says_who_may_hold_it():
    assert all(role.label and role.holder.endswith("。") for role in Role)
    assert len({role.label for role in Role}) == len(Role)


def test_an_administrator_holds_no_other_role():
    for administrator in ADMINISTRATORS:
        assert all(excluded({administrator, other}) for other in Role if other is not administrator)


def test_which_roles_one_account_may_hold_together(table):
    for row in table("""
        one                  | other              | together
        TOWN_CLERK           | TOWN_ARCHIVIST     | yes
        TOWN_CLERK           | TOWN_REVIEWER      | yes
        TOWN_REVIEWER        | DISTRICT_APPROVER  | no
        DISTRICT_CLERK       | DISTRICT_APPROVER  | no
        MUNICIPAL_OPERATOR   | MUNICIPAL_APPROVER | no
        MUNICIPAL_ANALYST    | MUNICIPAL_OPERATOR | yes
        GUIDE                | TOWN_CLERK         | no
        SYSTEM_ADMINISTRATOR | AUDIT_ADMINISTRATOR | no
    """):
        assert (not excluded({Role(row["one"]), Role(row["other"])})) == (row["together"] == "yes"), row


def test_at_which_offices_a_post_exists(table):
    paths = {"city": "50", "agency": "500112", "town": "500112500112001", "village": "500112500112001001"}
    for row in table("""
        role                   | city | agency | town | village
        MUNICIPAL_ANALYST      | yes  | no     | no   | no
        MUNICIPAL_OPERATOR     | yes  | no     | no   | no
        MUNICIPAL_APPROVER     | yes  | no     | no   | no
        DISTRICT_CLERK         | no   | yes    | no   | no
        DISTRICT_APPROVER      | no   | yes    | no   | no
        TOWN_CLERK             | no   | no     | yes  | no
        TOWN_REVIEWER          | no   | no     | yes  | no
        TOWN_ARCHIVIST         | no   | no     | yes  | no
        VILLAGE_SURVEYOR       | no   | no     | no   | yes
        GUIDE                  | yes  | yes    | yes  | no
        SYSTEM_ADMINISTRATOR   | yes  | yes    | no   | no
        SECURITY_ADMINISTRATOR | yes  | yes    | no   | no
        AUDIT_ADMINISTRATOR    | yes  | yes    | no   | no
        EXTERNAL_SYSTEM        | no   | no     | no   | no
    """):
        for kind, path in paths.items():
            assert fits(Role(row["role"]), path) == (row[kind] == "yes"), (row["role"], kind)
