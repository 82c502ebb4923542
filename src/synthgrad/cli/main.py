"""The `synthgrad` command.

Bad input ends with one line on stderr and exit status 2. Modules that take
time to import are imported by the commands that need them.
"""

import sys

import click

from synthgrad import __version__
from synthgrad.cli.explain import explain
from synthgrad.cli.measure import decoupling, portability
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
    *(verify, spotcheck, explain, decoupling, portability),
)
for command in COMMANDS:
    cli.add_command(command)


def main(arguments=None):
    """Run the command; the only place that turns errors into messages and exit statuses."""
    try:
        # A number is the exit status of --help, --version and shell completion.
        status = cli.main(args=arguments, prog_name="synthgrad", standalone_mode=False)
    except click.exceptions.NoArgsIsHelpError as error:
        click.echo(error.ctx.get_help())
        status = 0
    except click.ClickException as error:
        message = " ".join(error.format_message().split())
        sys.stderr.write(f"synthgrad: error: {message}\n")
        status = error.exit_code
    except click.Abort:
        sys.stderr.write("synthgrad: interrupted\n")
        status = 130
    sys.exit(status if isinstance(status, int) else 0)
