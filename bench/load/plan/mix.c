#include "bench/load/plan/mix.h"

static bool
init_values(struct values *v, const struct options *o)
{
    if (o->values != NULL)
        return values_init(v, VALUES_OF_CONTENT, content_of_name(o->values), (unsigned)o->duplicates);
    return values_init(
        v, o->random_data ? VALUES_POOL_RANDOM : VALUES_POOL_OF_TEXT, NULL, (unsigned)o->duplicates);
}

enum mix_result
mix_init(struct mix *m, const struct options *o)
{
    *m = (struct mix){
        .o = o,
        .keys_per_get = o->multi_key_get > 1 ? (uint32_t)o->multi_key_get : 1,
        .n_clients = o->threads * o->clients,
    };
    keys_init(&m->keys, o);
    switch (sizes_init(&m->sizes, o)) {
    case SIZES_OK: break;
    case SIZES_NO_LIST: sizes_fini(&m->sizes); return MIX_NO_LIST;
    case SIZES_NO_MEMORY: return MIX_NO_MEMORY;
    }
    if (init_values(&m->values, o))
        return MIX_OK;
    sizes_fini(&m->sizes);
    return MIX_NO_MEMORY;
}

void
mix_fini(struct mix *m)
{
    values_fini(&m->values);
    sizes_fini(&m->sizes);
}

/* How many requests a client needs to use each of its keys once. */
static uint64_t
requests_for_all_keys(const struct mix *m, const struct mix_client *c)
{
    struct option_ratio r = m->o->ratio;
    uint64_t sets = c->set_place.n, gets = (c->get_place.n + m->keys_per_get - 1) / m->keys_per_get;
    uint64_t rounds_of_sets = r.a > 0 ? (sets + r.a - 1) / r.a : 0;
    uint64_t rounds_of_gets = r.b > 0 ? (gets + r.b - 1) / r.b : 0;
    if (r.a == 0)
        return gets;
    return r.b == 0 ? sets
                    : (r.a + r.b) * (rounds_of_sets > rounds_of_gets ? rounds_of_sets : rounds_of_gets);
}

void
mix_client_init(const struct mix *m, struct mix_client *c, uint64_t me, uint64_t seed, struct random *shared)
{
    *c = (struct mix_client){
        .random = shared,
        .set_place = keys_place(&m->keys, m->o->set_pattern, me, m->n_clients),
        .get_place = keys_place(&m->keys, m->o->get_pattern, me, m->n_clients),
        .left = m->o->requests,
    };
    if (m->o->distinct_client_seed) {
        random_init(&c->own, seed, UINT32_MAX + me);
        c->random = &c->own;
    }
    if (OPTION_GIVEN(m->o, test_time))
        c->left = UINT64_MAX;
    else if (c->left == OPTIONS_ALL_KEYS)
        c->left = requests_for_all_keys(m, c);
}

static uint64_t
draw(struct random *r, struct option_range range)
{
    return range.min == range.max ? range.min : range.min + random_below(r, range.max - range.min + 1);
}

/* Duplicates have the size of their common value, so that they are equal at any distribution of sizes. */
static size_t
size_of(const struct mix *m, uint64_t number, struct random *r)
{
    uint64_t common;
    if (!values_is_duplicate(&m->values, number, &common))
        return sizes_next(&m->sizes, number, r);
    struct random own;
    random_init(&own, common, 0);
    return sizes_next(&m->sizes, m->keys.min + random_below(&own, m->keys.n), &own);
}

static void
next_set(const struct mix *m, struct mix_client *c, struct mix_request *q, uint64_t *number)
{
    *number = keys_next(&m->keys, m->o->set_pattern, &c->set_place, c->random);
    q->ask = ASK_SET;
    q->n_keys = 1;
    q->n_value = size_of(m, *number, c->random);
    q->expiry_s = draw(c->random, m->o->expiry_range);
    if (m->o->wait_ratio.b > 0 && ++c->n_sets >= m->o->wait_ratio.a) {
        c->n_sets = 0;
        c->n_waits = m->o->wait_ratio.b;
    }
}

void
mix_next(const struct mix *m, struct mix_client *c, struct mix_request *q, uint64_t *numbers)
{
    if (c->n_waits > 0) {
        c->n_waits--;
        q->ask = ASK_WAIT;
        q->n_keys = 1;
        q->n_replicas = draw(c->random, m->o->num_slaves);
        q->timeout_ms = draw(c->random, m->o->wait_timeout);
        return;
    }
    struct option_ratio r = m->o->ratio;
    bool is_set = c->at < r.a;
    c->at = c->at + 1 >= r.a + r.b ? 0 : c->at + 1;
    if (is_set) {
        next_set(m, c, q, numbers);
        return;
    }
    q->ask = ASK_GET;
    q->n_keys = m->keys_per_get;
    for (uint32_t i = 0; i < q->n_keys; i++)
        numbers[i] = keys_next(&m->keys, m->o->get_pattern, &c->get_place, c->random);
}
