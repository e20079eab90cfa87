# bench: what measures.  larder-bench is installed; the rest is not.  `make bench` runs that, of a build without checks and sanitizers.
noinst_LIBRARIES += bench/libbench.a
bench_libbench_a_SOURCES = \
	bench/arrival.h bench/ask.h \
	bench/conn.c bench/conn.h bench/conn_dial.c bench/conn_read.c bench/conn_serve.c \
	bench/errand.c bench/errand.h \
	bench/hist.c bench/hist.h bench/hist_log.c bench/hist_log.h \
	bench/hub.c bench/hub.h \
	bench/keys.c bench/keys.h \
	bench/mix.c bench/mix.h \
	bench/options.c bench/options.def bench/options.h bench/options_help.c \
	bench/options_check.c bench/options_check.h bench/options_row.h bench/options_table.c \
	bench/outputs.c bench/outputs.h \
	bench/random.c bench/random.h \
	bench/replay.c bench/replay.h bench/replay_report.c \
	bench/report.h bench/report_clients.c bench/report_csv.c bench/report_json.c bench/report_progress.c \
	bench/report_svg.c bench/report_text.c bench/report_witness.c \
	bench/run.c bench/run.h \
	bench/sizes.c bench/sizes.h \
	bench/svg.c bench/svg.h \
	bench/tally.c bench/tally.h \
	bench/target.c bench/target.h \
	bench/tls.c bench/tls.h \
	bench/trace.c bench/trace.h \
	bench/values.c bench/values.h \
	bench/wire.c bench/wire.h bench/wire_binary.c bench/wire_meta.c bench/wire_redis.c bench/wire_table.c bench/wire_text.c \
	bench/witness.c bench/witness.h \
	bench/worker.c bench/worker.h bench/worker_pace.c \
	bench/zipf.c bench/zipf.h
bench_libbench_a_CPPFLAGS = $(AM_CPPFLAGS) $(OPENSSL_CFLAGS) $(ZLIB_CFLAGS)

bin_PROGRAMS += larder-bench
larder_bench_SOURCES = bench/main.c
larder_bench_LDADD = bench/libbench.a proto/libproto.a base/libbase.a $(OPENSSL_LIBS) $(ZLIB_LIBS) -lm

bench_programs = bench/micro/engine bench/micro/beside
noinst_PROGRAMS += $(bench_programs)

bench_micro_engine_SOURCES = bench/micro/engine.c
bench_micro_engine_LDADD = slab/libslab.a base/libbase.a $(NUMA_LIBS)

bench_micro_beside_SOURCES = bench/micro/beside.c
bench_micro_beside_LDADD = bench/libbench.a slab/libslab.a base/libbase.a $(NUMA_LIBS) -lm

# liblarder beside libmemcached; needs a server: bench/README.md
noinst_PROGRAMS += bench/client/client
bench_client_client_SOURCES = bench/client/client.c
bench_client_client_LDADD = client/libclient.a client/libroute.a proto/libproto.a base/libbase.a $(OPENSSL_LIBS) -ldl

.PHONY: bench
bench: $(bench_programs)
	@for program in $(bench_programs); do echo "== $$program"; ./$$program || exit 1; done

EXTRA_DIST += bench/README.md bench/connections/connections.py bench/memory/fragmentation.py bench/storms/storms.py bench/testers/testers.py bench/versus/versus.py
