# server: larderd, over slab and proto.  Everything but main.c is a library, so that unit tests can link it.
noinst_LIBRARIES += server/libserver.a
server_libserver_a_SOURCES = \
	server/address.c server/address.h \
	server/auth.c server/auth.h \
	server/binding.c server/binding.h \
	server/body.c server/body.h \
	server/buffer.c server/buffer.h \
	server/cgroup.c server/cgroup.h \
	server/class_number.c server/class_number.h \
	server/checker.c server/checker.h \
	server/cluster.c server/cluster.h \
	server/cmd.c server/cmd.h \
	server/cmd_admin.c \
	server/cmd_arith.c \
	server/cmd_auth.c server/cmd_auth.h \
	server/cmd_config.c \
	server/cmd_crawler.c \
	server/cmd_dump.c server/cmd_dump.h \
	server/cmd_get.c \
	server/cmd_login.c server/cmd_login.h \
	server/cmd_lru.c \
	server/cmd_memory.c \
	server/cmd_meta.c \
	server/cmd_put.c \
	server/cmd_sasl.c \
	server/cmd_slabs.c \
	server/cmd_stats.c \
	server/cmd_watch.c \
	server/config.c server/config.h \
	server/conn.c server/conn.h \
	server/conn_close.c server/conn_close.h \
	server/conn_overdue.c server/conn_overdue.h \
	server/conn_retry.c server/conn_retry.h \
	server/conn_turn.c server/conn_turn.h \
	server/conn_run.c server/conn_run.h \
	server/conn_body.c server/conn_body.h \
	server/conn_input.c server/conn_input.h \
	server/conn_memory.c server/conn_memory.h \
	server/conn_set.c server/conn_set.h \
	server/conn_shake.c server/conn_shake.h \
	server/conn_wait.c server/conn_wait.h \
	server/counters.def server/counters.h \
	server/cyrus.h \
	server/aside.c server/aside.h \
	server/daemon.c server/daemon.h \
	server/inbox.c server/inbox.h \
	server/listener.c server/listener.h \
	server/growth.c server/growth.h \
	server/memory_limit.c server/memory_limit.h \
	server/memory_maps.c server/memory_maps.h \
	server/memory_report.c server/memory_report.h \
	server/memory_source.c server/memory_source.h \
	server/memory_watch.c server/memory_watch.h \
	server/note.c server/note.h \
	server/options.c server/options.h \
	server/options.def \
	server/options_fit.c \
	server/options_help.c \
	server/options_memory.c \
	server/options_row.h \
	server/options_show.c \
	server/options_table.c \
	server/options_words.c \
	server/outq.c server/outq.h \
	server/password.c server/password.h \
	server/password_input.c server/password_input.h \
	server/peer_queue.c server/peer_queue.h \
	server/prefix.c server/prefix.h \
	server/pressure.c server/pressure.h \
	server/pressure_command.c server/pressure_command.h \
	server/pressure_level.c server/pressure_level.h \
	server/privileges.c server/privileges.h \
	server/reload.c server/reload.h \
	server/reload_settings.c \
	server/rights.c server/rights.h \
	server/role.c server/role.h \
	server/sandbox.c server/sandbox.h \
	server/server.c server/server.h \
	server/server_clock.c \
	server/service.c server/service.h \
	server/signals.c server/signals.h \
	server/sockets.c server/sockets.h \
	server/stat_list.c server/stat_list.h \
	server/stat_row.c server/stat_row.h \
	server/stats.def \
	server/stats_answer.c server/stats_answer.h \
	server/stats_cachedump.c \
	server/stats_conns.c \
	server/stats_detail.c \
	server/stats_fill.h \
	server/stats_general.c \
	server/stats_groups.h \
	server/stats_items.c \
	server/stats_larder.c \
	server/stats_memory.c \
	server/stats_numa.c \
	server/stats_pages.c \
	server/stats_policy.c \
	server/stats_settings.c \
	server/stats_slabs.c \
	server/stats_sizes.c \
	server/stats_sums.c server/stats_sums.h \
	server/text.c server/text.h \
	server/tls.c server/tls.h \
	server/tls_context.c server/tls_context.h \
	server/udp.c server/udp.h server/udp_reply.c server/udp_reply.h \
	server/users.c server/users.h \
	server/users_internal.h \
	server/users_read.c \
	server/watch.c server/watch.h server/watch_internal.h \
	server/watch_events.def server/watch_streams.def \
	server/watch_format.c server/watch_format.h \
	server/watch_ring.c server/watch_ring.h \
	server/watch_thread.c \
	server/watcher.c server/watcher.h \
	server/worker.c server/worker.h
if HAVE_CYRUS
server_libserver_a_SOURCES += server/cyrus.c
else
server_libserver_a_SOURCES += server/cyrus_none.c
endif
server_libserver_a_CPPFLAGS = $(AM_CPPFLAGS) $(LIBEVENT_CFLAGS) $(OPENSSL_CFLAGS) $(SASL_CFLAGS) $(SECCOMP_CFLAGS)

bin_PROGRAMS += larderd
larderd_SOURCES = server/main.c
larderd_CPPFLAGS = $(AM_CPPFLAGS) $(LIBEVENT_CFLAGS)
larderd_LDADD = \
	server/libserver.a \
	slab/libslab.a \
	proto/libproto.a \
	base/libbase.a \
	$(LIBEVENT_LIBS) $(OPENSSL_LIBS) $(SASL_LIBS) $(NUMA_LIBS) $(SECCOMP_LIBS)
EXTRA_DIST += server/README.md
