"""The program `shallow`: `python -m shallow`, and the command that the package installs."""

import signal
import sys

from . import _shallow


def main() -> int:
    """Runs the program with the arguments of the process and returns its exit code."""
    # Python would only note Ctrl-C, and look at it once the program has ended.
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    return _shallow.main(["shallow", *sys.argv[1:]])


if __name__ == "__main__":
    sys.exit(main())
