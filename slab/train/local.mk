# slab/train: its part of the sources of slab.
slab_libslab_a_SOURCES += \
	slab/train/kind_end.c slab/train/kind_end.h \
	slab/train/retired.c slab/train/retired.h \
	slab/train/train.c slab/train/train.h \
	slab/train/train_due.c slab/train/train_due.h \
	slab/train/train_job.c slab/train/train_job.h
