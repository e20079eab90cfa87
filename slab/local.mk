# slab: the engine; it calls base.
noinst_LIBRARIES += slab/libslab.a
slab_libslab_a_SOURCES = \
	slab/arena.c slab/arena.h \
	slab/chain.c slab/chain.h \
	slab/class.c slab/class.h \
	slab/class_hold.c \
	slab/class_list.c slab/class_list.h \
	slab/class_fence.c \
	slab/counters.c slab/counters.def slab/counters.h \
	slab/cutoff.c slab/cutoff.h \
	slab/dead.c slab/dead.h \
	slab/demand.c slab/demand.h \
	slab/describe.c slab/describe.h \
	slab/epoch.c slab/epoch.h \
	slab/extend.c slab/extend.h \
	slab/find.c slab/find.h \
	slab/flush.c slab/flush.h \
	slab/geometry.c slab/geometry.h \
	slab/index.c slab/index.h \
	slab/index_walk.c slab/index_walk.h \
	slab/item.h \
	slab/layout.h \
	slab/evacuate.c slab/evacuate.h \
	slab/evict.c slab/evict.h \
	slab/ghost.c slab/ghost.h \
	slab/grace.c slab/grace.h \
	slab/keep.c slab/keep.h \
	slab/locality.c slab/locality.h \
	slab/locality_bring.c slab/locality_bring.h \
	slab/maintain.c slab/maintain.h \
	slab/mover.c slab/mover.h \
	slab/newest.c slab/newest.h \
	slab/numa.c slab/numa.h \
	slab/page.c slab/page.h \
	slab/peek.h \
	slab/partial.c slab/partial.h \
	slab/publish.c slab/publish.h \
	slab/relocate.c slab/relocate.h \
	slab/rewrite.c slab/rewrite.h \
	slab/policy.c slab/policy.def slab/policy.h slab/policy_adaptive.c slab/policy_lfu.c slab/policy_lru.c slab/policy_ttl.c \
	slab/room.c slab/room.h \
	slab/room_ask.c slab/room_ask.h \
	slab/room_serve.c slab/room_serve.h \
	slab/shade.c slab/shade.h \
	slab/shadow.c slab/shadow.h \
	slab/store.h \
	slab/store_admin.c \
	slab/store_change.c \
	slab/store_check.c \
	slab/store_memory.c \
	slab/store_new.c \
	slab/store_numa.c \
	slab/store_pages.c \
	slab/store_partial.c \
	slab/store_pressure.c \
	slab/store_put.c \
	slab/store_read.c \
	slab/store_stats.c \
	slab/store_thread.c slab/store_thread.h \
	slab/store_thread_new.c \
	slab/store_walk.c \
	slab/sweep.c slab/sweep.h \
	slab/tell.c slab/tell.h \
	slab/write.c slab/write.h
EXTRA_DIST += slab/README.md
