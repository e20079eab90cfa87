# slab/mem: its part of the sources of slab.
slab_libslab_a_SOURCES += \
	slab/mem/arena.c slab/mem/arena.h \
	slab/mem/class.c slab/mem/class.h \
	slab/mem/class_fence.c \
	slab/mem/class_hold.c \
	slab/mem/class_list.c slab/mem/class_list.h \
	slab/mem/epoch.c slab/mem/epoch.h \
	slab/mem/geometry.c slab/mem/geometry.h \
	slab/mem/guard.c slab/mem/guard.h \
	slab/mem/numa.c slab/mem/numa.h \
	slab/mem/page.c slab/mem/page.h \
	slab/mem/room.c slab/mem/room.h \
	slab/mem/wipe.c slab/mem/wipe.h
