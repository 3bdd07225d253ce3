"""Patches: a definition is parsed once, and a rejected one does not disturb the next.

moto parses a definition at every execution (14 to 115 ms). The tree of components that comes out keeps everything
that changes in the environment of an execution, save for one key made on first use; with that key derived from the
component itself the tree is constant, and executions share it.
"""

import functools
from typing import Any

from moto.stepfunctions.parser.asl.component.eval_component import EvalComponent
from moto.stepfunctions.parser.asl.parse.asl_parser import AmazonStateLanguageParser
from moto.stepfunctions.parser.asl.parse.preprocessor import Preprocessor

from stacks.local.aws.moto_patches import guard

_PARSED_MAX = 128


def apply() -> None:
    """Give each parse its own scopes, make the components constant, and remember the parsed definitions."""
    guard.require(Preprocessor, "_open_query_language_scope", fingerprint="4e0bad6eb66e")
    setattr(Preprocessor, "__init__", _own_scopes)  # noqa: B010 - not a method of its own so far
    guard.replace(EvalComponent, "heap_key", property(_key_of_component), fingerprint="2531bf43997a")
    guard.wrap(AmazonStateLanguageParser, "parse", functools.lru_cache(_PARSED_MAX), fingerprint="a59a7d18760f")


def _own_scopes(self: Any) -> None:
    self._query_language_per_scope = []  # stock: one list for all parses, left dirty by a rejected definition


def _key_of_component(self: Any) -> str:
    return f"{id(self):x}"
