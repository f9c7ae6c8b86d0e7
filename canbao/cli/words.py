"""Values in words, as pages, interface and commands say them."""

from canbao.rules.wording import TABLES, basis_in_words, code_in_words, division_in_words, in_words, office_in_words

__all__ = ["TABLES", "basis_in_words", "code_in_words", "division_in_words", "in_words", "office_in_words"]
