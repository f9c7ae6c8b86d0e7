"""Attacks on a running product: a developer's tool outside the test suite, run by `python -m tests.attack` or `make attack`.

It builds a practice register of an invented city in a temporary folder, serves it on the loopback address, tries every known
kind of attack on it, and says of each whether it was refused, harmless or succeeded, and which lines of the journal tell of it.
See docs/how-to/attack-a-register.md.
"""
