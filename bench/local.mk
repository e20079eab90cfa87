# bench: what measures; nothing of it is installed.  `make bench` runs it all, of a build without checks and sanitizers.
bench_programs = bench/micro/engine
noinst_PROGRAMS += $(bench_programs)

bench_micro_engine_SOURCES = bench/micro/engine.c
bench_micro_engine_LDADD = slab/libslab.a base/libbase.a $(NUMA_LIBS)

.PHONY: bench
bench: $(bench_programs)
	@for program in $(bench_programs); do echo "== $$program"; ./$$program || exit 1; done

EXTRA_DIST += bench/README.md bench/connections/connections.py
