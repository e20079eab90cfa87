# server/net: its part of the sources of server.
server_libserver_a_SOURCES += \
	server/net/buffer.c server/net/buffer.h \
	server/net/outq.c server/net/outq.h \
	server/net/sockets.c server/net/sockets.h \
	server/net/tls.c server/net/tls.h \
	server/net/tls_context.c server/net/tls_context.h \
	server/net/udp_reply.c server/net/udp_reply.h
