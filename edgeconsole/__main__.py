"""`python -m edgeconsole`."""

import sys

from edgeconsole.cli.main import main

sys.exit(main())
