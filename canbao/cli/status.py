"""`canbao status`."""

import click


@click.command()
def status() -> None:
    """查看登记库现状。"""
