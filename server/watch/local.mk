# server/watch: its part of the sources of server.
server_libserver_a_SOURCES += \
	server/watch/prefix.c server/watch/prefix.h \
	server/watch/watch.c server/watch/watch.h \
	server/watch/watch_events.def \
	server/watch/watch_format.c server/watch/watch_format.h \
	server/watch/watch_internal.h \
	server/watch/watch_ring.c server/watch/watch_ring.h \
	server/watch/watch_streams.def \
	server/watch/watch_thread.c \
	server/watch/watcher.c server/watch/watcher.h
