# tests: each kind has a list; a new test needs a row in one of them, unless lists.sh finds it.
#
# A unit test links its own folder's library and those below it, and nothing
# else, so that a call upwards does not link.  `make check-unit`, `check-lint`
# and so on run one kind.

# ---- unit ------------------------------------------------------------------

base_libs = base/libbase.a
slab_libs = slab/libslab.a $(base_libs) $(NUMA_LIBS) $(ZSTD_LIBS) $(LZ4_LIBS)
proto_libs = proto/libproto.a $(base_libs)
route_libs = client/libroute.a $(base_libs)
client_libs = client/libclient.a client/libroute.a proto/libproto.a $(base_libs) $(OPENSSL_LIBS)
tools_libs = tools/libtools.a $(base_libs)
bench_libs = bench/libbench.a $(proto_libs) $(OPENSSL_LIBS) $(ZLIB_LIBS) -lm
server_libs = server/libserver.a proto/libproto.a $(slab_libs) $(LIBEVENT_LIBS) $(OPENSSL_LIBS) $(SASL_LIBS) $(SECCOMP_LIBS)

# The flags and libraries of the tests in tests/unit/<folder>.
unit_base_flags = $(OPENSSL_CFLAGS)
unit_base_libs = $(base_libs) $(OPENSSL_LIBS)
unit_slab_flags =
unit_slab_libs = $(slab_libs)
unit_proto_flags =
unit_proto_libs = $(proto_libs)
unit_server_flags = $(LIBEVENT_CFLAGS) $(OPENSSL_CFLAGS)
unit_server_libs = $(server_libs)
unit_client_flags = $(OPENSSL_CFLAGS)
unit_client_libs = $(client_libs)
unit_tools_flags =
unit_tools_libs = $(tools_libs)
unit_bench_flags = $(OPENSSL_CFLAGS) $(ZLIB_CFLAGS)
unit_bench_libs = $(bench_libs)

# The tests that lists.sh finds: each consists of one file.
include tests/lists.mk
tests_unit_slab_t_cold_LDFLAGS = $(AM_LDFLAGS) -Wl,--wrap=clock_ns
tests_unit_slab_t_train_LDFLAGS = $(AM_LDFLAGS) -Wl,--wrap=clock_ns -Wl,--wrap=forms_count -Wl,--wrap=malloc -Wl,--wrap=calloc
tests_unit_client_t_client_memory_LDFLAGS = $(AM_LDFLAGS) -Wl,--wrap=malloc -Wl,--wrap=calloc -Wl,--wrap=realloc

if HAVE_CMOCKA
unit_tests = $(unit_base_tests) $(unit_slab_tests) $(unit_proto_tests) $(unit_server_tests) $(unit_client_tests) $(unit_tools_tests) $(unit_bench_tests)
threaded_tests = $(unit_tests_with_threads)
else
unit_tests =
threaded_tests =
endif

# ---- fuzz ------------------------------------------------------------------

# In a build with libFuzzer fuzz.sh runs these programs, in others they are tests.
if ENABLE_FUZZ
noinst_PROGRAMS += $(fuzz_programs)
else
check_PROGRAMS += $(fuzz_programs)
check_LIBRARIES = tests/fuzz/libreplay.a
fuzz_main = tests/fuzz/libreplay.a
fuzz_tests = $(fuzz_programs)
endif
fuzz_programs = tests/fuzz/f_binary tests/fuzz/f_codec tests/fuzz/f_compose tests/fuzz/f_config tests/fuzz/f_keys \
	tests/fuzz/f_parse tests/fuzz/f_record tests/fuzz/f_reply
tests_fuzz_libreplay_a_SOURCES = tests/fuzz/replay.c tests/fuzz/fuzz.h
tests_fuzz_f_binary_LDFLAGS = $(AM_LDFLAGS) $(FUZZ_LDFLAGS)
tests_fuzz_f_binary_LDADD = $(fuzz_main) $(proto_libs)
tests_fuzz_f_codec_LDFLAGS = $(AM_LDFLAGS) $(FUZZ_LDFLAGS)
tests_fuzz_f_codec_LDADD = $(fuzz_main) $(slab_libs)
tests_fuzz_f_compose_LDFLAGS = $(AM_LDFLAGS) $(FUZZ_LDFLAGS)
tests_fuzz_f_compose_LDADD = $(fuzz_main) $(proto_libs)
tests_fuzz_f_config_LDFLAGS = $(AM_LDFLAGS) $(FUZZ_LDFLAGS)
tests_fuzz_f_config_LDADD = $(fuzz_main) $(server_libs)
tests_fuzz_f_keys_LDFLAGS = $(AM_LDFLAGS) $(FUZZ_LDFLAGS)
tests_fuzz_f_keys_LDADD = $(fuzz_main) $(proto_libs)
tests_fuzz_f_record_LDFLAGS = $(AM_LDFLAGS) $(FUZZ_LDFLAGS)
tests_fuzz_f_record_LDADD = $(fuzz_main) $(tools_libs)
tests_fuzz_f_parse_LDFLAGS = $(AM_LDFLAGS) $(FUZZ_LDFLAGS)
tests_fuzz_f_parse_LDADD = $(fuzz_main) $(proto_libs)
tests_fuzz_f_reply_LDFLAGS = $(AM_LDFLAGS) $(FUZZ_LDFLAGS)
tests_fuzz_f_reply_LDADD = $(fuzz_main) $(proto_libs)

