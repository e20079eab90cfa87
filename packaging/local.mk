# packaging: the files that a distribution installs besides the binaries.
dist_man_MANS = packaging/man/larder.1 packaging/man/larder-bench.1 packaging/man/larderd.1 packaging/man/larder-auth.5 packaging/man/liblarder.3 \
	$(library_pages)

# The pages of liblarder's functions: one page for each group, and links to it for the group's other functions, made from the pages' NAME lines.
library_pages = \
	packaging/man/larder_delete.3 packaging/man/larder_fetch.3 packaging/man/larder_get.3 packaging/man/larder_incr.3 packaging/man/larder_new.3 \
	packaging/man/larder_pool_new.3 packaging/man/larder_servers.3 packaging/man/larder_set.3 packaging/man/larder_stats.3 packaging/man/larder_submit.3
library_links = \
	packaging/man/larder_add.3 packaging/man/larder_append.3 packaging/man/larder_cas.3 packaging/man/larder_clone.3 packaging/man/larder_command.3 \
	packaging/man/larder_count.3 packaging/man/larder_decr.3 packaging/man/larder_flush.3 packaging/man/larder_free.3 packaging/man/larder_gat.3 \
	packaging/man/larder_get_into.3 packaging/man/larder_get_many.3 packaging/man/larder_gets.3 packaging/man/larder_invalidate.3 \
	packaging/man/larder_n_servers.3 packaging/man/larder_option.3 packaging/man/larder_outstanding.3 packaging/man/larder_pollfds.3 \
	packaging/man/larder_pool_free.3 packaging/man/larder_pool_give.3 packaging/man/larder_pool_servers.3 packaging/man/larder_pool_take.3 \
	packaging/man/larder_prepend.3 packaging/man/larder_refresh.3 packaging/man/larder_replace.3 packaging/man/larder_server_alive.3 \
	packaging/man/larder_server_name.3 packaging/man/larder_server_of.3 packaging/man/larder_service.3 packaging/man/larder_set_many.3 \
	packaging/man/larder_strerror.3 packaging/man/larder_touch.3 packaging/man/larder_version.3 packaging/man/larder_why.3
$(library_links): $(library_pages)
	$(AM_V_GEN)$(MKDIR_P) packaging/man && page= && for p in $(library_pages); do \
		if test -f $$p; then f=$$p; else f=$(srcdir)/$$p; fi; \
		$(SED) -n '/^.SH NAME/{n;p;}' $$f | $(GREP) -q '$(@F:.3=)[, ]' && page=`basename $$p`; \
	done; test -n "$$page" && echo ".so man3/$$page" > $@
nodist_man_MANS = $(library_links) packaging/man/larder-stats.5
CLEANFILES += $(library_links) packaging/man/larder-stats.5 packaging/man/larder-stats.rows

# larder-stats(5) describes all statistics, from the rows from which the server makes them: the preprocessor reads the rows, awk writes the page.
stats_rows = server/stats/stats.def server/counters.def slab/counters.def
stats_page = packaging/man/larder-stats.awk packaging/man/larder-stats.def packaging/man/larder-stats.5.in
packaging/man/larder-stats.5: $(stats_rows) $(stats_page)
	$(AM_V_GEN)$(MKDIR_P) packaging/man && \
	$(CC) -E -P -x c -I$(top_srcdir) -include $(top_srcdir)/packaging/man/larder-stats.def $(top_srcdir)/server/stats/stats.def \
		>packaging/man/larder-stats.rows && \
	$(AWK) -f $(top_srcdir)/packaging/man/larder-stats.awk packaging/man/larder-stats.rows $(top_srcdir)/packaging/man/larder-stats.5.in >$@.tmp && \
	mv $@.tmp $@
EXTRA_DIST += $(stats_page)

# Installed as an example, because an upgrade would overwrite a configuration file.  larderd --sample-config writes it; tests/lint/sample.py compares the two.
examplesdir = $(docdir)/examples
dist_examples_DATA = packaging/larderd.conf

# The groups of `stats` in completions: the rows of stats.def, except `stats` without a group and groups that are always empty.
completions = packaging/completions/bash/larder packaging/completions/zsh/_larder packaging/completions/fish/larder.fish
stats_groups = $(SED) -n 's/^@group \([a-z]*\) [A-Z]* [A-Z]* .*/\1/p' packaging/man/larder-stats.rows | \
	$(GREP) -v -x -e general -e cachedump -e extstore | sort | tr '\n' ' ' | $(SED) 's/ $$//'
$(completions): packaging/man/larder-stats.5
	$(AM_V_GEN)$(MKDIR_P) $(@D) && groups=`$(stats_groups)` && test -n "$$groups" && \
	$(SED) "s/@stats_groups@/$$groups/" $(top_srcdir)/$@.in >$@.tmp && mv $@.tmp $@
packaging/completions/bash/larder: packaging/completions/bash/larder.in
packaging/completions/zsh/_larder: packaging/completions/zsh/_larder.in
packaging/completions/fish/larder.fish: packaging/completions/fish/larder.fish.in
CLEANFILES += $(completions)
EXTRA_DIST += packaging/completions/bash/larder.in packaging/completions/zsh/_larder.in packaging/completions/fish/larder.fish.in
bashcompletionsdir = $(datadir)/bash-completion/completions
bashcompletions_DATA = packaging/completions/bash/larder
zshcompletionsdir = $(datadir)/zsh/site-functions
zshcompletions_DATA = packaging/completions/zsh/_larder
fishcompletionsdir = $(datadir)/fish/vendor_completions.d
fishcompletions_DATA = packaging/completions/fish/larder.fish

pkgconfigdir = $(libdir)/pkgconfig
pkgconfig_DATA = packaging/larder.pc packaging/liblarder.pc

# Only make knows the full path of bindir, so make writes the unit, not configure.
packaging/systemd/larderd.service: packaging/systemd/larderd.service.in Makefile
	$(AM_V_GEN)$(MKDIR_P) packaging/systemd && \
	$(SED) 's|@bindir[@]|$(bindir)|' $(srcdir)/packaging/systemd/larderd.service.in > $@
noinst_DATA = packaging/systemd/larderd.service
if INSTALL_UNIT
systemdsystemunit_DATA = packaging/systemd/larderd.service packaging/systemd/larderd.socket
endif
CLEANFILES += packaging/systemd/larderd.service
EXTRA_DIST += packaging/README.md packaging/systemd/larderd.service.in packaging/systemd/larderd.socket
