# tests: each kind has its list; a new test is a row in one of them.
#
# A unit test links its own folder's library and those below it, and nothing
# else, so that a call upwards does not link.  `make check-unit`, `check-lint`
# and so on run one kind.

# ---- unit ------------------------------------------------------------------

base_libs = base/libbase.a
slab_libs = slab/libslab.a $(base_libs) $(NUMA_LIBS)
proto_libs = proto/libproto.a $(base_libs)
route_libs = client/libroute.a $(base_libs)
client_libs = client/libclient.a client/libroute.a proto/libproto.a $(base_libs) $(OPENSSL_LIBS)
tools_libs = tools/libtools.a proto/libproto.a $(base_libs)
bench_libs = bench/libbench.a $(proto_libs) $(OPENSSL_LIBS) $(ZLIB_LIBS) -lm
server_libs = server/libserver.a proto/libproto.a $(slab_libs) $(LIBEVENT_LIBS) $(OPENSSL_LIBS) $(SASL_LIBS) $(SECCOMP_LIBS)

unit_headers = \
	tests/unit/composing.h \
	tests/unit/line_player.h \
	tests/unit/nodes.h \
	tests/unit/packets.h \
	tests/unit/parsing.h \
	tests/unit/ranking.h \
	tests/unit/storing.h \
	tests/unit/surroundings.h \
	tests/unit/unit.h
base_tests = \
	tests/unit/t_bytes \
	tests/unit/t_clock \
	tests/unit/t_counter \
	tests/unit/t_hash \
	tests/unit/t_lock \
	tests/unit/t_log \
	tests/unit/t_must \
	tests/unit/t_stderr \
	tests/unit/t_stream_tcp \
	tests/unit/t_stream_tls
slab_tests = \
	tests/unit/t_arena \
	tests/unit/t_class \
	tests/unit/t_cutoff \
	tests/unit/t_epoch \
	tests/unit/t_evacuate \
	tests/unit/t_evict \
	tests/unit/t_extend \
	tests/unit/t_find \
	tests/unit/t_geometry \
	tests/unit/t_ghost \
	tests/unit/t_index \
	tests/unit/t_item \
	tests/unit/t_keep \
	tests/unit/t_locality \
	tests/unit/t_meanwhile \
	tests/unit/t_mover \
	tests/unit/t_newest \
	tests/unit/t_numa \
	tests/unit/t_page \
	tests/unit/t_policy_adaptive \
	tests/unit/t_policy_lfu \
	tests/unit/t_policy_lru \
	tests/unit/t_policy_ttl \
	tests/unit/t_publish \
	tests/unit/t_relocate \
	tests/unit/t_rewrite \
	tests/unit/t_room \
	tests/unit/t_shade \
	tests/unit/t_shadow \
	tests/unit/t_store \
	tests/unit/t_store_change \
	tests/unit/t_store_check \
	tests/unit/t_store_memory \
	tests/unit/t_store_numa \
	tests/unit/t_store_pages \
	tests/unit/t_store_pressure \
	tests/unit/t_store_read \
	tests/unit/t_store_stats \
	tests/unit/t_store_thread \
	tests/unit/t_store_walk \
	tests/unit/t_sweep \
	tests/unit/t_write
proto_tests = \
	tests/unit/t_ask \
	tests/unit/t_base64 \
	tests/unit/t_binary_compose \
	tests/unit/t_binary_parse \
	tests/unit/t_dump_compose \
	tests/unit/t_keys_parse \
	tests/unit/t_meta_compose \
	tests/unit/t_meta_parse \
	tests/unit/t_parse \
	tests/unit/t_reply \
	tests/unit/t_text_compose \
	tests/unit/t_text_parse
server_tests = \
	tests/unit/t_address \
	tests/unit/t_auth \
	tests/unit/t_buffer \
	tests/unit/t_cgroup \
	tests/unit/t_class_number \
	tests/unit/t_checker \
	tests/unit/t_config \
	tests/unit/t_growth \
	tests/unit/t_inbox \
	tests/unit/t_memory_limit \
	tests/unit/t_memory_maps \
	tests/unit/t_memory_source \
	tests/unit/t_memory_watch \
	tests/unit/t_options \
	tests/unit/t_outq \
	tests/unit/t_password \
	tests/unit/t_peer_queue \
	tests/unit/t_prefix \
	tests/unit/t_pressure_command \
	tests/unit/t_pressure_level \
	tests/unit/t_rights \
	tests/unit/t_sandbox \
	tests/unit/t_stat_list \
	tests/unit/t_users \
	tests/unit/t_watch_format \
	tests/unit/t_watch_ring \
	tests/unit/t_watcher

route_tests = \
	tests/unit/t_client_packing \
	tests/unit/t_client_parts \
	tests/unit/t_keyhash \
	tests/unit/t_route
tools_tests = \
	tests/unit/t_json \
	tests/unit/t_larder_words \
	tests/unit/t_record \
	tests/unit/t_shown \
	tests/unit/t_top

bench_tests = \
	tests/unit/t_bench_hist \
	tests/unit/t_bench_keys \
	tests/unit/t_bench_options \
	tests/unit/t_bench_read \
	tests/unit/t_bench_values

