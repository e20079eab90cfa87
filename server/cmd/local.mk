# server/cmd: its part of the sources of server.
server_libserver_a_SOURCES += \
	server/cmd/class_number.c server/cmd/class_number.h \
	server/cmd/cmd.c server/cmd/cmd.h \
	server/cmd/cmd_admin.c \
	server/cmd/cmd_arith.c \
	server/cmd/cmd_auth.c server/cmd/cmd_auth.h \
	server/cmd/cmd_config.c \
	server/cmd/cmd_lru_crawler.c \
	server/cmd/cmd_dump.c server/cmd/cmd_dump.h \
	server/cmd/cmd_get.c \
	server/cmd/cmd_login.c server/cmd/cmd_login.h \
	server/cmd/cmd_lru.c \
	server/cmd/cmd_memory.c \
	server/cmd/cmd_meta.c \
	server/cmd/cmd_put.c \
	server/cmd/cmd_sasl.c \
	server/cmd/cmd_slabs.c \
	server/cmd/cmd_watch.c \
	server/cmd/trace.c server/cmd/trace.h
