# slab/policy: its part of the sources of slab.
slab_libslab_a_SOURCES += \
	slab/policy/cutoff.c slab/policy/cutoff.h \
	slab/policy/ghost.c slab/policy/ghost.h \
	slab/policy/policy.c slab/policy/policy.def slab/policy/policy.h \
	slab/policy/policy_adaptive.c \
	slab/policy/policy_lfu.c \
	slab/policy/policy_lru.c \
	slab/policy/policy_ttl.c \
	slab/policy/policy_sim.c slab/policy/policy_sim.h
