# bench: larder-bench, which is installed, and benchmarks, which `make bench` runs, in a build without checks and sanitizers.
noinst_LIBRARIES += bench/libbench.a
bench_libbench_a_SOURCES =
bench_libbench_a_CPPFLAGS = $(AM_CPPFLAGS) $(OPENSSL_CFLAGS) $(ZLIB_CFLAGS)

bin_PROGRAMS += larder-bench
larder_bench_SOURCES = bench/load/main.c
larder_bench_LDADD = bench/libbench.a proto/libproto.a base/libbase.a $(OPENSSL_LIBS) $(ZLIB_LIBS) -lm

bench_programs = bench/micro/engine bench/micro/beside
noinst_PROGRAMS += $(bench_programs)

bench_micro_engine_SOURCES = bench/micro/engine.c
bench_micro_engine_LDADD = bench/libbench.a slab/libslab.a base/libbase.a $(NUMA_LIBS) $(ZSTD_LIBS) $(LZ4_LIBS) -lm

bench_micro_beside_SOURCES = bench/micro/beside.c
bench_micro_beside_LDADD = bench/libbench.a slab/libslab.a base/libbase.a $(NUMA_LIBS) $(ZSTD_LIBS) $(LZ4_LIBS) -lm

# Compares liblarder with libmemcached; it needs a server: see bench/README.md.
noinst_PROGRAMS += bench/client/client
bench_client_client_SOURCES = bench/client/client.c
bench_client_client_LDADD = client/libclient.a client/libroute.a proto/libproto.a base/libbase.a $(OPENSSL_LIBS) -ldl

.PHONY: bench
bench: $(bench_programs)
	@for program in $(bench_programs); do echo "== $$program"; ./$$program || exit 1; done

EXTRA_DIST += bench/README.md bench/running.py bench/connections/connections.py bench/memory/fragmentation.py bench/memory/items.py bench/memory/records.py bench/storms/storms.py bench/testers/testers.py bench/versus/versus.py

# The subfolders; each may include and call those before it.
include bench/load/options/local.mk
include bench/load/plan/local.mk
include bench/load/net/local.mk
include bench/load/run/local.mk
include bench/load/report/local.mk
