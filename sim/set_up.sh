#!/bin/sh
# Finds a Python that the project works with, and lets it do the set-up (set_up.py).
# PYTHON=... names one; otherwise the newest that fits of those on PATH is taken.
set -eu

here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)
fits='import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))'

if [ -n "${PYTHON:-}" ]; then
    candidates=$PYTHON
else
    candidates="python3.13 python3.12 python3.11 python3"
fi

seen=
for python in $candidates; do
    if version=$("$python" -c 'import sys; print("%d.%d" % sys.version_info[:2])' 2>/dev/null); then
        if "$python" -c "$fits"; then
            exec "$python" "$here/set_up.py" "$@"
        fi
        seen="$seen $python is Python $version;"
    fi
done

if [ -n "${PYTHON:-}" ] && [ -z "$seen" ]; then
    echo "set-up: PYTHON=$PYTHON cannot be run" >&2
else
    echo "set-up: no Python 3.11, 3.12 or 3.13:${seen:- there is no python3 on PATH}" >&2
    echo "set-up: on Debian 12 or later: apt-get install python3 python3-venv;" \
        "or name one that is elsewhere: make PYTHON=/path/to/python3.12" >&2
fi
exit 1
