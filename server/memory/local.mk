# server/memory: its part of the sources of server.
server_libserver_a_SOURCES += \
	server/memory/cgroup.c server/memory/cgroup.h \
	server/memory/leak_trend.c server/memory/leak_trend.h \
	server/memory/memory_limit.c server/memory/memory_limit.h \
	server/memory/memory_maps.c server/memory/memory_maps.h \
	server/memory/memory_source.c server/memory/memory_source.h
