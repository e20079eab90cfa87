# client/conn: its part of the sources of client.
client_sources += \
	client/conn/buffer.c client/conn/buffer.h \
	client/conn/config.c client/conn/config.h \
	client/conn/conn.c client/conn/conn.h \
	client/conn/conn_ask.c \
	client/conn/conn_login.c \
	client/conn/conn_open.c \
	client/conn/conn_reply.c \
	client/conn/conn_step.c \
	client/conn/error.c \
	client/conn/health.c client/conn/health.h \
	client/conn/pending.c client/conn/pending.h \
	client/conn/socket.c client/conn/socket.h \
	client/conn/target.c client/conn/target.h \
	client/conn/tls.c client/conn/tls.h
