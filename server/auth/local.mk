# server/auth: its part of the sources of server.
server_libserver_a_SOURCES += \
	server/auth/auth.c server/auth/auth.h \
	server/auth/checker.c server/auth/checker.h \
	server/auth/cyrus.h \
	server/auth/password.c server/auth/password.h \
	server/auth/password_input.c server/auth/password_input.h \
	server/auth/peer_queue.c server/auth/peer_queue.h \
	server/auth/role.c server/auth/role.h \
	server/auth/users.c server/auth/users.h \
	server/auth/users_internal.h \
	server/auth/users_read.c
