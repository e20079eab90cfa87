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

char *
keys_write_number(char *at, uint64_t number)
{
    static const char pairs[] =
        "0001020304050607080910111213141516171819202122232425262728293031323334353637383940414243444"
        "54647484950515253545556575859606162636465666768697071727374757677787980818283848586878889"
        "90919293949596979899";
    char *end = at + keys_n_digits(number), *p = end;
    for (; number >= 100; number /= 100)
        memcpy(p -= 2, pairs + number % 100 * 2, 2);
    if (number >= 10)
        memcpy(p - 2, pairs + number * 2, 2);
    else
        p[-1] = (char)('0' + number);
    return end;
}

bool
keys_read(const struct keys *k, struct bytes key, uint64_t *number)
{
    if (!bytes_begin_with(key, bytes_of(k->prefix, k->n_prefix)) || key.n == k->n_prefix ||
        key.n > k->n_prefix + KEYS_DIGITS_MAX)
        return false;
    uint64_t value = 0;
    for (size_t i = k->n_prefix; i < key.n; i++) {
        unsigned digit = (unsigned char)key.p[i] - '0';
        if (digit > 9 || __builtin_mul_overflow(value, 10, &value) ||
            __builtin_add_overflow(value, digit, &value))
            return false;
    }
    *number = value;
    return keys_size(k, value) == key.n && value - k->min < k->n;
}
