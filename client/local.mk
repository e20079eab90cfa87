# client: liblarder, and how keys are spread over servers; it calls base and the front door of proto.
noinst_LIBRARIES += client/libroute.a client/libclient.a
route_sources = \
	client/keyhash.c client/keyhash.def client/keyhash.h \
	client/keyhash_digest.c client/keyhash_sums.c client/keyhash_words.c \
	client/route.c client/route.def client/route.h client/route_internal.h \
	client/route_buckets.c \
	client/route_jump.c \
	client/route_modulo.c \
	client/route_points.c \
	client/route_rendezvous.c \
	client/route_ring.c
client_libroute_a_SOURCES = $(route_sources)
client_sources = \
	client/admin.c \
	client/answer.c \
	client/buffer.c client/buffer.h \
	client/config.c client/config.h \
	client/conn.c client/conn.h \
	client/conn_ask.c \
	client/conn_login.c \
	client/conn_open.c \
	client/conn_reply.c \
	client/conn_step.c \
	client/core.c \
	client/deflate.c client/deflate.h \
	client/error.c \
	client/fastlz.c client/fastlz.h \
	client/fetch.c \
	client/get.c \
	client/handle.h \
	client/health.c client/health.h \
	client/larder.c client/larder.h \
	client/many.c client/many.h \
	client/many_get.c \
	client/many_put.c \
	client/many_text.c \
	client/options.def \
	client/packing.c client/packing.h \
	client/pending.c client/pending.h \
	client/pool.c \
	client/put.c \
	client/refresh.c client/refresh.h \
	client/servers.c \
	client/socket.c client/socket.h \
	client/source.c client/source.h \
	client/submit.c \
	client/target.c client/target.h \
	client/tls.c client/tls.h \
	client/topology.c client/topology.h
client_libclient_a_SOURCES = $(client_sources)
client_libclient_a_CPPFLAGS = $(AM_CPPFLAGS) $(OPENSSL_CFLAGS)

# The library that is installed is made of the same, and of what it calls, none of which can be seen from outside.
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
	proto/ask.c proto/ask.h proto/ask_internal.h \
	proto/binary.def proto/binary.h \
	proto/binary_ask.c \
	proto/binary_reply.c \
	proto/commands.def \
	proto/compose.h \
	proto/compose_digits.c \
	proto/compose_internal.h \
	proto/meta_ask.c \
	proto/meta_reply.c \
	proto/reply.c proto/reply.h proto/reply_internal.h \
	proto/request.c proto/request.h \
	proto/response.h \
	proto/text_ask.c \
	proto/text_reply.c
client_liblarder_la_CPPFLAGS = $(AM_CPPFLAGS) $(OPENSSL_CFLAGS)
client_liblarder_la_CFLAGS = $(AM_CFLAGS) -fvisibility=hidden
client_liblarder_la_LDFLAGS = $(AM_LDFLAGS) -version-info 0:0:0 -Wl,--version-script=$(srcdir)/client/larder.map
client_liblarder_la_LIBADD = $(OPENSSL_LIBS)
client_liblarder_la_DEPENDENCIES = client/larder.map
EXTRA_DIST += client/README.md client/larder.map