EXTRA_DIST += $(fuzz_corpus) tests/fuzz/fuzz.sh

# ---- the others ------------------------------------------------------------

wire_tests = tests/wire/run.py

diff_tests = tests/diff/differential.py tests/diff/differential_binary.py

# Tests that are played once more with all values packed.
packed_tests = \
	tests/packed/conversations.py \
	tests/packed/differential.py \
	tests/packed/differential_binary.py \
	tests/packed/full_memory.py \
	tests/packed/hostile.py

# The same with all values shared.
shared_tests = tests/shared/conversations.py tests/shared/differential.py tests/shared/differential_packed.py

# Both modes once more where threads are checked.
modes_threads_tests = tests/packed/linear.py tests/shared/linear.py

compat_files = tests/compat/README.md tests/compat/client.py tests/compat/compat.py tests/compat/monitored.py \
	tests/compat/secure.py
compat_tests = \
	tests/compat/dalli.rb \
	tests/compat/gomemcache.go \
	tests/compat/libmemcached_tools.py \
	tests/compat/listing.py \
	tests/compat/memcached_tool.py \
	tests/compat/memcapable.py \
	tests/compat/monitoring.py \
	tests/compat/monitoring_binary.py \
	tests/compat/node_clients.js \
	tests/compat/packaged_suites.py \
	tests/compat/perl_clients.pl \
	tests/compat/php_clients.php \
	tests/compat/pylibmc_client.py \
	tests/compat/pylibmc_sasl.py \
	tests/compat/pymemcache_client.py \
	tests/compat/spymemcached.java \
	tests/compat/tls_churn.py \
	tests/compat/tls_conversations.py \
	tests/compat/tls_handshakes.py \
	tests/compat/tls_reload.py \
	tests/compat/tls_sessions.py \
	tests/compat/tls_traffic.py \
	tests/compat/tls_watch.py \
	tests/compat/twemproxy.py \
	tests/upstream/run.sh

# Files for rings.py, which compares the servers that the real clients and liblarder choose for a key.
client_files = tests/client/README.md tests/client/oracles.py tests/client/ring_vectors tests/client/ring_words.h \
	tests/client/SpyRing.java tests/client/dalli_ring.rb tests/client/pecl_ring.php
client_tests = $(client_quick_tests) tests/client/compressed.py tests/client/each_other.py tests/client/leaks.py tests/client/rings.py
# The library's tests that take only seconds, under sanitizers, too.
client_quick_tests = tests/client/examples.py tests/client/library.py tests/client/topology.py tests/client/troubles.py
tools_files = tests/tools/README.md tests/tools/cli.py tests/tools/terminal.py
tools_test_scripts = tests/tools/commands.py tests/tools/completions.py tests/tools/escapes.py tests/tools/streams.py tests/tools/top.py

process_files = tests/process/process.py
process_tests = \
	tests/process/asleep.py \
	tests/process/background.py \
	tests/process/compression.py \
	tests/process/config.py \
	tests/process/cyrus.py \
	tests/process/drop_in.py \
	tests/process/files.py \
	tests/process/limits.py \
	tests/process/listening.py \
	tests/process/log.py \
	tests/process/login_storm.py \
	tests/process/logins.py \
	tests/process/numa.py \
	tests/process/sandbox.py \
	tests/process/pressure.py \
	tests/process/service.py \
	tests/process/sharing.py \
	tests/process/stats_json.py \
	tests/process/stopping.py \
	tests/process/udp.py \
	tests/process/wipe.py

# The longest test comes first, so that the others run beside it.
server_stress_tests = \
	tests/stress/size_shift.py \
	tests/stress/cgroup.py \
	tests/stress/dumps.py \
	tests/stress/full_memory.py \
	tests/stress/hostile.py \
	tests/stress/idle_conns.py \
	tests/stress/long_gets.py \
	tests/stress/memlimit.py \
	tests/stress/memory_report.py \
	tests/stress/resident.py \
	tests/stress/nodes.py \
	tests/stress/per_request.py \
	tests/stress/reassign.py \
	tests/stress/unread.py \
	tests/stress/uploads.py \
	tests/stress/watchers.py
