# tools/cmd: its part of the sources of tools.
larder_SOURCES += \
	tools/cmd/cmd_count.c \
	tools/cmd/cmd_dump.c \
	tools/cmd/cmd_export.c \
	tools/cmd/cmd_get.c \
	tools/cmd/cmd_import.c \
	tools/cmd/cmd_keys.c \
	tools/cmd/cmd_ping.c \
	tools/cmd/cmd_put.c \
	tools/cmd/cmd_stats.c \
	tools/cmd/cmd_top.c \
	tools/cmd/cmd_watch.c
