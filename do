#!/usr/bin/env bash
# do: builds, runs and tests larder.  `./do help` lists the commands.
#
# Builds are out of tree, each in build/<name>, and are kept between runs.
set -eu -o pipefail
export LC_ALL=C DEBIAN_FRONTEND=noninteractive
[ ! -x /bin/dash ] || export CONFIG_SHELL=/bin/dash # configure and libtool would take bash, which is slower
cd "$(dirname "$0")"
top=$PWD
jobs=${LARDER_JOBS:-$(nproc)}

build_packages=(autoconf automake gcc libc6-dev libtool make pkg-config
    libevent-dev liblz4-dev libncurses-dev libnuma-dev libseccomp-dev libssl-dev libxxhash-dev libzstd-dev zlib1g-dev)
test_packages=(groff-base libcmocka-dev libmemcached-tools libsasl2-2 libsasl2-dev libsasl2-modules openssl sasl2-bin
    python3 python3-pylibmc python3-pymemcache python3-pytest
    libcache-memcached-perl libcache-memcached-fast-perl libmemcached-libmemcached-perl liburi-perl
    nutcracker php-cli php-memcache php-memcached redis-tools ruby ruby-dalli)

help() {
    cat <<TEXT
usage: ./do COMMAND

  run [OPTION...]    builds larderd and runs it in the foreground, on 127.0.0.1:11211
                     unless the options set another address; they are larderd's options
  test               runs all tests: release tarball, sanitizers with all checks, fuzzers;
                     LARDER_QUICK=1: runs them once, in a build with all checks
  bench              builds and runs the benchmarks
  versus [ARG...]    benchmarks larderd and the other cache servers that are installed;
                     the arguments are those of bench/versus/versus.py
  build              builds the release only: build/release/larderd
  format             formats every .c and .h with clang-format 14
  clean              removes build/
  help               prints this text

Missing packages are installed first with apt-get, as root or through sudo.
LARDER_JOBS=N compiles N files at a time (default: one for each CPU).
TEXT
}

die() {
    echo "do: $*" >&2
    exit 1
}

# need PACKAGE...: installs the missing packages.  Without dpkg it does nothing: configure reports what is missing.
need() {
    command -v dpkg-query >/dev/null || return 0
    local installed missing=() package
    # dpkg-query fails if it does not know one of the packages, and lists the others.
    installed=" $( (dpkg-query -W -f '${Package} ${db:Status-Status}\n' "$@" 2>/dev/null || true) |
        sed -n 's/ installed$//p' | tr '\n' ' ') "
    for package; do
        [[ $installed == *" $package "* ]] || missing+=("$package")
    done
    [ ${#missing[@]} -gt 0 ] || return 0
    local as_root=()
    if [ "$(id -u)" != 0 ]; then
        command -v sudo >/dev/null ||
            die "packages are missing; as root: apt-get install ${missing[*]}"
        as_root=(sudo env DEBIAN_FRONTEND=noninteractive)
    fi
    echo "do: installing ${missing[*]}" >&2
    {
        "${as_root[@]}" apt-get update -qq &&
            "${as_root[@]}" apt-get install -qq -y --no-install-recommends -o Dpkg::Use-Pty=0 "${missing[@]}"
    } </dev/null >build/packages.log 2>&1 || {
        tail -n 20 build/packages.log >&2
        die "apt-get could not install: ${missing[*]}"
    }
}

# configure DIR FLAG...: configures build/DIR; if the flags have changed, removes it first.
configure() {
    local dir=build/$1
    shift
    sh tests/lists.sh
    [ -x configure ] || ./autogen.sh >build/autogen.log 2>&1 || {
        cat build/autogen.log >&2
        return 1
    }
    [ "$(cat "$dir/flags" 2>/dev/null)" = "$*" ] && [ -f "$dir/Makefile" ] && return 0
    rm -rf "$dir"
    mkdir -p "$dir"
    (cd "$dir" && "$top/configure" -q "$@") || return 1
    echo "$*" >"$dir/flags"
}

# build_release: builds build/release, optimised for production.
build_release() {
    mkdir -p build
    need "${build_packages[@]}"
    configure release --enable-lto CFLAGS='-O3 -g'
    make -s -C build/release -j"$jobs" >&2
}

run() {
    build_release
    local argument with=()
    local has_address= has_user=
    for argument; do
        case $argument in
        -l* | --listen* | -s* | --unix-socket*) has_address=1 ;;
        -u* | --user*) has_user=1 ;;
        esac
    done
    [ -n "$has_address" ] || with+=(-l 127.0.0.1)
    [ -n "$has_user" ] || [ "$(id -u)" != 0 ] || with+=(-u nobody)
    exec build/release/larderd "${with[@]}" "$@"
}

bench() {
    build_release
    make -s -C build/release bench
}

versus() {
    build_release
    need python3
    find_memcached
    LARDERD=$top/build/release/larderd LARDER_BENCH=$top/build/release/larder-bench \
        python3 bench/versus/versus.py "$@"
}

format() {
    mkdir -p build
    need clang-format-14
    find base slab proto server client tools bench tests examples -name '*.[ch]' -exec clang-format-14 -i {} +
}

