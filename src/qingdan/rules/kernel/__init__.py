"""The machine: a program over tiles of enterprises, which gives counts and lists of places.

* `tiles`   : how enterprises lie in memory
* `fast`    : the kernel compiled by Numba; `vectors`: its operations on rows
* `plain`   : the same in NumPy alone, where Numba does not run and for comparison
* `answers` : what comes out, and running either kernel over all tiles with several threads
"""

from __future__ import annotations
