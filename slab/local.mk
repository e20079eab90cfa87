# slab: the engine; it calls base.
noinst_LIBRARIES += slab/libslab.a
slab_libslab_a_SOURCES = \
	slab/counters.def \
	slab/layout.h \
	slab/peek.h \
	slab/store.h
slab_libslab_a_CPPFLAGS = $(AM_CPPFLAGS) $(ZSTD_CFLAGS) $(LZ4_CFLAGS)
EXTRA_DIST += slab/README.md

# The subfolders; each may include and call those before it.
include slab/mem/local.mk
include slab/index/local.mk
include slab/policy/local.mk
include slab/codec/local.mk
include slab/core/local.mk
include slab/form/local.mk
include slab/train/local.mk
include slab/reclaim/local.mk
include slab/store/local.mk
