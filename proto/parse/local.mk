# proto/parse: its part of the sources of proto.
proto_libproto_a_SOURCES += \
	proto/parse/binary_parse.c \
	proto/parse/keys_parse.c \
	proto/parse/line_parse.c \
	proto/parse/meta_parse.c \
	proto/parse/parse.c \
	proto/parse/parse_internal.h \
	proto/parse/text_parse.c
