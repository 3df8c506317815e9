"""Registers beyond one machine, on Apache Spark: an extra (`qingdan[spark]`), nothing else here needs it.

Spark hands out the numbers of segments and gathers small counts. Each worker opens its segments itself, from a file
system that all machines share, and runs the same engine as one machine does. Rows never pass through Spark, where
handing them over costs many times what matching them does.

* `session` : a Spark session, or what is missing for one
* `run`     : the driver's side of a run
* `worker`  : the workers' side
"""

from __future__ import annotations

from qingdan.rules.spark.run import match_on_spark
from qingdan.rules.spark.session import open_session

__all__ = ["match_on_spark", "open_session"]
