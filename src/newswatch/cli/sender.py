"""mail check: whether other mail servers will believe the sender."""

from ipaddress import ip_address
from pathlib import Path

import typer

from newswatch.cli.context import options, run_async
from newswatch.cli.show import print_json, print_table
from newswatch.errors import NotFoundError, UsageError
from newswatch.mailcheck import Finding, MailCheck, Names, leaving
from newswatch.spf import Address

app = typer.Typer(help="The sender of alerts.", no_args_is_help=True)
TEMPORARY = 75  # EX_TEMPFAIL


@app.callback()
def group() -> None:
    """The sender of alerts."""


@app.command()
def check(
    context: typer.Context,
    selector: str = typer.Option("", help="Of the DKIM key, to look it up."),
    message: Path | None = typer.Option(
        None, help="A mail as it arrived, to verify its signature."
    ),
    ip: list[str] = typer.Option([], "--ip", help="Where the mail server sends from."),
    nameserver: str = typer.Option(None, help="Ask this one: ADDRESS or ADDRESS:PORT."),
) -> None:
    """Check SPF, DKIM, DMARC, names and the mail server of the configured sender. Exit code 1 if
    something must be mended, 75 if DNS cannot be asked."""
    chosen = options(context)
    configured = chosen.load()
    server, service = configured.mail, configured.service
    if server is None or service.mail is None:
        raise NotFoundError("newswatch.yaml has no mail: nothing is sent by mail")
    raw = message.read_bytes() if message else b""
    try:
        names = Names.at(nameserver)
    except ValueError as error:
        raise UsageError(f"--nameserver: {error}") from None
    checking = MailCheck(server, names, selector, raw, addresses(ip))
    found = [*checking.of_names(), run_async(checking.of_session)]
    found.append(leaving(service.web.base_url, service.mail.inbox))
    if chosen.json:
        print_json(found)
    else:
        rows = [(one.verdict, one.check, one.text, one.step) for one in found]
        print_table(rows, ("", "check", "found", "next step"))
    stop(found)


def addresses(given: list[str]) -> tuple[Address, ...]:
    try:
        return tuple(map(ip_address, given))
    except ValueError as error:
        raise UsageError(f"--ip: {error}") from None


def stop(found: list[Finding]) -> None:
    """The exit code: what could not be asked may be right or wrong."""
    verdicts = {one.verdict for one in found}
    if "unknown" in verdicts:
        raise typer.Exit(TEMPORARY)
    if "fail" in verdicts:
        raise typer.Exit(1)
