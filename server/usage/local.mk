# server/usage: its part of the sources of server.
server_libserver_a_SOURCES += \
	server/usage/leak_watch.c server/usage/leak_watch.h \
	server/usage/memory_report.c server/usage/memory_report.h
