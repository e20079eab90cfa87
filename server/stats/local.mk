# server/stats: its part of the sources of server.
server_libserver_a_SOURCES += \
	server/stats/cmd_stats.c \
	server/stats/stat_json.c server/stats/stat_json.h \
	server/stats/stat_list.c server/stats/stat_list.h \
	server/stats/stat_row.c server/stats/stat_row.h \
	server/stats/stats.def \
	server/stats/stats_cachedump.c \
	server/stats/stats_cold.c \
	server/stats/stats_kinds.c \
	server/stats/stats_conns.c \
	server/stats/stats_detail.c \
	server/stats/stats_fill.h \
	server/stats/stats_general.c \
	server/stats/stats_groups.h \
	server/stats/stats_items.c \
	server/stats/stats_larder.c \
	server/stats/stats_memory.c \
	server/stats/stats_numa.c \
	server/stats/stats_pages.c \
	server/stats/stats_policy.c \
	server/stats/stats_settings.c \
	server/stats/stats_sizes.c \
	server/stats/stats_slabs.c \
	server/stats/stats_sums.c server/stats/stats_sums.h