# Those with threads, for the thread sanitizer.
unit_tests_with_threads = \
	tests/unit/t_arena \
	tests/unit/t_auth \
	tests/unit/t_checker \
	tests/unit/t_counter \
	tests/unit/t_epoch \
	tests/unit/t_extend \
	tests/unit/t_inbox \
	tests/unit/t_index \
	tests/unit/t_lock \
	tests/unit/t_log \
	tests/unit/t_meanwhile \
	tests/unit/t_mover \
	tests/unit/t_numa \
	tests/unit/t_sandbox \
	tests/unit/t_store_numa \
	tests/unit/t_store_thread \
	tests/unit/t_watch_ring

if HAVE_CMOCKA
unit_tests = $(base_tests) $(slab_tests) $(proto_tests) $(server_tests) $(route_tests) $(tools_tests) $(bench_tests)
threaded_tests = $(unit_tests_with_threads)
else
unit_tests =
threaded_tests =
endif

tests_unit_t_address_LDADD = $(server_libs) $(CMOCKA_LIBS)
tests_unit_t_arena_LDADD = $(slab_libs) $(CMOCKA_LIBS)
tests_unit_t_ask_LDADD = $(proto_libs) $(CMOCKA_LIBS)
tests_unit_t_auth_LDADD = $(server_libs) $(CMOCKA_LIBS)
tests_unit_t_base64_LDADD = $(proto_libs) $(CMOCKA_LIBS)
tests_unit_t_bench_hist_LDADD = $(bench_libs) $(CMOCKA_LIBS)
tests_unit_t_bench_keys_LDADD = $(bench_libs) $(CMOCKA_LIBS)
tests_unit_t_bench_options_LDADD = $(bench_libs) $(CMOCKA_LIBS)
tests_unit_t_bench_read_LDADD = $(bench_libs) $(CMOCKA_LIBS)
tests_unit_t_bench_values_LDADD = $(bench_libs) $(CMOCKA_LIBS)
tests_unit_t_binary_compose_LDADD = $(proto_libs) $(CMOCKA_LIBS)
tests_unit_t_binary_parse_LDADD = $(proto_libs) $(CMOCKA_LIBS)
tests_unit_t_buffer_LDADD = $(server_libs) $(CMOCKA_LIBS)
tests_unit_t_bytes_LDADD = $(base_libs) $(CMOCKA_LIBS)
tests_unit_t_cgroup_LDADD = $(server_libs) $(CMOCKA_LIBS)
tests_unit_t_checker_LDADD = $(server_libs) $(CMOCKA_LIBS)
tests_unit_t_class_LDADD = $(slab_libs) $(CMOCKA_LIBS)
tests_unit_t_class_number_LDADD = $(server_libs) $(CMOCKA_LIBS)
tests_unit_t_dump_compose_LDADD = $(proto_libs) $(CMOCKA_LIBS)
tests_unit_t_clock_LDADD = $(base_libs) $(CMOCKA_LIBS)
tests_unit_t_config_LDADD = $(server_libs) $(CMOCKA_LIBS)
tests_unit_t_counter_LDADD = $(base_libs) $(CMOCKA_LIBS)
tests_unit_t_cutoff_LDADD = $(slab_libs) $(CMOCKA_LIBS)
tests_unit_t_epoch_LDADD = $(slab_libs) $(CMOCKA_LIBS)
tests_unit_t_evacuate_LDADD = $(slab_libs) $(CMOCKA_LIBS)
tests_unit_t_evict_LDADD = $(slab_libs) $(CMOCKA_LIBS)
tests_unit_t_extend_LDADD = $(slab_libs) $(CMOCKA_LIBS)
tests_unit_t_find_LDADD = $(slab_libs) $(CMOCKA_LIBS)
tests_unit_t_geometry_LDADD = $(slab_libs) $(CMOCKA_LIBS)
tests_unit_t_ghost_LDADD = $(slab_libs) $(CMOCKA_LIBS)
tests_unit_t_growth_LDADD = $(server_libs) $(CMOCKA_LIBS)
tests_unit_t_inbox_LDADD = $(server_libs) $(CMOCKA_LIBS)
tests_unit_t_hash_LDADD = $(base_libs) $(CMOCKA_LIBS)
tests_unit_t_index_LDADD = $(slab_libs) $(CMOCKA_LIBS)
tests_unit_t_item_LDADD = $(slab_libs) $(CMOCKA_LIBS)
tests_unit_t_json_LDADD = $(tools_libs) $(CMOCKA_LIBS)
tests_unit_t_client_packing_LDADD = $(client_libs) $(CMOCKA_LIBS)
tests_unit_t_client_parts_LDADD = $(client_libs) $(CMOCKA_LIBS)
tests_unit_t_keys_parse_LDADD = $(proto_libs) $(CMOCKA_LIBS)
tests_unit_t_keyhash_CPPFLAGS = $(AM_CPPFLAGS) $(OPENSSL_CFLAGS)
tests_unit_t_keyhash_LDADD = $(route_libs) $(OPENSSL_LIBS) $(CMOCKA_LIBS)
tests_unit_t_larder_words_LDADD = $(tools_libs) $(CMOCKA_LIBS)
tests_unit_t_locality_LDADD = $(slab_libs) $(CMOCKA_LIBS)
tests_unit_t_lock_LDADD = $(base_libs) $(CMOCKA_LIBS)
tests_unit_t_log_LDADD = $(base_libs) $(CMOCKA_LIBS)
tests_unit_t_meanwhile_LDADD = $(slab_libs) $(CMOCKA_LIBS)
tests_unit_t_meta_compose_LDADD = $(proto_libs) $(CMOCKA_LIBS)
tests_unit_t_meta_parse_LDADD = $(proto_libs) $(CMOCKA_LIBS)
tests_unit_t_memory_limit_LDADD = $(server_libs) $(CMOCKA_LIBS)
tests_unit_t_memory_maps_LDADD = $(server_libs) $(CMOCKA_LIBS)
tests_unit_t_memory_source_LDADD = $(server_libs) $(CMOCKA_LIBS)
tests_unit_t_memory_watch_LDADD = $(server_libs) $(CMOCKA_LIBS)
tests_unit_t_keep_LDADD = $(slab_libs) $(CMOCKA_LIBS)
tests_unit_t_mover_LDADD = $(slab_libs) $(CMOCKA_LIBS)
tests_unit_t_newest_LDADD = $(slab_libs) $(CMOCKA_LIBS)
tests_unit_t_must_LDADD = $(base_libs) $(CMOCKA_LIBS)
tests_unit_t_numa_LDADD = $(slab_libs) $(CMOCKA_LIBS)
tests_unit_t_page_LDADD = $(slab_libs) $(CMOCKA_LIBS)
tests_unit_t_policy_adaptive_LDADD = $(slab_libs) $(CMOCKA_LIBS)
tests_unit_t_policy_lfu_LDADD = $(slab_libs) $(CMOCKA_LIBS)
tests_unit_t_policy_lru_LDADD = $(slab_libs) $(CMOCKA_LIBS)
tests_unit_t_policy_ttl_LDADD = $(slab_libs) $(CMOCKA_LIBS)
tests_unit_t_options_LDADD = $(server_libs) $(CMOCKA_LIBS)
tests_unit_t_outq_LDADD = $(server_libs) $(CMOCKA_LIBS)
tests_unit_t_parse_LDADD = $(proto_libs) $(CMOCKA_LIBS)
tests_unit_t_password_LDADD = $(server_libs) $(CMOCKA_LIBS)
tests_unit_t_reply_LDADD = $(proto_libs) $(CMOCKA_LIBS)
tests_unit_t_rights_LDADD = $(server_libs) $(CMOCKA_LIBS)
tests_unit_t_top_LDADD = $(tools_libs) $(CMOCKA_LIBS)
tests_unit_t_users_LDADD = $(server_libs) $(CMOCKA_LIBS)
tests_unit_t_peer_queue_LDADD = $(server_libs) $(CMOCKA_LIBS)
tests_unit_t_prefix_LDADD = $(server_libs) $(CMOCKA_LIBS)
tests_unit_t_pressure_command_CPPFLAGS = $(AM_CPPFLAGS) $(LIBEVENT_CFLAGS)
tests_unit_t_pressure_command_LDADD = $(server_libs) $(CMOCKA_LIBS)
tests_unit_t_pressure_level_LDADD = $(server_libs) $(CMOCKA_LIBS)
tests_unit_t_publish_LDADD = $(slab_libs) $(CMOCKA_LIBS)
tests_unit_t_relocate_LDADD = $(slab_libs) $(CMOCKA_LIBS)
tests_unit_t_rewrite_LDADD = $(slab_libs) $(CMOCKA_LIBS)
tests_unit_t_room_LDADD = $(slab_libs) $(CMOCKA_LIBS)
tests_unit_t_record_LDADD = $(tools_libs) $(CMOCKA_LIBS)
tests_unit_t_shown_LDADD = $(tools_libs) $(CMOCKA_LIBS)
tests_unit_t_shade_LDADD = $(slab_libs) $(CMOCKA_LIBS)
tests_unit_t_shadow_LDADD = $(slab_libs) $(CMOCKA_LIBS)
tests_unit_t_route_LDADD = $(route_libs) $(CMOCKA_LIBS)
tests_unit_t_sandbox_LDADD = $(server_libs) $(CMOCKA_LIBS)
tests_unit_t_stat_list_LDADD = $(server_libs) $(CMOCKA_LIBS)
tests_unit_t_stderr_LDADD = $(base_libs) $(CMOCKA_LIBS)
tests_unit_t_stream_tcp_LDADD = $(base_libs) $(CMOCKA_LIBS)
tests_unit_t_stream_tls_CPPFLAGS = $(AM_CPPFLAGS) $(OPENSSL_CFLAGS)
tests_unit_t_stream_tls_LDADD = $(base_libs) $(OPENSSL_LIBS) $(CMOCKA_LIBS)
tests_unit_t_store_LDADD = $(slab_libs) $(CMOCKA_LIBS)
tests_unit_t_store_change_LDADD = $(slab_libs) $(CMOCKA_LIBS)
tests_unit_t_store_check_LDADD = $(slab_libs) $(CMOCKA_LIBS)
tests_unit_t_store_memory_LDADD = $(slab_libs) $(CMOCKA_LIBS)
tests_unit_t_store_numa_LDADD = $(slab_libs) $(CMOCKA_LIBS)
tests_unit_t_store_pages_LDADD = $(slab_libs) $(CMOCKA_LIBS)
tests_unit_t_store_pressure_LDADD = $(slab_libs) $(CMOCKA_LIBS)
tests_unit_t_store_read_LDADD = $(slab_libs) $(CMOCKA_LIBS)
tests_unit_t_store_stats_LDADD = $(slab_libs) $(CMOCKA_LIBS)
tests_unit_t_store_thread_LDADD = $(slab_libs) $(CMOCKA_LIBS)
tests_unit_t_store_walk_LDADD = $(slab_libs) $(CMOCKA_LIBS)
tests_unit_t_sweep_LDADD = $(slab_libs) $(CMOCKA_LIBS)
tests_unit_t_text_compose_LDADD = $(proto_libs) $(CMOCKA_LIBS)
tests_unit_t_text_parse_LDADD = $(proto_libs) $(CMOCKA_LIBS)
tests_unit_t_watch_format_LDADD = $(server_libs) $(CMOCKA_LIBS)
tests_unit_t_watch_ring_LDADD = $(server_libs) $(CMOCKA_LIBS)
tests_unit_t_watcher_LDADD = $(server_libs) $(CMOCKA_LIBS)
tests_unit_t_write_LDADD = $(slab_libs) $(CMOCKA_LIBS)

