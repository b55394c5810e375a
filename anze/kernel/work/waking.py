"""The bell that tells this process's runner that a job was queued."""

import threading

wake = threading.Event()
