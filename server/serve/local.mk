# server/serve: its part of the sources of server.
server_libserver_a_SOURCES += \
	server/serve/binding.c server/serve/binding.h \
	server/serve/listener.c server/serve/listener.h \
	server/serve/udp.c server/serve/udp.h \
	server/serve/worker.c server/serve/worker.h
