# client/packing: its part of the sources of client.
client_sources += \
	client/packing/deflate.c client/packing/deflate.h \
	client/packing/fastlz.c client/packing/fastlz.h \
	client/packing/packing.c client/packing/packing.h
