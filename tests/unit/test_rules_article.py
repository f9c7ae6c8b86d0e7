"""Rules register the article they carry out."""

from __future__ import annotations

import pytest

from canbao.rules import approval, duty, enrolment, offices, roles, scope
from canbao.rules.article import NoSuchArticle, article, functions_of


def test_a_rule_is_found_by_its_article():
    for number, rule in ((3, duty.gap), (4, scope.scope_of), (5, offices.office_path), (12, approval.decide)):
        assert f"{rule.__module__}.{rule.__name__}" in functions_of(number)
    assert functions_of(13) == ("canbao.rules.enrolment.after", "canbao.rules.enrolment.event_between")
    assert functions_of(18) and enrolment and roles


def test_an_article_the_regulation_does_not_have_is_refused():
    with pytest.raises(NoSuchArticle):
        article(24)