# ---- fuzz ------------------------------------------------------------------

# With libFuzzer fuzz.sh runs them, without it they are tests.
if ENABLE_FUZZ
noinst_PROGRAMS += $(fuzz_programs)
else
check_PROGRAMS += $(fuzz_programs)
check_LIBRARIES = tests/fuzz/libreplay.a
fuzz_main = tests/fuzz/libreplay.a
fuzz_tests = $(fuzz_programs)
endif
fuzz_programs = tests/fuzz/f_binary tests/fuzz/f_compose tests/fuzz/f_config tests/fuzz/f_keys tests/fuzz/f_parse \
	tests/fuzz/f_record tests/fuzz/f_reply
tests_fuzz_libreplay_a_SOURCES = tests/fuzz/replay.c tests/fuzz/fuzz.h
tests_fuzz_f_binary_LDFLAGS = $(AM_LDFLAGS) $(FUZZ_LDFLAGS)
tests_fuzz_f_binary_LDADD = $(fuzz_main) $(proto_libs)
tests_fuzz_f_compose_LDFLAGS = $(AM_LDFLAGS) $(FUZZ_LDFLAGS)
tests_fuzz_f_compose_LDADD = $(fuzz_main) $(proto_libs)
tests_fuzz_f_config_LDFLAGS = $(AM_LDFLAGS) $(FUZZ_LDFLAGS)
tests_fuzz_f_config_LDADD = $(fuzz_main) $(server_libs)
tests_fuzz_f_keys_LDFLAGS = $(AM_LDFLAGS) $(FUZZ_LDFLAGS)
tests_fuzz_f_keys_LDADD = $(fuzz_main) $(proto_libs)
tests_fuzz_f_record_LDFLAGS = $(AM_LDFLAGS) $(FUZZ_LDFLAGS)
tests_fuzz_f_record_LDADD = $(fuzz_main) $(tools_libs)
tests_fuzz_f_parse_LDFLAGS = $(AM_LDFLAGS) $(FUZZ_LDFLAGS)
tests_fuzz_f_parse_LDADD = $(fuzz_main) $(proto_libs)
tests_fuzz_f_reply_LDFLAGS = $(AM_LDFLAGS) $(FUZZ_LDFLAGS)
tests_fuzz_f_reply_LDADD = $(fuzz_main) $(proto_libs)

