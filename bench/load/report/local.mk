# bench/load/report: its part of the sources of bench.
bench_libbench_a_SOURCES += \
	bench/load/report/outputs.c bench/load/report/outputs.h \
	bench/load/report/replay_report.c \
	bench/load/report/report.h \
	bench/load/report/report_clients.c \
	bench/load/report/report_csv.c \
	bench/load/report/report_json.c \
	bench/load/report/report_progress.c \
	bench/load/report/report_svg.c \
	bench/load/report/report_text.c \
	bench/load/report/report_server_stats.c \
	bench/load/report/svg.c bench/load/report/svg.h
