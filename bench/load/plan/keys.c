#include "bench/load/plan/keys.h"

#include <assert.h>
#include <math.h>

#include "bench/load/options/options.h"

static_assert(OPTIONS_PREFIX_MAX + KEYS_DIGITS_MAX == KEYS_MAX, "every number fits behind every prefix");

void
keys_init(struct keys *k, const struct options *o)
{
    *k = (struct keys){
        .prefix = o->key_prefix,
        .n_prefix = strlen(o->key_prefix),
        .min = o->key_minimum,
        .n = o->key_maximum - o->key_minimum + 1,
    };
    double first = (double)k->min, n = (double)k->n;
    k->middle = OPTION_GIVEN(o, key_median) ? o->key_median : first + (n - 1) / 2;
    k->deviation = OPTION_GIVEN(o, key_stddev) ? o->key_stddev : n / 6;
    zipf_init(&k->zipf, k->n, o->key_zipf_exp);
}

struct keys_place
keys_place(const struct keys *k, char pattern, uint64_t me, uint64_t n_clients)
{
    if (pattern != 'P')
        return (struct keys_place){k->min, k->n, 0};
    uint64_t from = (uint64_t)((unsigned __int128)k->n * me / n_clients);
    uint64_t to = (uint64_t)((unsigned __int128)k->n * (me + 1) / n_clients);
    if (from == to) /* more clients than keys */
        return (struct keys_place){k->min + me % k->n, 1, 0};
    return (struct keys_place){k->min + from, to - from, 0};
}

static uint64_t
next_gaussian(const struct keys *k, struct random *r)
{
    double first = (double)k->min, last = first + (double)(k->n - 1);
    for (int i = 0; i < 1000; i++) {
        double x = nearbyint(k->middle + k->deviation * random_gauss(r));
        if (x >= first && x <= last)
            return k->min + (uint64_t)(x - first);
    }
    return k->middle < first ? k->min : k->min + k->n - 1; /* the bell lies far outside the range */
}

uint64_t
keys_next(const struct keys *k, char pattern, struct keys_place *place, struct random *r)
{
    switch (pattern) {
    case 'R': return k->min + random_below(r, k->n);
    case 'Z': return k->min + zipf_draw(&k->zipf, r) - 1;
    case 'G': return next_gaussian(k, r);
    default: {
        uint64_t number = place->first + place->at;
        place->at = place->at + 1 == place->n ? 0 : place->at + 1;
        return number;
    }
    }
}

unsigned
keys_n_digits(uint64_t number)
{
    unsigned n = 1;
    for (; number >= 10000; number /= 10000)
        n += 4;
    return n + (number >= 10) + (number >= 100) + (number >= 1000);
}

bool
keys_read(const struct keys *k, struct bytes key, uint64_t *number)
{
    if (!bytes_begin_with(key, bytes_of(k->prefix, k->n_prefix)) || key.n == k->n_prefix ||
        key.n > k->n_prefix + KEYS_DIGITS_MAX)
        return false;
    return request_u64(bytes_of(key.p + k->n_prefix, key.n - k->n_prefix), number) &&
           keys_size(k, *number) == key.n && *number - k->min < k->n;
}