fuzz_corpus = \
	tests/fuzz/corpus/binary/append \
	tests/fuzz/corpus/binary/arith \
	tests/fuzz/corpus/binary/bad_length \
	tests/fuzz/corpus/binary/bad_magic \
	tests/fuzz/corpus/binary/contradiction \
	tests/fuzz/corpus/binary/huge \
	tests/fuzz/corpus/binary/long_key \
	tests/fuzz/corpus/binary/quiet \
	tests/fuzz/corpus/binary/sasl \
	tests/fuzz/corpus/binary/stat \
	tests/fuzz/corpus/binary/touch \
	tests/fuzz/corpus/binary/unknown \
	tests/fuzz/corpus/binary/usual \
	tests/fuzz/corpus/binary/words \
	tests/fuzz/corpus/config/list_quotes \
	tests/fuzz/corpus/config/quotes \
	tests/fuzz/corpus/config/settings \
	tests/fuzz/corpus/config/wrong \
	tests/fuzz/corpus/parse/admin \
	tests/fuzz/corpus/parse/append \
	tests/fuzz/corpus/parse/carriage_returns \
	tests/fuzz/corpus/parse/cas \
	tests/fuzz/corpus/parse/config \
	tests/fuzz/corpus/parse/delete \
	tests/fuzz/corpus/parse/gat \
	tests/fuzz/corpus/parse/get \
	tests/fuzz/corpus/parse/get_long_key \
	tests/fuzz/corpus/parse/get_many \
	tests/fuzz/corpus/parse/http \
	tests/fuzz/corpus/parse/incr \
	tests/fuzz/corpus/parse/ma \
	tests/fuzz/corpus/parse/md \
	tests/fuzz/corpus/parse/me_mn \
	tests/fuzz/corpus/parse/mg \
	tests/fuzz/corpus/parse/mg_binary \
	tests/fuzz/corpus/parse/mg_many_flags \
	tests/fuzz/corpus/parse/mg_mistakes \
	tests/fuzz/corpus/parse/mg_vivify \
	tests/fuzz/corpus/parse/ms \
	tests/fuzz/corpus/parse/ms_mistakes \
	tests/fuzz/corpus/parse/ms_modes \
	tests/fuzz/corpus/parse/set \
	tests/fuzz/corpus/parse/set_bad_chunk \
	tests/fuzz/corpus/parse/set_bad_flags \
	tests/fuzz/corpus/parse/set_bad_length \
	tests/fuzz/corpus/parse/set_huge \
	tests/fuzz/corpus/parse/set_noreply \
	tests/fuzz/corpus/parse/short_lines \
	tests/fuzz/corpus/parse/stats \
	tests/fuzz/corpus/parse/touch \
	tests/fuzz/corpus/parse/unknown \
	tests/fuzz/corpus/parse/words_23 \
	tests/fuzz/corpus/parse/zeros \
	tests/fuzz/corpus/record/binary_key \
	tests/fuzz/corpus/record/classic \
	tests/fuzz/corpus/record/dumped \
	tests/fuzz/corpus/record/meta \
	tests/fuzz/corpus/record/wrong \
	tests/fuzz/corpus/reply/bad_tail \
	tests/fuzz/corpus/reply/meta \
	tests/fuzz/corpus/reply/packet_body \
	tests/fuzz/corpus/reply/packet_errors \
	tests/fuzz/corpus/reply/packet_large \
	tests/fuzz/corpus/reply/packet_lengths \
	tests/fuzz/corpus/reply/packets \
	tests/fuzz/corpus/reply/text
