# tools: larder, the command line; it calls the functions of larder.h, and base.
noinst_LIBRARIES += tools/libtools.a
tools_libtools_a_SOURCES =

bin_PROGRAMS += larder
larder_SOURCES = \
	tools/commands.def \
	tools/main.c
if HAVE_NCURSES
larder_SOURCES += tools/top/top_screen.c
EXTRA_larder_SOURCES = tools/top/top_screen_none.c
else
larder_SOURCES += tools/top/top_screen_none.c
EXTRA_larder_SOURCES = tools/top/top_screen.c
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

# The subfolders; each may include and call those before it.
include tools/text/local.mk
include tools/cli/local.mk
include tools/top/local.mk
include tools/cmd/local.mk