store_stress_tests = tests/stress/store_stress tests/stress/walk_stress
stress_tests = $(server_stress_tests) $(store_stress_tests)
tests_stress_store_stress_LDADD = $(slab_libs)
tests_stress_walk_stress_LDADD = $(slab_libs)

# The checker of histories, and the program that makes histories.
linear_tests = tests/linear/histories.py tests/linear/linear.py
linear_programs = tests/linear/judge tests/linear/load
linear_checker = \
	tests/linear/history.c tests/linear/history.h \
	tests/linear/model.c tests/linear/model.h tests/linear/model_internal.h \
	tests/linear/model_read.c \
	tests/linear/model_write.c \
	tests/linear/op.h tests/linear/op_reply.c tests/linear/op_request.c \
	tests/linear/search.c tests/linear/search.h \
	tests/linear/value.c tests/linear/value.h
tests_linear_judge_SOURCES = tests/linear/judge.c $(linear_checker)
tests_linear_judge_LDADD = $(base_libs)
tests_linear_load_SOURCES = tests/linear/load.c \
	tests/linear/disturb.c tests/linear/disturb.h \
	tests/linear/maker.c tests/linear/maker.h \
	tests/linear/peer.c tests/linear/peer.h \
	tests/linear/round.c tests/linear/round.h \
	$(linear_checker)
tests_linear_load_LDADD = $(base_libs)
linear_files = tests/linear/README.md $(linear_histories)

bench_files = tests/bench/README.md tests/bench/bench.py
bench_plain_tests = \
	tests/bench/files.py \
	tests/bench/load.py \
	tests/bench/memory.py \
	tests/bench/replay.py \
	tests/bench/stall.py \
	tests/bench/versus.py \
	tests/bench/wrong.py
bench_run_tests = $(bench_plain_tests) tests/bench/secure.py

lint_tests = \
	tests/lint/asserts.py \
	tests/lint/check_tree.py \
	tests/lint/english.py \
	tests/lint/format.sh \
	tests/lint/history.py \
	tests/lint/layers.py \
	tests/lint/library.py \
	tests/lint/man.py \
	tests/lint/man_larder.py \
	tests/lint/modules.py \
	tests/lint/names.py \
	tests/lint/sample.py \
	tests/lint/stats.py

EXTRA_DIST += \
	tests/README.md tests/lists.sh \
	tests/lint/calls.py tests/lint/tree.py $(lint_tests) \
	$(unit_headers) \
	tests/wire/README.md tests/wire/larderd.py tests/wire/checks.py tests/wire/packets.py $(wire_tests) $(wire_files) \
	tests/packed/README.md tests/packed/packed.py $(packed_tests) $(modes_threads_tests) \
	tests/shared/README.md tests/shared/shared.py $(shared_tests) \
	tests/diff/README.md $(diff_tests) $(compat_files) tests/upstream/differs $(compat_tests) \
	$(client_files) $(client_tests) $(tools_files) $(tools_test_scripts) tests/process/README.md $(process_files) $(process_tests) $(bench_files) $(bench_run_tests) tests/stress/stress.py $(server_stress_tests) \
	$(linear_tests) $(linear_files)

# ---- running them ----------------------------------------------------------

# tests/client/rings.py compares its answers with those of the real clients.
check_PROGRAMS += tests/client/route_probe
tests_client_route_probe_LDADD = $(route_libs)
# tests/client/library.py and troubles.py run it against servers of all kinds.
check_PROGRAMS += tests/client/library_probe
tests_client_library_probe_SOURCES = \
	tests/client/library_probe.c tests/client/library_probe_more.c tests/client/library_probe_wide.c tests/client/probe.h
tests_client_library_probe_LDADD = $(client_libs)
check_PROGRAMS += tests/client/topology_probe
tests_client_topology_probe_SOURCES = tests/client/topology_probe.c tests/client/probe.h
tests_client_topology_probe_LDADD = $(client_libs)
check_PROGRAMS += $(unit_tests) $(store_stress_tests) $(linear_programs)
# The tests that run under the thread sanitizer, the longest first, and the programs that they need.
threads_tests = $(linear_tests) $(modes_threads_tests) $(stress_tests) $(wire_tests) $(threaded_tests) $(process_tests) \
	$(client_quick_tests) tests/bench/load.py tests/tools/top.py
threads_programs = $(threaded_tests) $(store_stress_tests) $(linear_programs) $(examples_programs) \
	tests/client/library_probe tests/client/route_probe tests/client/topology_probe
