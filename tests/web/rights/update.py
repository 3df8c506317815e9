"""``python -m tests.web.rights.update`` writes the table of rights anew, for review."""

import sys
from pathlib import Path

import pytest

if __name__ == "__main__":
    here = Path(__file__).parent
    sys.exit(pytest.main([str(here / "test_every_url.py"), "-q", "-p", "no:xdist", "--update-rights"]))
