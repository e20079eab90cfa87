# proto: parses and composes requests and responses; it calls base.
noinst_LIBRARIES += proto/libproto.a
proto_libproto_a_SOURCES = \
	proto/ask.h \
	proto/binary.def proto/binary.h \
	proto/commands.def \
	proto/compose.h \
	proto/parse.h \
	proto/reply.h \
	proto/request.c proto/request.h \
	proto/response.h
EXTRA_DIST += proto/README.md

# The subfolders; each may include and call those before it.
include proto/parse/local.mk
include proto/compose/local.mk
include proto/ask/local.mk
include proto/reply/local.mk
