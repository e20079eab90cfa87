# bench/load/options: its part of the sources of bench.
bench_libbench_a_SOURCES += \
	bench/load/options/options.c bench/load/options/options.def bench/load/options/options.h \
	bench/load/options/options_check.c bench/load/options/options_check.h \
	bench/load/options/options_help.c \
	bench/load/options/options_row.h \
	bench/load/options/options_table.c
