# slab/index: its part of the sources of slab.
slab_libslab_a_SOURCES += \
	slab/index/body.c slab/index/body.h \
	slab/index/chain.c slab/index/chain.h \
	slab/index/index.c slab/index/index.h \
	slab/index/index_walk.c slab/index/index_walk.h \
	slab/index/item.h
