# examples: built by make check in the same way as programs outside this tree.
examples_programs = examples/event_loop examples/pool examples/read_through examples/tour
check_PROGRAMS += $(examples_programs)
examples_event_loop_CPPFLAGS = -I$(top_srcdir)/client $(LIBEVENT_CFLAGS)
examples_event_loop_LDADD = client/liblarder.la $(LIBEVENT_LIBS)
examples_pool_CPPFLAGS = -I$(top_srcdir)/client
examples_pool_LDADD = client/liblarder.la
examples_read_through_CPPFLAGS = -I$(top_srcdir)/client
examples_read_through_LDADD = client/liblarder.la
examples_tour_CPPFLAGS = -I$(top_srcdir)/client
examples_tour_LDADD = client/liblarder.la
EXTRA_DIST += examples/README.md
