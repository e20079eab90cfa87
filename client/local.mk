# client: how keys are spread over servers; it calls base.
noinst_LIBRARIES += client/libroute.a
client_libroute_a_SOURCES = \
	client/keyhash.c client/keyhash.def client/keyhash.h \
	client/keyhash_digest.c client/keyhash_sums.c client/keyhash_words.c \
	client/route.c client/route.def client/route.h client/route_internal.h \
	client/route_buckets.c \
	client/route_jump.c \
	client/route_modulo.c \
	client/route_points.c \
	client/route_rendezvous.c \
	client/route_ring.c
EXTRA_DIST += client/README.md
