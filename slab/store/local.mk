# slab/store: its part of the sources of slab.
slab_libslab_a_SOURCES += \
	slab/store/check_forms.c slab/store/check_forms.h \
	slab/store/extend.c slab/store/extend.h \
	slab/store/rewrite.c slab/store/rewrite.h \
	slab/store/store_admin.c \
	slab/store/store_change.c \
	slab/store/store_check.c \
	slab/store/store_cold.c \
	slab/store/store_memory.c \
	slab/store/store_new.c \
	slab/store/store_numa.c \
	slab/store/store_pages.c \
	slab/store/store_partial.c \
	slab/store/store_pressure.c \
	slab/store/store_put.c \
	slab/store/store_read.c \
	slab/store/store_stats.c \
	slab/store/store_walk.c \
	slab/store/write.c slab/store/write.h
