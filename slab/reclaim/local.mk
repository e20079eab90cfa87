# slab/reclaim: its part of the sources of slab.
slab_libslab_a_SOURCES += \
	slab/reclaim/dead.c slab/reclaim/dead.h \
	slab/reclaim/evacuate.c slab/reclaim/evacuate.h \
	slab/reclaim/evict.c slab/reclaim/evict.h \
	slab/reclaim/grace.c slab/reclaim/grace.h \
	slab/reclaim/locality_bring.c slab/reclaim/locality_bring.h \
	slab/reclaim/maintain.c slab/reclaim/maintain.h \
	slab/reclaim/mover.c slab/reclaim/mover.h \
	slab/reclaim/relocate.c slab/reclaim/relocate.h \
	slab/reclaim/room.c slab/reclaim/room.h \
	slab/reclaim/room_ask.c slab/reclaim/room_ask.h \
	slab/reclaim/room_serve.c slab/reclaim/room_serve.h \
	slab/reclaim/sweep.c slab/reclaim/sweep.h
