"""Run a command, and say what it took: seconds, seconds of CPU, peak of its memory in KiB.

A script of its own, of built-in modules alone: a process's peak begins at that of the process that started it, so that
one has to be small.
"""

import os
import sys
import time

words = sys.argv[1:]
nowhere = os.open(os.devnull, os.O_WRONLY)
start = time.perf_counter()
child = os.posix_spawnp(words[0], words, os.environ, file_actions=[(os.POSIX_SPAWN_DUP2, nowhere, 1)])
_, status, usage = os.wait4(child, 0)
wall = time.perf_counter() - start
print(wall, usage.ru_utime + usage.ru_stime, usage.ru_maxrss)
sys.exit(os.waitstatus_to_exitcode(status) & 255)
