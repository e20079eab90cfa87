# base: asserts, locks, clock, log, streams; it calls libc, and OpenSSL in stream_tls.c.
noinst_LIBRARIES += base/libbase.a
base_libbase_a_SOURCES = \
	base/bytes.h \
	base/clock.c base/clock.h \
	base/counter.h \
	base/hash.c base/hash.h \
	base/lock.c base/lock.h \
	base/log.c base/log.h base/log_internal.h base/log_thread.c \
	base/must.c base/must.h \
	base/option/option.h \
	base/option/option_fields.c \
	base/option/option_help.c \
	base/option/option_line.c \
	base/option/option_print.c \
	base/option/option_row.c \
	base/option/option_set.c \
	base/option/option_value.c \
	base/ring.h \
	base/stderr.c base/stderr.h \
	base/stream.h base/stream_tcp.c \
	base/stream_tls.c base/stream_tls.h \
	base/stream_tls_about.c \
	base/text/base64.c base/text/base64.h \
	base/text/hostport.c base/text/hostport.h \
	base/text/json.c base/text/json.h \
	base/text/split.h \
	base/text/uri.c base/text/uri.h \
	base/text/utf8.c base/text/utf8.h \
	base/thread.c base/thread.h
base_libbase_a_CPPFLAGS = $(AM_CPPFLAGS) $(OPENSSL_CFLAGS)
EXTRA_DIST += base/README.md
