#!/bin/sh
# Writes tests/lists.mk: the tests that consist of a file each, so that a new one needs no row in a makefile.
#
# ./autogen.sh runs it before automake, and ./do before each build.  Run it again after a test was added,
# moved or removed; otherwise tests/lint/check_tree.py fails.
#
#   tests/unit/<folder>/t_*.c   a program that links unit_<folder>_libs (tests/local.mk);
#                               one that starts threads runs under the thread sanitizer, too
#   tests/wire/*/*.wire  tests/fuzz/corpus/*/*  tests/linear/histories/*   files that are shipped with the tests
set -eu
export LC_ALL=C
cd "$(dirname "$0")/.."

# list NAME FILE...: prints the variable NAME of the makefile.
list() {
    name=$1
    shift
    printf '%s =' "$name"
    for file; do
        printf ' \\\n\t%s' "$file"
    done
    printf '\n'
}

# has_threads FILE: true if it starts threads, or a store with a mover or training thread, the checker of logins, the watch thread.
has_threads() {
    grep -qE 'pthread_create|train_start|training\.h|background = true|login_playing\.h|play_stop_watch' "$1"
}

write_lists() {
    echo "# Written by tests/lists.sh."
    threaded=
    for folder in tests/unit/*/; do
        folder=$(basename "$folder")
        programs=
        for source in tests/unit/"$folder"/t_*.c; do
            program=${source%.c}
            programs="$programs $program"
            ! has_threads "$source" || threaded="$threaded $program"
            target=$(echo "$program" | tr / _)
            echo "${target}_CPPFLAGS = \$(AM_CPPFLAGS) \$(unit_${folder}_flags)"
            echo "${target}_LDADD = \$(unit_${folder}_libs) \$(CMOCKA_LIBS)"
        done
        # shellcheck disable=SC2086  # a list of words without spaces
        list "unit_${folder}_tests" $programs
    done
    # shellcheck disable=SC2086
    list unit_tests_with_threads $threaded
    list unit_headers tests/unit/*.h tests/unit/*/*.h
    list wire_files tests/wire/*/*.wire
    list fuzz_corpus tests/fuzz/corpus/*/*
    list linear_histories tests/linear/histories/*
}

# The old file stays if nothing changed: make would otherwise run automake and configure again.
write_lists >tests/lists.mk.new
if cmp -s tests/lists.mk.new tests/lists.mk; then
    rm tests/lists.mk.new
else
    mv tests/lists.mk.new tests/lists.mk
fi
