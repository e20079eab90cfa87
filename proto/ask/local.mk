# proto/ask: its part of the sources of proto.
proto_libproto_a_SOURCES += \
	proto/ask/ask.c \
	proto/ask/ask_internal.h \
	proto/ask/binary_ask.c \
	proto/ask/meta_ask.c \
	proto/ask/text_ask.c
