/* topology: see topology.h. */
#include "client/topology.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "client/handle.h"

#define SOON_NS UINT64_C(1000000000) /* after a failure, but no sooner behind the last look */

/* ---- beginning and end -------------------------------------------------- */

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
    t->state = TOPOLOGY_RESTS;
}

void
topology_fini(struct topology *t)
{
    topology_forget_scout(t);
    free(t->place);
    free(t->list);
    *t = (struct topology){0};
}

/* ---- taking up ---------------------------------------------------------- */

/* Owns `list`. */
static int
take_up(struct larder *l, char *list)
{
    struct topology *t = &l->topology;

    if (t->list != NULL && strcmp(t->list, list) == 0) {
        free(list);
        return LARDER_OK;
    }
    int code = servers_take(l, list);
    if (code != LARDER_OK) {
        snprintf(l->env.why, sizeof l->env.why, "%s: %s", t->place, larder_strerror(code));
        free(list);
        return code;
    }
    free(t->list);
    t->list = list;
    return LARDER_OK;
}

/* ---- the scout ---------------------------------------------------------- */

/* `value` of the answer, or what it is that came instead. */
static void
hear(const struct pending *p, int code, const struct reply *reply, bool last)
{
    struct topology *t = p->arg;

    if (code == LARDER_OK && reply != NULL && reply->status == REPLY_VALUE && t->found == NULL) {
        t->code = source_cluster(reply->value, &t->found_version, &t->found);
        if (t->code != LARDER_OK)
            conn_say(t->scout, "%s",
                t->code == LARDER_PROTOCOL ? "its list of the cluster is none" : larder_strerror(t->code));
        return;
    }
    if (!last)
        return;
    t->state = TOPOLOGY_HEARD;
    /* Without a cluster larderd and memcached answer ERROR, ElastiCache END. */
    if (code != LARDER_OK && code != LARDER_NOT_SUPPORTED) {
        t->code = code;
    } else if (t->code == LARDER_OK && t->found == NULL) {
        conn_say(t->scout, "it knows of no cluster");
        t->code = LARDER_NO_SERVERS;
    }
}

static bool
make_scout(struct larder *l)
{
    struct topology *t = &l->topology;
    const struct target nobody = {0};

    if (t->scout != NULL)
        return true;
    t->env = calloc(1, sizeof *t->env);
    t->scout = malloc(sizeof *t->scout);
    if (t->env == NULL || t->scout == NULL || !config_copy(&t->env->config, &l->env.config)) {
        free(t->env);
        free(t->scout);
        t->env = NULL;
        t->scout = NULL;
        return false;
    }
    t->env->config.dialect = DIALECT_TEXT;
    t->env->config.packing = NULL;
    conn_init(t->scout, t->env, &nobody);
    return true;
}

static unsigned
n_candidates(const struct larder *l)
{
    const char *list = l->topology.place;
    struct target target;
    unsigned n = l->topology.list != NULL ? (unsigned)l->n_conns : 0; /* else they are of another list */

    while (target_next(&list, &target) == LARDER_OK)
        n++;
    return n;
}

static struct target
candidate_of(const struct larder *l, unsigned n)
{
    const char *list = l->topology.place;
    struct target target;

    while (target_next(&list, &target) == LARDER_OK)
        if (n-- == 0)
            return target;
    return l->conns[n]->target;
}

static int
ask_one(struct larder *l, const struct target *target, uint64_t now_ns)
{
    struct topology *t = &l->topology;
    struct ask ask = {.kind = ASK_LINE, .words = BYTES("config get cluster")};
    struct pending p = {
        .sink = hear, .arg = t, .deadline_ns = handle_deadline_ns(l, now_ns), .end = PENDING_TO_END};

    if (t->scout->state == CONN_DOWN || !target_is_same(&t->scout->target, target)) {
        conn_fini(t->scout);
        conn_init(t->scout, t->env, target);
    }
    buffer_in_release(&t->scout->in);
    return conn_ask(t->scout, &ask, NULL, p, now_ns);
}

