# server/text: its part of the sources of server.
server_libserver_a_SOURCES += \
	server/text/address.c server/text/address.h \
	server/text/cluster.c server/text/cluster.h \
	server/text/text.c server/text/text.h
