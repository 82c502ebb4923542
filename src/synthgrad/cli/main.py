"""The `synthgrad` command.

Bad input ends with one line on stderr and exit status 2. Modules that take
time to import are imported by the commands that need them.
"""

import io
import sys

import click

from synthgrad import __version__
from synthgrad.cli.decoupling import decoupling
from synthgrad.cli.explain import explain
from synthgrad.cli.explore import explore
from synthgrad.cli.portability import portability
from synthgrad.cli.replay import editions, replay
from synthgrad.cli.show import show
from synthgrad.cli.spotcheck import spotcheck
from synthgrad.cli.train import train
from synthgrad.cli.verify import verify


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="synthgrad")
def cli():
    """Train and replay networks that learn from synthetic gradients.

    \b
    Example:
      synthgrad show backprop 'dni[output+label]' --bits 6
    """


COMMANDS = (
    *(train, show, editions, replay),
    *(verify, spotcheck, explain, explore, decoupling, portability),
)
for command in COMMANDS:
    cli.add_command(command)


class NotPrinted(click.ClickException):
    """What was found cannot be printed: a status that no command has for what it finds."""

    exit_code = 74  # EX_IOERR of sysexits.h


class _Output:
    """A stream whose errors are `NotPrinted`."""

    def __init__(self, stream):
        self._stream = stream

    def __getattr__(self, name):
        return getattr(self._stream, name)

    def write(self, text):
        return self._tried(self._stream.write, text)

    def flush(self):
        self._tried(self._stream.flush)

    def _tried(self, function, *arguments):
        try:
            return function(*arguments)
        except OSError as error:
            # Python flushes stdout once more at its end.
            sys.stdout = io.StringIO()
            raise NotPrinted(f"stdout: {error.strerror}") from None


def main(arguments=None):
    """Run the command; the only place that turns errors into messages and exit statuses."""
    try:
        if sys.stdout is None:
            raise NotPrinted("stdout is closed")
        sys.stdout = _Output(sys.stdout)
        status = _run(arguments)
    except click.ClickException as error:
        message = " ".join(error.format_message().split())
        click.echo(f"synthgrad: error: {message}", err=True)
        status = error.exit_code
    except click.Abort:
        click.echo("synthgrad: interrupted", err=True)
        status = 130
    sys.exit(status if isinstance(status, int) else 0)


def _run(arguments):
    """What the command returns: a number is the exit status of --help, --version and shell
    completion."""
    try:
        return cli.main(args=arguments, prog_name="synthgrad", standalone_mode=False)
    except click.exceptions.NoArgsIsHelpError as error:
        click.echo(error.ctx.get_help())
        return 0
