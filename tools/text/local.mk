# tools/text: its part of the sources of tools.
tools_libtools_a_SOURCES += \
	tools/text/pairs.c tools/text/pairs.h \
	tools/text/progress.c tools/text/progress.h \
	tools/text/record.c tools/text/record.h \
	tools/text/shown.c tools/text/shown.h
