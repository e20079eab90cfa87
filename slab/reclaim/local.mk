# slab/reclaim: its part of the sources of slab.
slab_libslab_a_SOURCES += \
	slab/reclaim/expire.c slab/reclaim/expire.h \
	slab/reclaim/evacuate.c slab/reclaim/evacuate.h \
	slab/reclaim/evict.c slab/reclaim/evict.h \
	slab/reclaim/gather.c slab/reclaim/gather.h \
	slab/reclaim/grace.c slab/reclaim/grace.h \
	slab/reclaim/locality_migrate.c slab/reclaim/locality_migrate.h \
	slab/reclaim/maintain.c slab/reclaim/maintain.h \
	slab/reclaim/mover.c slab/reclaim/mover.h \
	slab/reclaim/reclaim.c slab/reclaim/reclaim.h \
	slab/reclaim/reclaim_ask.c slab/reclaim/reclaim_ask.h \
	slab/reclaim/reclaim_serve.c slab/reclaim/reclaim_serve.h \
	slab/reclaim/sweep.c slab/reclaim/sweep.h
