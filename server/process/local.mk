# server/process: its part of the sources of server.
server_libserver_a_SOURCES += \
	server/process/aside.c server/process/aside.h \
	server/process/daemon.c server/process/daemon.h \
	server/process/privileges.c server/process/privileges.h \
	server/process/sandbox.c server/process/sandbox.h \
	server/process/service.c server/process/service.h
