# server/options: its part of the sources of server.
server_libserver_a_SOURCES += \
	server/options/config.c server/options/config.h \
	server/options/options.c server/options/options.def server/options/options.h \
	server/options/options_validate.c \
	server/options/options_help.c \
	server/options/options_memory.c \
	server/options/options_row.h \
	server/options/options_show.c \
	server/options/options_table.c \
	server/options/options_words.c
