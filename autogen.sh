#!/bin/sh
# Makes ./configure from configure.ac and the makefile fragments; needed once after a clone.
set -eu
cd "$(dirname "$0")"
for tool in autoconf automake libtoolize pkg-config; do
    command -v "$tool" >/dev/null || {
        echo "autogen.sh: $tool is missing: apt-get install autoconf automake libtool pkg-config" >&2
        exit 1
    }
done
sh tests/lists.sh
exec autoreconf --install --warnings=all "$@"
