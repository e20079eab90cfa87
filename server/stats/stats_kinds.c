/* stats kinds: the kinds of keys whose values have a dictionary of their own. */
#include "base/text/uri.h"
#include "server/options/options.h"
#include "server/server.h"
#include "server/stats/stats_groups.h"
#include "slab/store.h"

struct source {
    const struct store_kind *kind;
};

#define STATS_OF_kinds STATS_OF_THIS_FILE
#include "server/stats/stats_fill.h"

void
stats_kinds(const struct stats_ask *ask)
{
    if (OPTION_NOW(ask->ctx->server->options, no_dump)) {
        stats_refuse(ask, BYTES("CLIENT_ERROR stats kinds not allowed"));
        return;
    }
    struct store_kind kinds[STORE_KINDS_MAX];
    size_t n = store_kinds(ask->ctx->server->store, kinds);
    for (size_t i = 0; i < n; i++) {
        char instance[URI_ENCODED_MAX(STORE_KIND_TEXT_MAX) + 1];
        struct source s = {&kinds[i]};
        *uri_encode(instance, bytes_of(kinds[i].text, strlen(kinds[i].text))) = '\0';
        fill(ask->list, STAT_FAMILY_kinds_KIND, instance, &s);
    }
}
