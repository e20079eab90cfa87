# bench/load/net: its part of the sources of bench.
bench_libbench_a_SOURCES += \
	bench/load/net/conn.c bench/load/net/conn.h \
	bench/load/net/conn_dial.c \
	bench/load/net/conn_read.c \
	bench/load/net/conn_serve.c \
	bench/load/net/one_shot.c bench/load/net/one_shot.h \
	bench/load/net/event_loop.c bench/load/net/event_loop.h \
	bench/load/net/target.c bench/load/net/target.h \
	bench/load/net/tls.c bench/load/net/tls.h \
	bench/load/net/wire.c bench/load/net/wire.h \
	bench/load/net/wire_binary.c \
	bench/load/net/wire_meta.c \
	bench/load/net/wire_redis.c \
	bench/load/net/wire_table.c \
	bench/load/net/wire_text.c \
	bench/load/net/server_stats.c bench/load/net/server_stats.h
