# slab/codec: its part of the sources of slab.
slab_libslab_a_SOURCES += \
	slab/codec/budget.c slab/codec/budget.h \
	slab/codec/codec.c slab/codec/codec.def slab/codec/codec.h \
	slab/codec/codec_lz4.c \
	slab/codec/codec_zstd.c \
	slab/codec/coder.c slab/codec/coder.h \
	slab/codec/dictionary.c slab/codec/dictionary.h \
	slab/codec/effort.c slab/codec/effort.h \
	slab/codec/glance.c slab/codec/glance.h \
	slab/codec/kind.c slab/codec/kind.h \
	slab/codec/kinds.c slab/codec/kinds.h \
	slab/codec/mask.c slab/codec/mask.h \
	slab/codec/probe.c slab/codec/probe.h \
	slab/codec/sample.c slab/codec/sample.h \
	slab/codec/trainer.c slab/codec/trainer.h