EXTRA_DIST += $(fuzz_corpus) tests/fuzz/fuzz.sh

# ---- the others ------------------------------------------------------------

wire_tests = tests/wire/run.py
wire_files = \
	tests/wire/add.wire \
	tests/wire/append.wire \
	tests/wire/auth.wire \
	tests/wire/auth_failures.wire \
	tests/wire/auth_lines_long.wire \
	tests/wire/auth_hashed.wire \
	tests/wire/auth_noreply.wire \
	tests/wire/auth_refuses.wire \
	tests/wire/auth_role_monitor.wire \
	tests/wire/auth_role_read.wire \
	tests/wire/auth_role_write.wire \
	tests/wire/auth_sasl.wire \
	tests/wire/auth_sasl_failures.wire \
	tests/wire/auth_sasl_hashed.wire \
	tests/wire/auth_sasl_off.wire \
	tests/wire/auth_sasl_roles.wire \
	tests/wire/bad_chunk.wire \
	tests/wire/bad_commands.wire \
	tests/wire/bad_commands_short.wire \
	tests/wire/bad_numbers.wire \
	tests/wire/bad_numbers_dash.wire \
	tests/wire/binary.wire \
	tests/wire/binary_arith.wire \
	tests/wire/binary_cas.wire \
	tests/wire/binary_contradictions.wire \
	tests/wire/binary_flush.wire \
	tests/wire/binary_flush_off.wire \
	tests/wire/binary_keys.wire \
	tests/wire/binary_large.wire \
	tests/wire/binary_lengths.wire \
	tests/wire/binary_lengths_value.wire \
	tests/wire/binary_magic.wire \
	tests/wire/binary_no_cas.wire \
	tests/wire/binary_no_evict.wire \
	tests/wire/binary_not.wire \
	tests/wire/binary_only.wire \
	tests/wire/binary_pipeline.wire \
	tests/wire/binary_quiet.wire \
	tests/wire/binary_quit.wire \
	tests/wire/binary_stat.wire \
	tests/wire/binary_stat_off.wire \
	tests/wire/binary_too_large.wire \
	tests/wire/binary_touch.wire \
	tests/wire/binary_unknown.wire \
	tests/wire/binary_unknown_keys.wire \
	tests/wire/binary_version.wire \
	tests/wire/cache_memlimit.wire \
	tests/wire/cache_memlimit_bounds.wire \
	tests/wire/cas.wire \
	tests/wire/cas_expired.wire \
	tests/wire/client_flags.wire \
	tests/wire/config.wire \
	tests/wire/config_none.wire \
	tests/wire/config_off.wire \
	tests/wire/config_roles.wire \
	tests/wire/decr.wire \
	tests/wire/delete.wire \
	tests/wire/expiry.wire \
	tests/wire/expiry_absolute.wire \
	tests/wire/expiry_negative.wire \
	tests/wire/expiry_step.wire \
	tests/wire/flush_all.wire \
	tests/wire/flush_all_delay.wire \
	tests/wire/flush_all_off.wire \
	tests/wire/gat.wire \
	tests/wire/gats.wire \
	tests/wire/get.wire \
	tests/wire/get_many.wire \
	tests/wire/gets.wire \
	tests/wire/http.wire \
	tests/wire/incr.wire \
	tests/wire/incr_blank.wire \
	tests/wire/incr_keeps_time.wire \
	tests/wire/incr_odd.wire \
	tests/wire/incr_what.wire \
	tests/wire/item_max_large.wire \
	tests/wire/item_max_small.wire \
	tests/wire/keys.wire \
	tests/wire/keys_long.wire \
	tests/wire/keys_long_get.wire \
	tests/wire/keys_long_get_pipelined.wire \
	tests/wire/large_append.wire \
	tests/wire/large_bad_chunk.wire \
	tests/wire/large_pipeline.wire \
	tests/wire/large_values.wire \
	tests/wire/line_ends.wire \
	tests/wire/lines_long.wire \
	tests/wire/lines_long_gat.wire \
	tests/wire/lines_long_keys.wire \
	tests/wire/lru.wire \
	tests/wire/lru_policy.wire \
	tests/wire/lru_crawler.wire \
	tests/wire/lru_crawler_ahead.wire \
	tests/wire/lru_crawler_behind.wire \
	tests/wire/lru_crawler_dead.wire \
	tests/wire/lru_crawler_off.wire \
	tests/wire/ma.wire \
	tests/wire/ma_cas.wire \
	tests/wire/ma_time.wire \
	tests/wire/ma_vivify.wire \
	tests/wire/md.wire \
	tests/wire/md_keep.wire \
	tests/wire/me.wire \
	tests/wire/me_base64.wire \
	tests/wire/meta_and_classic.wire \
	tests/wire/meta_base64.wire \
	tests/wire/meta_base64_grows.wire \
	tests/wire/meta_flags_bad.wire \
	tests/wire/meta_opaque.wire \
	tests/wire/meta_opaque_first.wire \
	tests/wire/mg.wire \
	tests/wire/mg_cas_match.wire \
	tests/wire/mg_flag_order.wire \
	tests/wire/mg_hit_times.wire \
	tests/wire/mg_misses.wire \
	tests/wire/mg_quiet.wire \
	tests/wire/mg_recache.wire \
	tests/wire/mg_touch.wire \
	tests/wire/mg_vivify.wire \
	tests/wire/mn.wire \
	tests/wire/ms.wire \
	tests/wire/ms_append_vivify.wire \
	tests/wire/ms_cas.wire \
	tests/wire/ms_expiry.wire \
	tests/wire/ms_invalidate.wire \
	tests/wire/ms_modes.wire \
	tests/wire/ms_pin.wire \
	tests/wire/ms_quiet.wire \
	tests/wire/no_cas.wire \
	tests/wire/no_evict.wire \
	tests/wire/noreply.wire \
	tests/wire/noreply_errors.wire \
	tests/wire/pipeline.wire \
	tests/wire/prepend.wire \
	tests/wire/quit.wire \
	tests/wire/replace.wire \
	tests/wire/set.wire \
	tests/wire/shutdown.wire \
	tests/wire/shutdown_allowed.wire \
	tests/wire/spaces.wire \
	tests/wire/slabs.wire \
	tests/wire/slabs_off.wire \
	tests/wire/stale.wire \
	tests/wire/stats.wire \
	tests/wire/stats_cachedump.wire \
	tests/wire/stats_conns.wire \
	tests/wire/stats_counters.wire \
	tests/wire/stats_detail.wire \
	tests/wire/stats_errors.wire \
	tests/wire/stats_items.wire \
	tests/wire/stats_lost.wire \
	tests/wire/stats_memory.wire \
	tests/wire/stats_pages.wire \
	tests/wire/stats_policy.wire \
	tests/wire/stats_policy_off.wire \
	tests/wire/stats_reset.wire \
	tests/wire/stats_settings.wire \
	tests/wire/stats_sizes.wire \
	tests/wire/stats_sizes_off.wire \
	tests/wire/stats_slabs.wire \
	tests/wire/too_large.wire \
	tests/wire/too_large_far.wire \
	tests/wire/touch.wire \
	tests/wire/verbosity.wire \
	tests/wire/version.wire \
	tests/wire/watch.wire \
	tests/wire/watch_conns.wire \
	tests/wire/watch_errors.wire \
	tests/wire/watch_limit.wire \
	tests/wire/watch_off.wire \
	tests/wire/watch_pipelined.wire \
	tests/wire/watch_raw.wire

