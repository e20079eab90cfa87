/* health: see health.h. */
#include "client/conn/health.h"

void
health_failed(struct health *h, const struct config *config, uint64_t now_ns)
{
    uint64_t most = config_ns(config, CONFIG_RETRY_MAX_MS);

    MUST(h->dead_until_ns == 0 || h->back_off_ns > 0);

    if (++h->failures < config_number(config, CONFIG_FAILURES))
        return;
    h->back_off_ns = h->back_off_ns > 0 ? h->back_off_ns * 2 : config_ns(config, CONFIG_RETRY_MS);
    if (h->back_off_ns > most)
        h->back_off_ns = most;
    h->dead_until_ns = now_ns + h->back_off_ns;
}
