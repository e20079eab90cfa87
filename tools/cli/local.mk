# tools/cli: its part of the sources of tools.
tools_libtools_a_SOURCES += \
	tools/cli/config.c tools/cli/config.h \
	tools/cli/options.c tools/cli/options.def tools/cli/options.h
larder_SOURCES += \
	tools/cli/cli.c tools/cli/cli.h
