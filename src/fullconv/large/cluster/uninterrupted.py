"""What a worker on this machine imports when it starts: Ctrl-C reaches it too, and is not meant for it.

Whoever started it hears of it and ends its workers; a worker that ended by itself would be started again.
"""

import signal

signal.signal(signal.SIGINT, signal.SIG_IGN)
