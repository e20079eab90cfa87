# base: asserts, locks, clock, log; it calls libc only.
noinst_LIBRARIES += base/libbase.a
base_libbase_a_SOURCES = \
	base/bytes.h \
	base/clock.c base/clock.h \
	base/counter.h \
	base/hash.c base/hash.h \
	base/lock.c base/lock.h \
	base/log.c base/log.h \
	base/must.c base/must.h \
	base/stream.h base/stream_tcp.c
EXTRA_DIST += base/README.md
