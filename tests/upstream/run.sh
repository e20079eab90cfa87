#!/bin/sh
# run: runs memcached's own tests against larderd.
#
#     MEMCACHED_SRC=/path/of/memcached LARDERD=./larderd tests/upstream/run.sh [TEST ...]
#
# None of memcached's code is in this repository.  Its harness starts ./timedrun
# ./memcached-debug in the current directory: this script makes a directory in which
# these start larderd, with the t/ of MEMCACHED_SRC.  `expirations` needs a larderd
# built with --enable-checks.  `testapp` is run if MEMCACHED_SRC has it built.
#
# `differs` lists the asserts that cannot hold on another engine, with the reason.
# Any other failed assert is a failure, and so is a test that ends early.
#
# The tests of TLS need perl's IO::Socket::SSL; with SSL_TEST=1 all others run over TLS, too, except those that need UDP.
#
# Exit status: 0 all pass, 1 some fail, 77 when MEMCACHED_SRC or LARDERD is not set.

set -u

# All asserts of these tests hold.
exactly="00-startup ascii-auth ascii-auth2 binary binary-get binary-sasl bogus-commands cas chunked-items daemonize
dash-M expirations flags flush-all getandtouch getset idle-timeout incrdecr issue_104 issue_108 issue_152 issue_192
issue_3 issue_41 issue_50 issue_61 issue_67 issue_68 issue_70 item_size_max malicious-commands maxconns metaget
multiversioning noreply quit shutdown ssl_cert_refresh ssl_ports ssl_proto_version ssl_session_resumption ssl_settings
ssl_verify_modes stats stats-conns stats-detail strtol-testing touch udp unixsocket watcher watcher_connid"

# These tests depend on memcached's engine: some of their asserts cannot hold here (differs).
loosely="dyn-maxbytes evictions issue_14 issue_163 issue_183 issue_29 issue_42 lru-crawler slabs-cas"

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
differs=$(realpath "$(dirname "$0")")/differs
scratch=$(mktemp -d "${TMPDIR:-/tmp}/larder-upstream-XXXXXX") || exit 1
trap 'rm -rf "$scratch"' EXIT
trap 'exit 1' INT TERM

# larderd refuses -U together with TLS, and the harness always adds -U, so it is removed with -Z.
cat >"$scratch/memcached-debug" <<END
#!/bin/sh
case " \$* " in
*" -Z "*)
    for argument; do
        shift
        case \$previous\$argument in
        -U*) ;;
        *) set -- "\$@" "\$argument" ;;
        esac
        [ "\$argument" = -U ] && previous=-U || previous=
    done
    ;;
esac
exec "$larderd" "\$@"
END
chmod +x "$scratch/memcached-debug"
ln -s "$theirs/t" "$scratch/t"
# timedrun SECONDS COMMAND: ignores the seconds; the whole test has a limit, below
printf '#!/bin/sh\nshift\nexec "$@"\n' >"$scratch/timedrun"
chmod +x "$scratch/timedrun"
cd "$scratch" || exit 1

tests="$exactly $loosely"
[ -z "${SSL_TEST:-}" ] || tests=$(echo " $tests " | sed 's/ stats-conns / /; s/ udp / /')
# binary-sasl needs a larderd with Cyrus SASL, and saslpasswd2; without RUN_SASL_TESTS it skips itself
PATH=$PATH:/usr/sbin
if ldd "$larderd" | grep -q libsasl2 && command -v saslpasswd2 >/dev/null; then
    RUN_SASL_TESTS=1
    export RUN_SASL_TESTS
fi
[ -x "$theirs/testapp" ] && tests="$tests testapp"

# run TEST: writes its asserts to out, its other messages to err.
run()
{
    command="perl t/$1.t" with=
    case $1 in
    testapp) command=$theirs/testapp ;;
    ssl_*) with=SSL_TEST=1 ;;
    binary-sasl) command -v saslpasswd2 >/dev/null && with=RUN_SASL_TESTS=1 ;;
    esac
    # shellcheck disable=SC2086 # both are words
    env $with timeout "${LARDER_UPSTREAM_SECONDS:-300}" $command >out 2>err
}

# split TEST: writes each failed assert to known, with its reason in `differs`, or to unknown.
split()
{
    : >known
    : >unknown
    grep '^not ok' out | sed 's/^not ok [0-9]*\( - \)*//' | while IFS= read -r assert; do
        reason=$(awk -F '\t' -v test="$1" -v assert="$assert" \
            '$1 == test && assert ~ "^(" $2 ")$" { print $3; exit }' "$differs")
        [ -n "$reason" ] && echo "$assert: $reason" >>known || echo "$assert" >>unknown
    done
}

# True if the test ran to its end: the number of its asserts is that of the plan that it printed.
is_whole()
{
    [ "$(grep -c '^\(not \)\?ok ' out)" = "$(sed -n 's/^1\.\.\([0-9]*\).*/\1/p' out)" ]
}

failed=0
for t in ${*:-$tests}; do
    run "$t"
    status=$?
    split "$t"
    n=$(grep -c '^ok' out)
    if grep -q '^1\.\.0' out; then
        echo "skip  $t: $(sed -n 's/^1\.\.0 *# *[Ss][Kk][Ii][Pp] *//p' out)"
    elif [ $status = 0 ]; then
        echo "ok    $t ($n asserts)"
    elif [ -s known ] && [ ! -s unknown ] && is_whole; then
        echo "ok    $t ($n asserts; others cannot hold:)"
        sed 's/^/      /' known
    else
        failed=$((failed + 1))
        echo "FAIL  $t ($n asserts pass, $(wc -l <unknown) do not and should)"
        sed 's/^/      /' err | head -n "${LARDER_UPSTREAM_LINES:-40}"
    fi
done
[ "$failed" -eq 0 ]
