# tools/top: its part of the sources of tools.
tools_libtools_a_SOURCES += \
	tools/top/top_columns.def \
	tools/top/top_row.c tools/top/top_row.h \
	tools/top/top_view.c tools/top/top_view.h
larder_SOURCES += \
	tools/top/top_looks.c tools/top/top_looks.h \
	tools/top/top_screen.h
