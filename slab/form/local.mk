# slab/form: its part of the sources of slab.
slab_libslab_a_SOURCES += \
	slab/form/bodies.c slab/form/bodies.h \
	slab/form/again.h \
	slab/form/choose.c slab/form/choose.h \
	slab/form/cold.c slab/form/cold.h \
	slab/form/drift.c slab/form/drift.h \
	slab/form/kind_dict.c slab/form/kind_dict.h \
	slab/form/pack.c slab/form/pack.h \
	slab/form/pack_always.c slab/form/pack_always.h \
	slab/form/promote.c slab/form/promote.h \
	slab/form/relocate.c slab/form/relocate.h \
	slab/form/rest.h \
	slab/form/share.c slab/form/share.h \
	slab/form/share_always.c slab/form/share_always.h \
	slab/form/value.c slab/form/value.h \
	slab/form/wish.c slab/form/wish.h
