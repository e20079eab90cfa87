# tools: larder, the command line; it calls liblarder's front door, proto's base64, and base.
noinst_LIBRARIES += tools/libtools.a
tools_libtools_a_SOURCES = \
	tools/config.c tools/config.h \
	tools/json.c tools/json.h \
	tools/options.c tools/options.def tools/options.h \
	tools/pairs.c tools/pairs.h \
	tools/progress.c tools/progress.h \
	tools/record.c tools/record.h

bin_PROGRAMS += larder
larder_SOURCES = \
	tools/cli.c tools/cli.h \
	tools/cmd_count.c \
	tools/cmd_dump.c \
	tools/cmd_export.c \
	tools/cmd_get.c \
	tools/cmd_import.c \
	tools/cmd_keys.c \
	tools/cmd_ping.c \
	tools/cmd_put.c \
	tools/cmd_stats.c \
	tools/cmd_top.c \
	tools/cmd_watch.c \
	tools/commands.def \
	tools/main.c
larder_LDADD = \
	tools/libtools.a \
	client/libclient.a \
	client/libroute.a \
	proto/libproto.a \
	base/libbase.a \
	$(OPENSSL_LIBS)
EXTRA_DIST += tools/README.md
