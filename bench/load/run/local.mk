# bench/load/run: its part of the sources of bench.
bench_libbench_a_SOURCES += \
	bench/load/run/hist.c bench/load/run/hist.h \
	bench/load/run/hist_log.c bench/load/run/hist_log.h \
	bench/load/run/replay.c bench/load/run/replay.h \
	bench/load/run/run.c bench/load/run/run.h \
	bench/load/run/tally.c bench/load/run/tally.h \
	bench/load/run/worker.c bench/load/run/worker.h \
	bench/load/run/worker_pace.c
