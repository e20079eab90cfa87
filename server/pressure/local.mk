# server/pressure: its part of the sources of server.
server_libserver_a_SOURCES += \
	server/pressure/pressure.c server/pressure/pressure.h \
	server/pressure/pressure_command.c server/pressure/pressure_command.h \
	server/pressure/pressure_level.c server/pressure/pressure_level.h
