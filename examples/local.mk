# examples: built by make check, as a program of somebody else's would be.
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
