#include "server/reload.h"

#include "base/log.h"
#include "server/auth.h"
#include "server/server.h"
#include "server/tls.h"

static bool
reload_certificates(struct server *server, char *why, size_t n_why)
{
    return server->tls == NULL || tls_refresh(server->tls, server->options, why, n_why);
}

static bool
reload_users(struct server *server, char *why, size_t n_why)
{
    return auth_reload(server->auth, why, n_why);
}

/* A row: what the log calls it, and the function that reads it again. */
static const struct reload_row {
    const char *name;
    bool (*read)(struct server *, char *why, size_t n_why);
} rows[RELOAD_N_PARTS] = {
    [RELOAD_SETTINGS] = {"settings", reload_settings},
    [RELOAD_USERS] = {"users", reload_users},
    [RELOAD_CERTIFICATES] = {"certificates", reload_certificates},
};

bool
reload_one(struct server *server, enum reload_part part, char *why, size_t n_why)
{
    struct reload *r = server->reload;
    lock_take(&r->lock);
    bool ok = rows[part].read(server, why, n_why);
    lock_give(&r->lock);
    return ok;
}

void
reload_all(struct server *server)
{
    int n_kept = 0;
    for (int part = 0; part < RELOAD_N_PARTS; part++) {
        char why[RELOAD_WHY_MAX];
        if (reload_one(server, (enum reload_part)part, why, sizeof why))
            continue;
        LOG(LOG_ERROR, "reload: the %s stay as they were: %s", rows[part].name, why);
        n_kept++;
    }
    if (n_kept == 0)
        LOG(LOG_INFO, "reload: done");
}
