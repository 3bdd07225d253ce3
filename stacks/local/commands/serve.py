"""`atomic serve`: the API and the page of this home."""

from __future__ import annotations

import signal
import sys
from pathlib import Path
from typing import Annotated

import typer

from stacks.local.commands.output import DEFAULT_HOME, HomeOption, existing, say


def serve(
    host: Annotated[
        str, typer.Option(help="Address to listen at; beyond this machine a token is asked for.")
    ] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65_535, help="0 takes any free one.")] = 8_080,
    name: Annotated[
        list[str] | None, typer.Option(help="Other host names of this server, one or more.", show_default=False)
    ] = None,
    screenshots: Annotated[
        Path | None, typer.Option(help="Only put a picture of every view into this folder. Needs Chromium.")
    ] = None,
    home: HomeOption = DEFAULT_HOME,
) -> None:
    """Serve the API and the page until Ctrl-C. Tasks that are handed in are worked on in this process."""
    from stacks.local.stack import LocalStack  # noqa: PLC0415  --help should not wait for all of AWS
    from stacks.local.web.server import bind, gate_of, server_of  # noqa: PLC0415

    if screenshots is not None:
        _take_screenshots(existing(home), screenshots)
        return
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))  # a service manager's stop gives the database back too
    address = bind(host, port)
    with LocalStack(home, upload_base=address.url) as stack, stack.sealing(), stack.minding():
        gate = gate_of(stack.home, host, frozenset(each.lower() for each in name or ()))
        if gate.needs_token:
            say("[green]open[/green]", f"{address.url}/?code={gate.link_code}")
            token = stack.home / "keys" / "api-token"
            say("the link signs in one browser, once; other clients send the token in", str(token))
        else:
            say("[green]serving[/green]", address.url)
        server_of(gate, stack.tenant).run(sockets=[address.listener])


def _take_screenshots(home: Path, folder: Path) -> None:
    from stacks.local.stack import LocalStack  # noqa: PLC0415  see `serve`
    from stacks.local.web.gate import Gate  # noqa: PLC0415
    from stacks.local.web.screenshots import take_screenshots  # noqa: PLC0415
    from stacks.local.web.server import bind, server_of, serving  # noqa: PLC0415

    address = bind("127.0.0.1", 0)
    with LocalStack(home) as stack, serving(server_of(Gate("127.0.0.1"), stack.tenant), address):
        for taken in take_screenshots(stack, address.url, folder):
            say("[green]taken[/green]", str(taken))
