"""The command line: one file for each group of commands; `main` turns errors into exit codes."""

import sys

from newswatch.errors import ConfigurationError, NewswatchError, NotFoundError, StoreError

EXIT_CODES: tuple[tuple[type[NewswatchError], int], ...] = (
    (ConfigurationError, 2),
    (NotFoundError, 1),
    (StoreError, 75),
)


def main() -> None:
    """Runs one command. Exit codes: 0 done, 1 a check failed or nothing found, 2 usage or
    configuration error, 75 temporary failure (sysexits.h EX_TEMPFAIL)."""
    from newswatch.cli.commands import app

    try:
        app()
    except NewswatchError as error:
        print(
            f"newswatch: {error}" if not isinstance(error, ConfigurationError) else error,
            file=sys.stderr,
        )
        raise SystemExit(exit_code(error)) from None
    except BrokenPipeError:
        # The reader of a pipe went away: not an error of ours, and no stack trace.
        sys.stderr.close()
        raise SystemExit(0) from None


def exit_code(error: NewswatchError) -> int:
    return next((code for kind, code in EXIT_CODES if isinstance(error, kind)), 2)