# Finds a memcached to compare with: in PATH, else Debian's package, unpacked under build/ (installing it would start memcached).
find_memcached() {
    command -v memcached >/dev/null && return 0
    local dir=$top/build/memcached
    if [ ! -x "$dir/usr/bin/memcached" ] && command -v apt-get >/dev/null; then
        mkdir -p "$dir"
        (cd "$dir" && apt-get download -qq memcached && dpkg-deb -x memcached_*.deb .) >&2 || return 0
    fi
    "$dir/usr/bin/memcached" -V >/dev/null 2>&1 && PATH=$PATH:$dir/usr/bin || true
}

n_passed=0 n_failed=0 n_skipped=0
n_at_once=$((jobs + 1)) # many tests wait
checked=(--enable-werror --enable-checks=full)
sanitized=(--enable-werror --disable-static CFLAGS='-O1 -g1') # compiles fast, and reports line numbers

# count: counts the ":test-result: PASS" lines of its input by their result.
count() {
    local result
    while read -r _ result _; do
        case $result in
        PASS | XFAIL) n_passed=$((n_passed + 1)) ;;
        SKIP) n_skipped=$((n_skipped + 1)) ;;
        *) n_failed=$((n_failed + 1)) ;;
        esac
    done
}

# suite NAME TARGET FLAG...: configures build/NAME, makes TARGET there, which may have variables after it, and counts its results.
suite() {
    local name=$1 target=$2 before=$n_failed start=$SECONDS status=0
    shift 2
    echo "== $name: make $target"
    {
        configure "$name" "$@" &&
            find "build/$name" -name '*.trs' -delete &&
            # shellcheck disable=SC2086  # the target and its variables are words
            VERBOSE=1 "${wrapper[@]}" make -s -C "build/$name" -j"$n_at_once" $target
    } || status=$?
    count < <(find "build/$name" -name '*.trs' -exec grep -h '^:test-result:' {} +)
    [ $status = 0 ] || [ $n_failed -gt "$before" ] || n_failed=$((n_failed + 1)) # the build failed
    echo "== $name: $((SECONDS - start)) s"
}

# sanitize NAME TARGET FLAG...: a suite with a sanitizer.  The tests' own code is compiled without optimisation, in half the time; the
# libraries and programs with it.
sanitize() {
    local name=$1 target=$2
    shift 2
    local before=$n_failed
    suite "$name" all "${sanitized[@]}" "$@"
    [ "$n_failed" = "$before" ] || return 0 # the build failed
    suite "$name" "$target CFLAGS=-g1" "${sanitized[@]}" "$@"
}

# Runs the parsers under libFuzzer, LARDER_FUZZ_SECONDS (10) each, if Debian's clang can be installed.
fuzz() {
    if ! (need clang-14 libclang-rt-14-dev) || ! command -v clang-14 >/dev/null; then
        echo "== fuzz: skipped: no clang-14"
        n_skipped=$((n_skipped + 1))
        return
    fi
    suite fuzz check-fuzz --enable-fuzz --enable-sanitize=address --enable-checks=full CC=clang-14 CFLAGS='-O1 -g1'
}

# Tests the release: make distcheck builds the tarball as users do, tests, installs and uninstalls it, and removes the build after success.
release() {
    local log=build/release.log before=$n_failed status=0 start=$SECONDS
    echo "== release: make distcheck"
    : >"$log" # the log must exist if configure fails
    {
        configure test "${checked[@]}" &&
            make -s -C build/test -j"$n_at_once" distcheck DISTCHECK_CONFIGURE_FLAGS=--enable-werror >"$log" 2>&1
    } || status=$?
    sed -n '/^\(PASS\|FAIL\|SKIP\|XFAIL\|XPASS\|ERROR\): /p' "$log"
    count < <(sed -n 's/^\(PASS\|FAIL\|SKIP\|XFAIL\|XPASS\|ERROR\): .*/:test-result: \1/p' "$log")
    if [ $status != 0 ]; then
        cat build/test/larder-*/_build/sub/test-suite.log 2>/dev/null || true
        tail -n 50 "$log"
        [ $n_failed -gt "$before" ] || n_failed=$((n_failed + 1))
    fi
    echo "== release: $((SECONDS - start)) s"
}

tests() {
    mkdir -p build
    need "${build_packages[@]}" "${test_packages[@]}"
    # Debian 12's formatter; without it the test of the format is skipped.
    (need clang-format-14) || true
    [ ! -x /usr/bin/python3 ] || export PYTHON=/usr/bin/python3 # the python3 that Debian's packages are for
    find_memcached
    local wrapper=()
    if [ "${LARDER_QUICK:-0}" = 1 ]; then
        suite test check "${checked[@]}"
    else
        release
        sanitize asan check-built --enable-checks=full --enable-sanitize=address
        # The thread sanitizer of gcc 12 cannot place its shadow memory if the kernel randomises more address bits than it expects.
        ! setarch -R true 2>/dev/null || wrapper=(setarch -R)
        sanitize tsan check-threads --enable-checks --enable-sanitize=thread
        wrapper=()
        fuzz
    fi
    echo "$n_passed passed, $n_failed failed, $n_skipped skipped"
    [ "$n_failed" = 0 ]
}

command=${1:-help}
[ $# = 0 ] || shift
case $command in
run) run "$@" ;;
test) tests ;;
bench) bench ;;
versus) versus "$@" ;;
build) build_release ;;
format) format ;;
clean) rm -rf build ;;
help | -h | --help) help ;;
*)
    help >&2
    exit 64
    ;;
esac