/*
 * Asks the candidate whose turn it is, or the next that can be asked; once more than
 * there are, for a connection at rest may have been broken.  A code: nobody is
 * left to ask, `code` if nobody could be.
 */
static int
ask_somebody(struct larder *l, int code, uint64_t now_ns)
{
    struct topology *t = &l->topology;
    unsigned n = n_candidates(l);

    if (!make_scout(l))
        return LARDER_NO_MEMORY;
    free(t->found);
    t->found = NULL;
    t->code = LARDER_OK;
    for (; n > 0 && t->n_tried <= n; t->n_tried++, t->candidate++) {
        struct target target = candidate_of(l, t->candidate % n);
        code = ask_one(l, &target, now_ns);
        if (code == LARDER_OK) {
            t->state = TOPOLOGY_ASKS;
            return LARDER_OK;
        }
    }
    memcpy(l->env.why, t->env->why, sizeof l->env.why);
    return code;
}

/* What was HEARD, or who is asked next. */
static int
take_heard(struct larder *l)
{
    struct topology *t = &l->topology;
    char *found = t->found;

    t->state = TOPOLOGY_RESTS;
    if (t->code != LARDER_OK) {
        t->n_tried++;
        t->candidate++;
        return ask_somebody(l, t->code, clock_ns());
    }
    t->found = NULL;
    if (t->list != NULL && t->found_version <= t->version) {
        free(found); /* ours, or that of a server that has not been told of ours yet */
        return LARDER_OK;
    }
    int code = take_up(l, found);
    if (code == LARDER_OK)
        t->version = t->found_version;
    return code;
}

/* ---- looking ------------------------------------------------------------ */

static bool
is_due(const struct larder *l, uint64_t now_ns)
{
    const struct topology *t = &l->topology;

    return now_ns >= t->due_ns || (l->env.n_failures != t->n_failures && now_ns >= t->looked_ns + SOON_NS);
}

static int
begin_look(struct larder *l, uint64_t now_ns)
{
    struct topology *t = &l->topology;
    char *list;
    int code;

    t->looked_ns = now_ns;
    t->due_ns = now_ns + config_ns(&l->env.config, CONFIG_REFRESH_MS);
    t->n_failures = l->env.n_failures;
    t->n_tried = 0;
    if (t->kind == SOURCE_CLUSTER)
        return ask_somebody(l, LARDER_NO_SERVERS, now_ns);
    code = t->kind == SOURCE_FILE ? source_file(t->place, &list, l->env.why, sizeof l->env.why)
                                  : source_dns(t->place, &list, l->env.why, sizeof l->env.why);
    return code == LARDER_OK ? take_up(l, list) : code;
}

void
topology_step(struct larder *l, bool waits)
{
    struct topology *t = &l->topology;
    uint64_t now_ns = clock_ns();

    if (t->state == TOPOLOGY_HEARD)
        (void)take_heard(l); /* larder_why has it */
    if (t->state == TOPOLOGY_RESTS && is_due(l, now_ns) && (waits || t->kind != SOURCE_DNS))
        (void)begin_look(l, now_ns);
}

int
topology_look(struct larder *l)
{
    struct topology *t = &l->topology;

    if (t->kind == SOURCE_LIST)
        return LARDER_OK;
    if (t->state != TOPOLOGY_RESTS)
        topology_forget_scout(t);
    int code = begin_look(l, clock_ns());
    while (t->state != TOPOLOGY_RESTS) {
        if (t->state == TOPOLOGY_HEARD)
            code = take_heard(l);
        else
            core_run(l, -1, false);
    }
    return code;
}

uint64_t
topology_due_ns(const struct larder *l)
{
    const struct topology *t = &l->topology;

    if (t->kind == SOURCE_LIST || t->kind == SOURCE_DNS || t->state == TOPOLOGY_ASKS)
        return UINT64_MAX;
    if (t->state == TOPOLOGY_HEARD)
        return 0;
    uint64_t soon_ns = l->env.n_failures != t->n_failures ? t->looked_ns + SOON_NS : UINT64_MAX;
    return soon_ns < t->due_ns ? soon_ns : t->due_ns;
}
