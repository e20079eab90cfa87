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
	client/conn_login.c \
	client/conn_open.c \
	client/conn_reply.c \
	client/core.c \
	client/error.c \
	client/fetch.c \
	client/get.c \
	client/handle.c client/handle.h \
	client/health.c client/health.h \
	client/larder.h \
	client/many.c client/many.h \
	client/many_text.c \
	client/options.def \
	client/pending.c client/pending.h \
	client/pool.c \
	client/put.c \
	client/submit.c \
	client/target.c client/target.h \
	client/tls.c client/tls.h
client_libclient_a_SOURCES = $(client_sources)
client_libclient_a_CPPFLAGS = $(AM_CPPFLAGS) $(OPENSSL_CFLAGS)
EXTRA_DIST += client/README.md
