# server/conn: its part of the sources of server.
server_libserver_a_SOURCES += \
	server/conn/body.c server/conn/body.h \
	server/conn/conn.c server/conn/conn.h \
	server/conn/conn_body.c server/conn/conn_body.h \
	server/conn/conn_close.c server/conn/conn_close.h \
	server/conn/conn_input.c server/conn/conn_input.h \
	server/conn/conn_memory.c server/conn/conn_memory.h \
	server/conn/conn_overdue.c server/conn/conn_overdue.h \
	server/conn/conn_retry.c server/conn/conn_retry.h \
	server/conn/conn_run.c server/conn/conn_run.h \
	server/conn/conn_set.c server/conn/conn_set.h \
	server/conn/conn_handshake.c server/conn/conn_handshake.h \
	server/conn/conn_turn.c server/conn/conn_turn.h \
	server/conn/conn_wait.c server/conn/conn_wait.h
