"""`python -m edgeconsole`."""

import sys

from edgeconsole.cli.start import main

sys.exit(main())
