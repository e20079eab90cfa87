# server: larderd; it calls slab, proto and base.  Everything but main.c is a library, so that unit tests can link it.
noinst_LIBRARIES += server/libserver.a
server_libserver_a_SOURCES = \
	server/counters.def server/counters.h \
	server/inbox.c server/inbox.h \
	server/owner.h \
	server/reload.c server/reload.h \
	server/reload_settings.c \
	server/rights.c server/rights.h \
	server/server.c server/server.h \
	server/server_clock.c \
	server/sharing.c server/sharing.h \
	server/signals.c server/signals.h
if HAVE_CYRUS
server_libserver_a_SOURCES += server/auth/cyrus.c
else
server_libserver_a_SOURCES += server/auth/cyrus_none.c
endif
server_libserver_a_CPPFLAGS = $(AM_CPPFLAGS) $(LIBEVENT_CFLAGS) $(OPENSSL_CFLAGS) $(SASL_CFLAGS) $(SECCOMP_CFLAGS)

bin_PROGRAMS += larderd
larderd_SOURCES = server/main.c
larderd_CPPFLAGS = $(AM_CPPFLAGS) $(LIBEVENT_CFLAGS)
larderd_LDADD = \
	server/libserver.a \
	slab/libslab.a \
	proto/libproto.a \
	base/libbase.a \
	$(LIBEVENT_LIBS) $(OPENSSL_LIBS) $(SASL_LIBS) $(NUMA_LIBS) $(ZSTD_LIBS) $(LZ4_LIBS) $(SECCOMP_LIBS)
EXTRA_DIST += server/README.md

# The subfolders; each may include and call those before it.
include server/text/local.mk
include server/memory/local.mk
include server/options/local.mk
include server/net/local.mk
include server/process/local.mk
include server/auth/local.mk
include server/watch/local.mk
include server/pressure/local.mk
include server/cmd/local.mk
include server/conn/local.mk
include server/serve/local.mk
include server/usage/local.mk
include server/stats/local.mk
