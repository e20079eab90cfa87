# client/route: its part of the sources of client.
route_sources += \
	client/route/keyhash.c client/route/keyhash.def client/route/keyhash.h \
	client/route/keyhash_digest.c \
	client/route/keyhash_sums.c \
	client/route/keyhash_words.c \
	client/route/route.c client/route/route.def client/route/route.h \
	client/route/route_buckets.c \
	client/route/route_internal.h \
	client/route/route_jump.c \
	client/route/route_modulo.c \
	client/route/route_points.c \
	client/route/route_rendezvous.c \
	client/route/route_ring.c
