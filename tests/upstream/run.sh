#!/bin/sh
# run: memcached's own tests of its protocols, against larderd.
#
#     MEMCACHED_SRC=/path/of/memcached LARDERD=./larderd tests/upstream/run.sh [TEST ...]
#
# None of their code is here.  Their harness starts ./timedrun ./memcached-debug
# of the directory it runs in: it gets one in which that is larderd, and the t/
# of MEMCACHED_SRC.  `expirations` wants a larderd built with --enable-checks.
# `testapp` is their program of that name, if MEMCACHED_SRC has it built.
#
# Exit status: 0 all pass, 1 not, 77 when MEMCACHED_SRC or LARDERD is not set.

set -u

tests="00-startup binary binary-get bogus-commands cas chunked-items daemonize expirations flags flush-all
getandtouch getset idle-timeout incrdecr issue_108 issue_152 issue_192 issue_3 issue_41 issue_50 issue_61
issue_67 issue_68 issue_70 malicious-commands maxconns metaget multiversioning noreply quit shutdown stats
stats-conns strtol-testing touch"

skip()
{
    echo "skipped: $1"
    exit 77
}

[ -n "${LARDERD:-}" ] || skip "LARDERD does not name a server"
[ -n "${MEMCACHED_SRC:-}" ] || skip "MEMCACHED_SRC does not name a memcached source tree"
perl -MTest::More -e 1 2>/dev/null || skip "no perl with Test::More"
[ -d "$MEMCACHED_SRC/t" ] || { echo "MEMCACHED_SRC=$MEMCACHED_SRC has no t/"; exit 1; }
[ -x "$LARDERD" ] || { echo "LARDERD=$LARDERD cannot be executed"; exit 1; }

larderd=$(realpath "$LARDERD")
theirs=$(realpath "$MEMCACHED_SRC")
scratch=$(mktemp -d "${TMPDIR:-/tmp}/larder-upstream-XXXXXX") || exit 1
trap 'rm -rf "$scratch"' EXIT
trap 'exit 1' INT TERM

ln -s "$larderd" "$scratch/memcached-debug"
ln -s "$theirs/t" "$scratch/t"
# timedrun SECONDS COMMAND: the limit here is on the whole test, below
printf '#!/bin/sh\nshift\nexec "$@"\n' >"$scratch/timedrun"
chmod +x "$scratch/timedrun"
cd "$scratch" || exit 1

[ -x "$theirs/testapp" ] && tests="$tests testapp"

run()
{
    if [ "$1" = testapp ]; then
        timeout 300 "$theirs/testapp"
    else
        timeout 300 perl "t/$1.t"
    fi
}

failed=0
for t in ${*:-$tests}; do
    if run "$t" >out 2>err; then
        echo "ok    $t ($(grep -c '^ok' out) asserts)"
    else
        failed=$((failed + 1))
        echo "FAIL  $t ($(grep -c '^ok' out) asserts pass, $(grep -c '^not ok' out) do not)"
        sed 's/^/      /' err | head -n "${LARDER_UPSTREAM_LINES:-40}"
    fi
done
[ "$failed" -eq 0 ]
