# slab/form: its part of the sources of slab.
slab_libslab_a_SOURCES += \
	slab/form/relocate.c slab/form/relocate.h
