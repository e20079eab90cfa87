#include "server/reload.h"

#include "base/log.h"
#include "server/auth/auth.h"
#include "server/server.h"
#include "server/sharing.h"
#include "server/net/tls.h"

static bool
reload_certificates(struct server *server, char *why, size_t n_why)
{
    return server->tls == NULL || tls_refresh(server->tls, server->options, why, n_why);
}

static bool
reload_users(struct server *server, char *why, size_t n_why)
{
    if (!auth_reload(server->auth, why, n_why))
        return false;
    sharing_apply(server);
    return true;
}

/* A row: its name in the log, and the function that reads it again. */
static const struct reload_row {
    const char *name;
    bool (*read)(struct server *, char *why, size_t n_why);
} rows[] = {
    {"settings", reload_settings},
    {"users", reload_users},
    {"certificates", reload_certificates},
};

void
reload_all(struct server *server)
{
    server_must_be_main_thread(server);
    int n_kept = 0;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char why[RELOAD_WHY_MAX];
        if (rows[i].read(server, why, sizeof why))
            continue;
        LOG(LOG_ERROR, "reload: the %s stay as they were: %s", rows[i].name, why);
        n_kept++;
    }
    if (n_kept == 0)
        LOG(LOG_INFO, "reload: done");
}
