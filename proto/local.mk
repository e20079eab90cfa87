# proto: bytes to requests and responses to bytes; it calls base.
noinst_LIBRARIES += proto/libproto.a
proto_libproto_a_SOURCES = \
	proto/ask.c proto/ask.h \
	proto/ask_internal.h \
	proto/binary.def proto/binary.h \
	proto/binary_ask.c \
	proto/binary_compose.c \
	proto/binary_parse.c \
	proto/binary_reply.c \
	proto/commands.def \
	proto/compose.c proto/compose.h \
	proto/compose_digits.c \
	proto/compose_internal.h \
	proto/dump_compose.c \
	proto/keys_parse.c \
	proto/line_parse.c \
	proto/meta_ask.c \
	proto/meta_compose.c \
	proto/meta_parse.c \
	proto/meta_reply.c \
	proto/parse.c proto/parse.h \
	proto/parse_internal.h \
	proto/reply.c proto/reply.h \
	proto/reply_internal.h \
	proto/request.c proto/request.h \
	proto/response.h \
	proto/text_ask.c \
	proto/text_compose.c \
	proto/text_parse.c \
	proto/text_reply.c
EXTRA_DIST += proto/README.md
