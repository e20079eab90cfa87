# client: liblarder, and the mapping of keys to servers; it calls base and the front door of proto.
noinst_LIBRARIES += client/libroute.a client/libclient.a
route_sources =
client_libroute_a_SOURCES = $(route_sources)
client_sources = \
	client/admin.c \
	client/answer.c \
	client/core.c \
	client/fetch.c \
	client/get.c \
	client/handle.h \
	client/larder.c client/larder.h \
	client/many.c client/many.h \
	client/many_get.c \
	client/many_put.c \
	client/many_text.c \
	client/options.def \
	client/pool.c \
	client/put.c \
	client/refresh.c client/refresh.h \
	client/servers.c \
	client/source.c client/source.h \
	client/submit.c \
	client/topology.c client/topology.h
client_libclient_a_SOURCES = $(client_sources)
client_libclient_a_CPPFLAGS = $(AM_CPPFLAGS) $(OPENSSL_CFLAGS)

# The installed library consists of the same sources and of those that they call; it exports only the symbols of larder.map.
lib_LTLIBRARIES += client/liblarder.la
include_HEADERS = client/larder.h
client_liblarder_la_SOURCES = $(client_sources) $(route_sources) \
	base/bytes.h \
	base/clock.c base/clock.h \
	base/counter.h \
	base/must.c base/must.h \
	base/stderr.c base/stderr.h \
	base/stream.h base/stream_tcp.c \
	base/stream_tls.c base/stream_tls.h \
	base/stream_tls_about.c \
	base/text/base64.c base/text/base64.h \
	base/text/hostport.c base/text/hostport.h \
	base/text/split.h \
	proto/ask/ask.c proto/ask.h proto/ask/ask_internal.h \
	proto/binary.def proto/binary.h \
	proto/ask/binary_ask.c \
	proto/reply/binary_reply.c \
	proto/commands.def \
	proto/compose.h \
	proto/compose/compose_digits.c \
	proto/compose/compose_internal.h \
	proto/ask/meta_ask.c \
	proto/reply/meta_reply.c \
	proto/reply/reply.c proto/reply.h proto/reply/reply_internal.h \
	proto/request.c proto/request.h \
	proto/response.h \
	proto/ask/text_ask.c \
	proto/reply/text_reply.c
client_liblarder_la_CPPFLAGS = $(AM_CPPFLAGS) $(OPENSSL_CFLAGS)
client_liblarder_la_CFLAGS = $(AM_CFLAGS) -fvisibility=hidden
client_liblarder_la_LDFLAGS = $(AM_LDFLAGS) -version-info 0:0:0 -Wl,--version-script=$(srcdir)/client/larder.map
client_liblarder_la_LIBADD = $(OPENSSL_LIBS)
client_liblarder_la_DEPENDENCIES = client/larder.map
EXTRA_DIST += client/README.md client/larder.map

# The subfolders; each may include and call those before it.
include client/route/local.mk
include client/packing/local.mk
include client/conn/local.mk
