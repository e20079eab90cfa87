# bench/load/plan: its part of the sources of bench.
bench_libbench_a_SOURCES += \
	bench/load/plan/arrival.h \
	bench/load/plan/ask.h \
	bench/load/plan/content.c bench/load/plan/content.h bench/load/plan/content_put.h \
	bench/load/plan/content_json.c \
	bench/load/plan/content_random.c \
	bench/load/plan/content_text.c \
	bench/load/plan/content_words.c \
	bench/load/plan/keys.c bench/load/plan/keys.h \
	bench/load/plan/mix.c bench/load/plan/mix.h \
	bench/load/plan/random.c bench/load/plan/random.h \
	bench/load/plan/sizes.c bench/load/plan/sizes.h \
	bench/load/plan/trace.c bench/load/plan/trace.h \
	bench/load/plan/values.c bench/load/plan/values.h \
	bench/load/plan/zipf.c bench/load/plan/zipf.h
