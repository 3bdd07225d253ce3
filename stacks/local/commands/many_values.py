"""Options that take several values: `--policy a b c` as well as `--policy a --policy b --policy c`."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import typer.core


def repeated(arguments: Iterable[str], options: frozenset[str]) -> list[str]:
    """The same arguments with each of `options` before every one of its values; `--policy=a` has its first in it."""
    expanded: list[str] = []
    open_option, values = "", 0
    for argument in arguments:
        if argument.startswith("--"):
            name, given, _ = argument.partition("=")
            open_option, values = (name if name in options else ""), len(given)
        elif open_option:
            values += 1
            if values > 1:
                expanded.append(open_option)
        expanded.append(argument)
    return expanded


class ManyValues(typer.core.TyperCommand):
    """A command whose list options take any number of values: what follows one, up to the next option, is its own."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:  # typer changed whose context it is
        """Expand, then parse as usual."""
        lists = frozenset(
            name
            for parameter in self.params
            if parameter.param_type_name == "option" and getattr(parameter, "multiple", False)
            for name in parameter.opts
        )
        return super().parse_args(ctx, repeated(args, lists))