diff_tests = tests/diff/differential.py tests/diff/differential_binary.py

compat_files = tests/compat/README.md tests/compat/client.py tests/compat/compat.py tests/compat/monitored.py \
	tests/compat/secure.py
compat_tests = \
	tests/compat/dalli.rb \
	tests/compat/gomemcache.go \
	tests/compat/libmemcached_tools.py \
	tests/compat/listing.py \
	tests/compat/memcached_tool.py \
	tests/compat/memcapable.py \
	tests/compat/monitoring.py \
	tests/compat/monitoring_binary.py \
	tests/compat/node_clients.js \
	tests/compat/packaged_suites.py \
	tests/compat/perl_clients.pl \
	tests/compat/php_clients.php \
	tests/compat/pylibmc_client.py \
	tests/compat/pylibmc_sasl.py \
	tests/compat/pymemcache_client.py \
	tests/compat/spymemcached.java \
	tests/compat/tls_churn.py \
	tests/compat/tls_conversations.py \
	tests/compat/tls_handshakes.py \
	tests/compat/tls_reload.py \
	tests/compat/tls_sessions.py \
	tests/compat/tls_traffic.py \
	tests/compat/tls_watch.py \
	tests/compat/twemproxy.py \
	tests/upstream/run.sh

# Where the real clients put keys.
client_files = tests/client/README.md tests/client/oracles.py tests/client/ring_vectors tests/client/ring_words.h \
	tests/client/SpyRing.java tests/client/dalli_ring.rb tests/client/pecl_ring.php
client_tests = $(client_quick_tests) tests/client/compressed.py tests/client/each_other.py tests/client/leaks.py tests/client/rings.py
# Of the library alone: seconds, under sanitizers as well.
client_quick_tests = tests/client/examples.py tests/client/library.py tests/client/topology.py tests/client/troubles.py
tools_files = tests/tools/README.md tests/tools/cli.py tests/tools/terminal.py
tools_test_scripts = tests/tools/commands.py tests/tools/completions.py tests/tools/escapes.py tests/tools/streams.py tests/tools/top.py

process_files = tests/process/process.py
process_tests = \
	tests/process/asleep.py \
	tests/process/background.py \
	tests/process/config.py \
	tests/process/cyrus.py \
	tests/process/drop_in.py \
	tests/process/files.py \
	tests/process/limits.py \
	tests/process/listening.py \
	tests/process/log.py \
	tests/process/login_storm.py \
	tests/process/logins.py \
	tests/process/numa.py \
	tests/process/sandbox.py \
	tests/process/pressure.py \
	tests/process/service.py \
	tests/process/stopping.py \
	tests/process/udp.py

