#!/bin/sh
# fuzz: every fuzz target under libFuzzer for a while, from the kept corpus.
#
#     make check-fuzz                            a build with --enable-fuzz, 10 seconds each
#     LARDER_FUZZ_SECONDS=3600 make check-fuzz   an hour each
#
# An input that fails is written beside the log as crash-*, timeout-* or oom-*: add it
# to tests/fuzz/corpus and, if a client can send it, to tests/wire.
# New inputs that reach new code stay in corpus.<target>, and the next run begins
# with them.  Exit status: 0 no failure, 1 a failure, 77 no libFuzzer.

set -u

seconds=${LARDER_FUZZ_SECONDS:-10}
corpus=$TOP_SRCDIR/tests/fuzz/corpus
targets=$(cd tests/fuzz && for f in f_*; do [ -x "$f" ] && [ -f "$f" ] && echo "$f"; done)

[ -n "$targets" ] || { echo "skipped: no fuzz target is built"; exit 77; }
for target in $targets; do
    "tests/fuzz/$target" -help=1 2>&1 | grep -q max_total_time || { echo "skipped: not a build with --enable-fuzz"; exit 77; }
done

# fuzz_one TARGET: the kept inputs are those of corpus/<target without f_>.
fuzz_one()
{
    found=tests/fuzz/corpus.$1
    kept=$corpus/${1#f_}
    mkdir -p "$found"
    [ -d "$kept" ] || kept=
    # shellcheck disable=SC2086 # without a kept corpus there is no argument
    "tests/fuzz/$1" -max_total_time="$seconds" -max_len=4096 -timeout=60 -rss_limit_mb=2048 \
        -print_final_stats=1 -artifact_prefix="tests/fuzz/$1." "$found" $kept >"tests/fuzz/$1.out" 2>&1
}

pids=
for target in $targets; do
    fuzz_one "$target" &
    pids="$pids $target:$!"
done
status=0
for pair in $pids; do
    target=${pair%:*}
    if wait "${pair#*:}"; then
        echo "ok    $target: $(sed -n 's/^stat::number_of_executed_units: */inputs: /p' "tests/fuzz/$target.out")"
    else
        status=1
        echo "FOUND $target:"
        tail -n 40 "tests/fuzz/$target.out"
    fi
done
exit $status
