/* refresh: see refresh.h. */
#include "client/refresh.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "client/source.h"

/* ---- replacing the servers ----------------------------------------------- */

/* Keeps or frees `list`. */
static int
use_list(struct larder *l, char *list)
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

/* Reads the list from the answer's value, or records the error that came instead. */
static void
on_reply(const struct pending *p, int code, const struct reply *reply, bool last)
{
    struct topology *t = p->arg;

    if (code == LARDER_OK && reply != NULL && reply->status == REPLY_VALUE && t->found == NULL) {
        t->code = source_cluster(reply->value, &t->found_version, &t->found);
        if (t->code != LARDER_OK)
            conn_set_why(t->scout, "%s",
                t->code == LARDER_PROTOCOL ? "the list of the cluster's servers is invalid"
                                           : larder_strerror(t->code));
        return;
    }
    if (!last)
        return;
    MUST(t->state == TOPOLOGY_ASKING);
    t->state = TOPOLOGY_ANSWERED;
    /* A server without a cluster answers ERROR (larderd, memcached) or END (ElastiCache). */
    if (code != LARDER_OK && code != LARDER_NOT_SUPPORTED) {
        t->code = code;
    } else if (t->code == LARDER_OK && t->found == NULL) {
        conn_set_why(t->scout, "the server has no list of a cluster");
        t->code = LARDER_NO_SERVERS;
    }
}

static bool
make_scout(struct larder *l)
{
    struct topology *t = &l->topology;
    const struct target no_target = {0};

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
    conn_init(t->scout, t->env, &no_target);
    return true;
}

static unsigned
n_candidates(const struct larder *l)
{
    const char *list = l->topology.place;
    struct target target;
    unsigned n = l->topology.list != NULL ? (unsigned)l->n_conns : 0; /* else they are of another source */

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
    MUST(n < l->n_conns);
    return l->conns[n]->target;
}

static int
ask_one(struct larder *l, const struct target *target, uint64_t now_ns)
{
    struct topology *t = &l->topology;
    struct ask ask = {.kind = ASK_LINE, .words = BYTES("config get cluster")};
    struct pending p = {
        .sink = on_reply, .arg = t, .deadline_ns = handle_deadline_ns(l, now_ns), .end = PENDING_TO_END};

    if (t->scout->state == CONN_DOWN || !target_is_same(&t->scout->target, target)) {
        conn_fini(t->scout);
        conn_init(t->scout, t->env, target);
    }
    buffer_in_release(&t->scout->in);
    return conn_ask(t->scout, &ask, NULL, p, now_ns);
}

/*
 * Asks the candidate whose turn it is, or the next one that can be asked.  It makes one
 * attempt more than there are candidates, because an idle connection may be broken.
 * Returns the last error, or `code` if there was no attempt.
 */
static int
ask_candidate(struct larder *l, int code, uint64_t now_ns)
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
            t->state = TOPOLOGY_ASKING;
            return LARDER_OK;
        }
    }
    memcpy(l->env.why, t->env->why, sizeof l->env.why);
    return code;
}

/* When the scout has an answer: uses its list, or asks the next candidate. */
static int
use_answer(struct larder *l)
{
    struct topology *t = &l->topology;
    char *found = t->found;

    MUST(t->state == TOPOLOGY_ANSWERED);
    t->state = TOPOLOGY_IDLE;
    if (t->code != LARDER_OK) {
        t->n_tried++;
        t->candidate++;
        return ask_candidate(l, t->code, clock_ns());
    }
    MUST(found != NULL);
    t->found = NULL;
    if (t->list != NULL && t->found_version <= t->version) {
        free(found); /* the list in use, or an older one from a server that does not have the newest yet */
        return LARDER_OK;
    }
    int code = use_list(l, found);
    if (code == LARDER_OK)
        t->version = t->found_version;
    return code;
}

/* ---- reading the source -------------------------------------------------- */

static int
begin_look(struct larder *l, uint64_t now_ns)
{
    struct topology *t = &l->topology;
    char *list;
    int code;

    MUST(t->kind != SOURCE_LIST && t->state == TOPOLOGY_IDLE);
    t->looked_ns = now_ns;
    t->due_ns = now_ns + config_ns(&l->env.config, CONFIG_REFRESH_MS);
    t->n_failures = l->env.n_failures;
    t->n_tried = 0;
    if (t->kind == SOURCE_CLUSTER)
        return ask_candidate(l, LARDER_NO_SERVERS, now_ns);
    code = t->kind == SOURCE_FILE ? source_file(t->place, &list, l->env.why, sizeof l->env.why)
                                  : source_dns(t->place, &list, l->env.why, sizeof l->env.why);
    return code == LARDER_OK ? use_list(l, list) : code;
}

void
refresh_step(struct larder *l, bool waits)
{
    struct topology *t = &l->topology;
    uint64_t now_ns = clock_ns();

    topology_must_hold(t);
    if (t->state == TOPOLOGY_ANSWERED)
        (void)use_answer(l); /* larder_why has the error */
    if (t->state == TOPOLOGY_IDLE && topology_is_due(t, l->env.n_failures, now_ns) &&
        (waits || t->kind != SOURCE_DNS))
        (void)begin_look(l, now_ns);
}

int
refresh_look(struct larder *l)
{
    struct topology *t = &l->topology;

    if (t->kind == SOURCE_LIST)
        return LARDER_OK;
    if (t->state != TOPOLOGY_IDLE)
        topology_forget_scout(t);
    int code = begin_look(l, clock_ns());
    while (t->state != TOPOLOGY_IDLE) {
        topology_must_hold(t);
        if (t->state == TOPOLOGY_ANSWERED)
            code = use_answer(l);
        else
            core_run(l, -1, false);
    }
    return code;
}

/* ---- larder.h ----------------------------------------------------------- */

int
larder_refresh(struct larder *l)
{
    core_release(l);
    return refresh_look(l);
}

int
larder_servers(struct larder *l, const char *text)
{
    handle_must_be(l);
    struct topology before = l->topology, now;
    int code = topology_init(&now, text);

    if (code != LARDER_OK)
        return code;
    if (l->polled == NULL && !servers_make_room(l)) {
        topology_fini(&now);
        return LARDER_NO_MEMORY;
    }
    core_release(l);
    l->topology = now;
    code = now.kind == SOURCE_LIST ? servers_take(l, text) : refresh_look(l);
    if (code == LARDER_OK) {
        topology_fini(&before);
    } else {
        topology_fini(&l->topology);
        l->topology = before;
    }
    return code;
}
