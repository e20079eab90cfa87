# proto/reply: its part of the sources of proto.
proto_libproto_a_SOURCES += \
	proto/reply/binary_reply.c \
	proto/reply/meta_reply.c \
	proto/reply/reply.c \
	proto/reply/reply_internal.h \
	proto/reply/text_reply.c
