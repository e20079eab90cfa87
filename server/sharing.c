#include "server/sharing.h"

#include "base/log.h"
#include "server/auth/auth.h"
#include "server/memory/memory_limit.h"
#include "server/options/options.h"
#include "server/server.h"
#include "slab/store.h"

enum { SHARE_ON, SHARE_OFF }; /* the words of the option */

void
sharing_apply(struct server *server)
{
    server_must_be_main_thread(server);
    bool wanted = OPTION_NOW(server->options, share) == SHARE_ON;
    bool refused = wanted && auth_rights_differ(server->auth);
    if (refused)
        LOG(LOG_INFO, "equal values are not shared, because users have different rights");
    store_set_share(server->store, wanted && !refused);
    /* The engine needs more memory beside its limit, or less. */
    if (!memory_limit_configure(server->memory, memory_limit_configured(server->memory)))
        LOG(LOG_WARN, "the memory for items stays as it was");
}
