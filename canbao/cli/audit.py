"""`canbao audit`."""

import click


@click.group()
def audit() -> None:
    """封存、核验操作日志。"""