built_tests = $(unit_tests) $(fuzz_tests) $(wire_tests) $(diff_tests) $(packed_tests) $(shared_tests) $(compat_tests) \
	$(process_tests) $(client_tests) $(tools_test_scripts) $(bench_run_tests) $(stress_tests) $(linear_tests)
TESTS = $(lint_tests) $(built_tests)

# Without Python, the tests in Python are skipped, not passed.
TEST_EXTENSIONS = .py .sh .go .java .js .php .pl .rb
if HAVE_PYTHON
PY_LOG_COMPILER = $(PYTHON)
CLIENT_LOG_COMPILER = $(PYTHON) $(srcdir)/tests/compat/client.py
else
PY_LOG_COMPILER = $(SHELL) -c 'exit 77'
CLIENT_LOG_COMPILER = $(PY_LOG_COMPILER)
endif
SH_LOG_COMPILER = $(SHELL)
GO_LOG_COMPILER = $(CLIENT_LOG_COMPILER)
JAVA_LOG_COMPILER = $(CLIENT_LOG_COMPILER)
JS_LOG_COMPILER = $(CLIENT_LOG_COMPILER)
PHP_LOG_COMPILER = $(CLIENT_LOG_COMPILER)
PL_LOG_COMPILER = $(CLIENT_LOG_COMPILER)
RB_LOG_COMPILER = $(CLIENT_LOG_COMPILER)

AM_TESTS_ENVIRONMENT = \
	LARDERD='$(abs_top_builddir)/larderd$(EXEEXT)'; export LARDERD; \
	LARDER_EXAMPLES='$(abs_top_builddir)/examples'; export LARDER_EXAMPLES; \
	LIBRARY_PROBE='$(abs_top_builddir)/tests/client/library_probe$(EXEEXT)'; export LIBRARY_PROBE; \
	TOPOLOGY_PROBE='$(abs_top_builddir)/tests/client/topology_probe$(EXEEXT)'; export TOPOLOGY_PROBE; \
	LARDER='$(abs_top_builddir)/larder$(EXEEXT)'; export LARDER; \
	LINEAR_JUDGE='$(abs_top_builddir)/tests/linear/judge$(EXEEXT)'; export LINEAR_JUDGE; \
	LINEAR_LOAD='$(abs_top_builddir)/tests/linear/load$(EXEEXT)'; export LINEAR_LOAD; \
	ROUTE_PROBE='$(abs_top_builddir)/tests/client/route_probe$(EXEEXT)'; export ROUTE_PROBE; \
	LARDER_BENCH='$(abs_top_builddir)/larder-bench$(EXEEXT)'; export LARDER_BENCH; \
	LARDER_DIFF_SEED=$${LARDER_DIFF_SEED-491836874}; export LARDER_DIFF_SEED; \
	LARDER_SANITIZED='$(SANITIZER)'; export LARDER_SANITIZED; \
	test -z '$(SANITIZER)' || { LARDER_DIFF_COUNT=$${LARDER_DIFF_COUNT-1000}; export LARDER_DIFF_COUNT; }; \
	LARDER_CHECKS='$(CHECKS)'; export LARDER_CHECKS; \
	TOP_SRCDIR='$(abs_top_srcdir)'; export TOP_SRCDIR; \
	PYTHONDONTWRITEBYTECODE=1; export PYTHONDONTWRITEBYTECODE;

.PHONY: check-unit check-lint check-wire check-bench check-stress check-built check-threads check-fuzz
check-unit: ; $(MAKE) $(AM_MAKEFLAGS) check TESTS='$(unit_tests) $(fuzz_tests)'
check-lint: ; $(MAKE) $(AM_MAKEFLAGS) check TESTS='$(lint_tests)'
check-wire: ; $(MAKE) $(AM_MAKEFLAGS) check TESTS='$(wire_tests) $(diff_tests) $(packed_tests) $(shared_tests) $(compat_tests) $(process_tests) $(client_tests) $(tools_test_scripts)'
check-bench: ; $(MAKE) $(AM_MAKEFLAGS) check TESTS='$(unit_bench_tests) $(bench_run_tests)'
check-stress: ; $(MAKE) $(AM_MAKEFLAGS) check TESTS='$(stress_tests) $(linear_tests)'
# In a build with --enable-fuzz.
check-fuzz: ; $(MAKE) $(AM_MAKEFLAGS) check-TESTS check_PROGRAMS='$(fuzz_programs)' TESTS=tests/fuzz/fuzz.sh
# All tests but lint, which checks the tree and not the build.
check-built: ; $(MAKE) $(AM_MAKEFLAGS) check TESTS='$(built_tests)'
check-threads: ; $(MAKE) $(AM_MAKEFLAGS) check check_PROGRAMS='$(threads_programs)' TESTS='$(threads_tests)'
