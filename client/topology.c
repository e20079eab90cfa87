/* topology: see topology.h. */
#include "client/topology.h"

#include <stdlib.h>
#include <string.h>

#include "client/larder.h"

#define SOON_NS UINT64_C(1000000000) /* from the last read to one after a server's failure */

/* ---- beginning and end -------------------------------------------------- */

void
topology_must_hold(const struct topology *t)
{
    MUST((t->place != NULL) == (t->kind != SOURCE_LIST));
    MUST((t->scout != NULL) == (t->env != NULL));
    MUST(t->scout == NULL || t->kind == SOURCE_CLUSTER);
    MUST(t->state == TOPOLOGY_IDLE || t->scout != NULL);
    MUST(t->found == NULL || t->state != TOPOLOGY_IDLE);
}

int
topology_init(struct topology *t, const char *text)
{
    const char *place;

    *t = (struct topology){.kind = source_kind_of(text, &place)};
    if (t->kind == SOURCE_LIST)
        return LARDER_OK;
    if (t->kind == SOURCE_CLUSTER && source_check(place) != LARDER_OK)
        return LARDER_BAD_ARGUMENT;
    t->place = strdup(place);
    return t->place != NULL ? LARDER_OK : LARDER_NO_MEMORY;
}

bool
topology_copy(struct topology *to, const struct topology *from)
{
    topology_must_hold(from);
    *to = (struct topology){
        .kind = from->kind, .version = from->version, .due_ns = from->due_ns, .looked_ns = from->looked_ns};
    if (from->kind == SOURCE_LIST)
        return true;
    to->place = strdup(from->place);
    to->list = from->list != NULL ? strdup(from->list) : NULL;
    if (to->place != NULL && (to->list != NULL) == (from->list != NULL))
        return true;
    topology_fini(to);
    return false;
}

void
topology_forget_scout(struct topology *t)
{
    if (t->scout != NULL) {
        conn_fini(t->scout);
        free(t->scout);
        tls_fini(&t->env->tls);
        config_fini(&t->env->config);
        free(t->env);
    }
    free(t->found);
    t->scout = NULL;
    t->env = NULL;
    t->found = NULL;
    t->state = TOPOLOGY_IDLE;
}

void
topology_fini(struct topology *t)
{
    topology_forget_scout(t);
    free(t->place);
    free(t->list);
    *t = (struct topology){0};
}

/* ---- when to read the source --------------------------------------------- */

bool
topology_is_due(const struct topology *t, size_t n_failures, uint64_t now_ns)
{
    return now_ns >= t->due_ns || (n_failures != t->n_failures && now_ns >= t->looked_ns + SOON_NS);
}

uint64_t
topology_due_ns(const struct topology *t, size_t n_failures)
{
    if (t->kind == SOURCE_LIST || t->kind == SOURCE_DNS || t->state == TOPOLOGY_ASKING)
        return UINT64_MAX;
    if (t->state == TOPOLOGY_ANSWERED)
        return 0;
    uint64_t soon_ns = n_failures != t->n_failures ? t->looked_ns + SOON_NS : UINT64_MAX;
    return soon_ns < t->due_ns ? soon_ns : t->due_ns;
}