# The longest first: others run beside it.
server_stress_tests = \
	tests/stress/size_shift.py \
	tests/stress/cgroup.py \
	tests/stress/dumps.py \
	tests/stress/full_memory.py \
	tests/stress/hostile.py \
	tests/stress/idle_conns.py \
	tests/stress/long_gets.py \
	tests/stress/memlimit.py \
	tests/stress/memory_report.py \
	tests/stress/resident.py \
	tests/stress/nodes.py \
	tests/stress/per_request.py \
	tests/stress/reassign.py \
	tests/stress/unread.py \
	tests/stress/uploads.py \
	tests/stress/watchers.py
store_stress_tests = tests/stress/store_stress tests/stress/walk_stress
stress_tests = $(server_stress_tests) $(store_stress_tests)
tests_stress_store_stress_LDADD = $(slab_libs)
tests_stress_walk_stress_LDADD = $(slab_libs)

# The checker of histories, and what makes them.
linear_tests = tests/linear/histories.py tests/linear/linear.py
linear_programs = tests/linear/judge tests/linear/load
linear_checker = \
	tests/linear/history.c tests/linear/history.h \
	tests/linear/model.c tests/linear/model.h tests/linear/model_internal.h \
	tests/linear/model_read.c \
	tests/linear/model_write.c \
	tests/linear/op.h tests/linear/op_reply.c tests/linear/op_request.c \
	tests/linear/search.c tests/linear/search.h \
	tests/linear/value.c tests/linear/value.h
tests_linear_judge_SOURCES = tests/linear/judge.c $(linear_checker)
tests_linear_judge_LDADD = $(base_libs)
tests_linear_load_SOURCES = tests/linear/load.c \
	tests/linear/disturb.c tests/linear/disturb.h \
	tests/linear/maker.c tests/linear/maker.h \
	tests/linear/peer.c tests/linear/peer.h \
	tests/linear/round.c tests/linear/round.h \
	$(linear_checker)
tests_linear_load_LDADD = $(base_libs)
linear_files = \
	tests/linear/README.md \
	tests/linear/histories/at_once.hist \
	tests/linear/histories/counts.hist \
	tests/linear/histories/deleted.hist \
	tests/linear/histories/duplicate_cas.hist \
	tests/linear/histories/duplicate_cas_after_delete.hist \
	tests/linear/histories/emptied.hist \
	tests/linear/histories/expired_early.hist \
	tests/linear/histories/expired_read.hist \
	tests/linear/histories/expiry_comes_back.hist \
	tests/linear/histories/expiry_unsure.hist \
	tests/linear/histories/falling_cas.hist \
	tests/linear/histories/half_marked.hist \
	tests/linear/histories/half_touched.hist \
	tests/linear/histories/kept_touch.hist \
	tests/linear/histories/long_values.hist \
	tests/linear/histories/lost_append.hist \
	tests/linear/histories/lost_count.hist \
	tests/linear/histories/lost_touch.hist \
	tests/linear/histories/lost_touch_by_count.hist \
	tests/linear/histories/one_compare.hist \
	tests/linear/histories/read_beside_a_set.hist \
	tests/linear/histories/read_going_back.hist \
	tests/linear/histories/recached.hist \
	tests/linear/histories/refused.hist \
	tests/linear/histories/stale_read.hist \
	tests/linear/histories/stale_without_a_winner.hist \
	tests/linear/histories/torn_flags.hist \
	tests/linear/histories/two_compares.hist \
	tests/linear/histories/two_winners.hist \
	tests/linear/histories/vanished.hist \
	tests/linear/histories/vivified.hist \
	tests/linear/histories/vivified_twice.hist \
	tests/linear/histories/winner_of_the_next_number.hist

bench_files = tests/bench/README.md tests/bench/bench.py
bench_plain_tests = \
	tests/bench/files.py \
	tests/bench/load.py \
	tests/bench/replay.py \
	tests/bench/stall.py \
	tests/bench/versus.py \
	tests/bench/wrong.py
bench_run_tests = $(bench_plain_tests) tests/bench/secure.py

lint_tests = \
	tests/lint/check_tree.py \
	tests/lint/format.sh \
	tests/lint/layers.py \
	tests/lint/library.py \
	tests/lint/man.py \
	tests/lint/man_larder.py \
	tests/lint/names.py \
	tests/lint/sample.py

EXTRA_DIST += \
	tests/README.md \
	tests/lint/tree.py $(lint_tests) \
	$(unit_headers) \
	tests/wire/README.md tests/wire/larderd.py tests/wire/checks.py tests/wire/packets.py $(wire_tests) $(wire_files) \
	tests/diff/README.md $(diff_tests) $(compat_files) tests/upstream/differs $(compat_tests) \
	$(client_files) $(client_tests) $(tools_files) $(tools_test_scripts) tests/process/README.md $(process_files) $(process_tests) $(bench_files) $(bench_run_tests) tests/stress/stress.py $(server_stress_tests) \
	$(linear_tests) $(linear_files)

# ---- running them ----------------------------------------------------------

# tests/client/rings.py asks it and the real clients the same.
check_PROGRAMS += tests/client/route_probe
tests_client_route_probe_LDADD = $(route_libs)
# tests/client/library.py and troubles.py let it loose on servers of all kinds.
check_PROGRAMS += tests/client/library_probe
tests_client_library_probe_SOURCES = \
	tests/client/library_probe.c tests/client/library_probe_more.c tests/client/library_probe_wide.c tests/client/probe.h
