# packaging: what a distribution installs besides the binary.
dist_man_MANS = packaging/man/larder.1 packaging/man/larder-bench.1 packaging/man/larderd.1 packaging/man/larder-auth.5 packaging/man/liblarder.3

# An example, not a configuration that an upgrade would write over.  Made by larderd --sample-config; tests/lint/sample.py compares.
examplesdir = $(docdir)/examples
dist_examples_DATA = packaging/larderd.conf

bashcompletionsdir = $(datadir)/bash-completion/completions
dist_bashcompletions_DATA = packaging/completions/bash/larder
zshcompletionsdir = $(datadir)/zsh/site-functions
dist_zshcompletions_DATA = packaging/completions/zsh/_larder
fishcompletionsdir = $(datadir)/fish/vendor_completions.d
dist_fishcompletions_DATA = packaging/completions/fish/larder.fish

pkgconfigdir = $(libdir)/pkgconfig
pkgconfig_DATA = packaging/larder.pc packaging/liblarder.pc

# bindir is only known in full when make runs, so the unit is made here and not by configure.
packaging/systemd/larderd.service: packaging/systemd/larderd.service.in Makefile
	$(AM_V_GEN)$(MKDIR_P) packaging/systemd && \
	$(SED) 's|@bindir[@]|$(bindir)|' $(srcdir)/packaging/systemd/larderd.service.in > $@
noinst_DATA = packaging/systemd/larderd.service
if INSTALL_UNIT
systemdsystemunit_DATA = packaging/systemd/larderd.service packaging/systemd/larderd.socket
endif
CLEANFILES += packaging/systemd/larderd.service
EXTRA_DIST += packaging/README.md packaging/systemd/larderd.service.in packaging/systemd/larderd.socket
