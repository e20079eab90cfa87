# slab/core: its part of the sources of slab.
slab_libslab_a_SOURCES += \
	slab/core/counters.c slab/core/counters.h \
	slab/core/demand.c slab/core/demand.h \
	slab/core/describe.c slab/core/describe.h \
	slab/core/find.c slab/core/find.h \
	slab/core/flush.c slab/core/flush.h \
	slab/core/forms.c slab/core/forms.h \
	slab/core/pin.c slab/core/pin.h \
	slab/core/locality.c slab/core/locality.h \
	slab/core/newest.c slab/core/newest.h \
	slab/core/partial.c slab/core/partial.h \
	slab/core/publish.c slab/core/publish.h \
	slab/core/shadow.c slab/core/shadow.h \
	slab/core/store_thread.c slab/core/store_thread.h \
	slab/core/store_thread_new.c \
	slab/core/hooks.c slab/core/hooks.h