tests_client_library_probe_LDADD = $(client_libs)
check_PROGRAMS += tests/client/topology_probe
tests_client_topology_probe_SOURCES = tests/client/topology_probe.c tests/client/probe.h
tests_client_topology_probe_LDADD = $(client_libs)
check_PROGRAMS += $(unit_tests) $(store_stress_tests) $(linear_programs)
# What the thread sanitizer is for, and the programs that takes.
threads_tests = $(threaded_tests) $(wire_tests) $(process_tests) $(client_quick_tests) \
	tests/bench/files.py tests/bench/load.py tests/bench/wrong.py tests/tools/top.py $(stress_tests) $(linear_tests)
threads_programs = $(threaded_tests) $(store_stress_tests) $(linear_programs) $(examples_programs) \
	tests/client/library_probe tests/client/route_probe tests/client/topology_probe
built_tests = $(unit_tests) $(fuzz_tests) $(wire_tests) $(diff_tests) $(compat_tests) \
	$(process_tests) $(client_tests) $(tools_test_scripts) $(bench_run_tests) $(stress_tests) $(linear_tests)
TESTS = $(lint_tests) $(built_tests)

# Without Python its tests are skipped, not passed.
TEST_EXTENSIONS = .py .sh .go .java .js .php .pl .rb
if HAVE_PYTHON
PY_LOG_COMPILER = $(PYTHON)
CLIENT_LOG_COMPILER = $(PYTHON) $(srcdir)/tests/compat/client.py
else
PY_LOG_COMPILER = $(SHELL) -c 'exit 77'
CLIENT_LOG_COMPILER = $(PY_LOG_COMPILER)
endif
SH_LOG_COMPILER = $(SHELL)
GO_LOG_COMPILER = $(CLIENT_LOG_COMPILER)
JAVA_LOG_COMPILER = $(CLIENT_LOG_COMPILER)
JS_LOG_COMPILER = $(CLIENT_LOG_COMPILER)
PHP_LOG_COMPILER = $(CLIENT_LOG_COMPILER)
PL_LOG_COMPILER = $(CLIENT_LOG_COMPILER)
RB_LOG_COMPILER = $(CLIENT_LOG_COMPILER)

AM_TESTS_ENVIRONMENT = \
	LARDERD='$(abs_top_builddir)/larderd$(EXEEXT)'; export LARDERD; \
	LARDER_EXAMPLES='$(abs_top_builddir)/examples'; export LARDER_EXAMPLES; \
	LIBRARY_PROBE='$(abs_top_builddir)/tests/client/library_probe$(EXEEXT)'; export LIBRARY_PROBE; \
	TOPOLOGY_PROBE='$(abs_top_builddir)/tests/client/topology_probe$(EXEEXT)'; export TOPOLOGY_PROBE; \
	LARDER='$(abs_top_builddir)/larder$(EXEEXT)'; export LARDER; \
	LINEAR_JUDGE='$(abs_top_builddir)/tests/linear/judge$(EXEEXT)'; export LINEAR_JUDGE; \
	LINEAR_LOAD='$(abs_top_builddir)/tests/linear/load$(EXEEXT)'; export LINEAR_LOAD; \
	ROUTE_PROBE='$(abs_top_builddir)/tests/client/route_probe$(EXEEXT)'; export ROUTE_PROBE; \
	LARDER_BENCH='$(abs_top_builddir)/larder-bench$(EXEEXT)'; export LARDER_BENCH; \
	LARDER_DIFF_SEED=$${LARDER_DIFF_SEED-491836874}; export LARDER_DIFF_SEED; \
	test -z '$(SANITIZE)' || { LARDER_SANITIZED=1; export LARDER_SANITIZED; }; \
	LARDER_CHECKS='$(CHECKS)'; export LARDER_CHECKS; \
	TOP_SRCDIR='$(abs_top_srcdir)'; export TOP_SRCDIR; \
	PYTHONDONTWRITEBYTECODE=1; export PYTHONDONTWRITEBYTECODE;

.PHONY: check-unit check-lint check-wire check-bench check-stress check-built check-threads check-fuzz
check-unit: ; $(MAKE) $(AM_MAKEFLAGS) check TESTS='$(unit_tests) $(fuzz_tests)'
check-lint: ; $(MAKE) $(AM_MAKEFLAGS) check TESTS='$(lint_tests)'
check-wire: ; $(MAKE) $(AM_MAKEFLAGS) check TESTS='$(wire_tests) $(diff_tests) $(compat_tests) $(process_tests) $(client_tests) $(tools_test_scripts)'
check-bench: ; $(MAKE) $(AM_MAKEFLAGS) check TESTS='$(bench_tests) $(bench_run_tests)'
check-stress: ; $(MAKE) $(AM_MAKEFLAGS) check TESTS='$(stress_tests) $(linear_tests)'
# In a build with --enable-fuzz.
check-fuzz: ; $(MAKE) $(AM_MAKEFLAGS) check-TESTS check_PROGRAMS='$(fuzz_programs)' TESTS=tests/fuzz/fuzz.sh
# All but what is true of the tree, however it is built.
check-built: ; $(MAKE) $(AM_MAKEFLAGS) check TESTS='$(built_tests)'
check-threads: ; $(MAKE) $(AM_MAKEFLAGS) check check_PROGRAMS='$(threads_programs)' TESTS='$(threads_tests)'
