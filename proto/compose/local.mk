# proto/compose: its part of the sources of proto.
proto_libproto_a_SOURCES += \
	proto/compose/binary_compose.c \
	proto/compose/compose.c \
	proto/compose/compose_digits.c \
	proto/compose/compose_internal.h \
	proto/compose/dump_compose.c \
	proto/compose/meta_compose.c \
	proto/compose/text_compose.c
