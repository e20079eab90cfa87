/* rights: see rights.h. */
#include "server/rights.h"

#include <assert.h>

static_assert(RIGHTS_N == 5, "rights_tables has a table for each");

/* For each effect a table has the command's own function or another one. */
#define ALL_NONE(does)                cmd_##does
#define ALL_LOOKS(does)               cmd_##does
#define ALL_READS(does)               cmd_##does
#define ALL_READS_OR_WRITES(does)     cmd_##does
#define ALL_WRITES(does)              cmd_##does
#define ALL_ADMINS(does)              cmd_##does
#define ALL_LOGS_IN(does)             cmd_##does

#define WRITE_NONE(does)              cmd_##does
#define WRITE_LOOKS(does)             cmd_##does##_only
#define WRITE_READS(does)             cmd_##does
#define WRITE_READS_OR_WRITES(does)   cmd_##does
#define WRITE_WRITES(does)            cmd_##does
#define WRITE_ADMINS(does)            cmd_forbidden
#define WRITE_LOGS_IN(does)           cmd_##does

#define READ_NONE(does)               cmd_##does
#define READ_LOOKS(does)              cmd_##does##_only
#define READ_READS(does)              cmd_##does
#define READ_READS_OR_WRITES(does)    cmd_##does##_only
#define READ_WRITES(does)             cmd_forbidden
#define READ_ADMINS(does)             cmd_forbidden
#define READ_LOGS_IN(does)            cmd_##does

#define MONITOR_NONE(does)            cmd_##does
#define MONITOR_LOOKS(does)           cmd_##does##_only
#define MONITOR_READS(does)           cmd_forbidden
#define MONITOR_READS_OR_WRITES(does) cmd_forbidden
#define MONITOR_WRITES(does)          cmd_forbidden
#define MONITOR_ADMINS(does)          cmd_forbidden
#define MONITOR_LOGS_IN(does)         cmd_##does

#define BEFORE_NONE(does)             cmd_before_login
#define BEFORE_LOOKS(does)            cmd_before_login
#define BEFORE_READS(does)            cmd_before_login
#define BEFORE_READS_OR_WRITES(does)  cmd_before_login
#define BEFORE_WRITES(does)           cmd_before_login
#define BEFORE_ADMINS(does)           cmd_before_login
#define BEFORE_LOGS_IN(does)          cmd_##does

const struct cmd_tables rights_tables = {
    .of = {
        [RIGHTS_ALL] =
            {
#define CMD(kind, word, shape, effects, body, does) [CMD_##kind] = ALL_##effects(does),
#include "proto/commands.def"
#undef CMD
            },
        [RIGHTS_WRITE] =
            {
#define CMD(kind, word, shape, effects, body, does) [CMD_##kind] = WRITE_##effects(does),
#include "proto/commands.def"
#undef CMD
            },
        [RIGHTS_READ] =
            {
#define CMD(kind, word, shape, effects, body, does) [CMD_##kind] = READ_##effects(does),
#include "proto/commands.def"
#undef CMD
            },
        [RIGHTS_MONITOR] =
            {
#define CMD(kind, word, shape, effects, body, does) [CMD_##kind] = MONITOR_##effects(does),
#include "proto/commands.def"
#undef CMD
            },
        [RIGHTS_BEFORE_LOGIN] =
            {
                [CMD_NONE] = cmd_before_login, /* an invalid request is refused like all others */
#define CMD(kind, word, shape, effects, body, does) [CMD_##kind] = BEFORE_##effects(does),
#include "proto/commands.def"
#undef CMD
            },
    }};
