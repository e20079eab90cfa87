# tools: larder, the command line; it calls liblarder's front door, and base.
noinst_LIBRARIES += tools/libtools.a
tools_libtools_a_SOURCES = \
	tools/config.c tools/config.h \
	tools/options.c tools/options.def tools/options.h \
	tools/pairs.c tools/pairs.h \
	tools/progress.c tools/progress.h \
	tools/record.c tools/record.h \
	tools/shown.c tools/shown.h \
	tools/top_columns.def \
	tools/top_row.c tools/top_row.h \
	tools/top_view.c tools/top_view.h

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
	tools/main.c \
	tools/top_looks.c tools/top_looks.h \
	tools/top_screen.h
if HAVE_NCURSES
larder_SOURCES += tools/top_screen.c
EXTRA_larder_SOURCES = tools/top_screen_none.c
else
larder_SOURCES += tools/top_screen_none.c
EXTRA_larder_SOURCES = tools/top_screen.c
endif
larder_CPPFLAGS = $(AM_CPPFLAGS) $(NCURSES_CFLAGS)
larder_LDADD = \
	tools/libtools.a \
	client/libclient.a \
	client/libroute.a \
	proto/libproto.a \
	base/libbase.a \
	$(OPENSSL_LIBS) \
	$(NCURSES_LIBS)
EXTRA_DIST += tools/README.md
