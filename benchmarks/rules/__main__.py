import sys

from benchmarks.rules.run import main

sys.exit(main())
