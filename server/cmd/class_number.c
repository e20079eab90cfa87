#include "server/cmd/class_number.h"

#include <string.h>

static_assert((int)CLASS_NUMBER_MAX < (int)CLASS_NUMBER_END, "the numbers of groups are good ones");

uint32_t
class_number_at(uint32_t n_classes, uint32_t id)
{
    CHECKED_MUST(id <= n_classes && n_classes <= STORE_CLASSES_MAX);
    if (n_classes <= CLASS_NUMBER_MAX || id == 0)
        return id;
    return (id - 1) * CLASS_NUMBER_MAX / n_classes + 1;
}

uint32_t
class_number_of(const struct store *store, uint32_t id)
{
    return class_number_at(store_n_classes(store), id);
}

uint32_t
class_number_highest(const struct store *store)
{
    uint32_t n = store_n_classes(store);
    return n < CLASS_NUMBER_MAX ? n : CLASS_NUMBER_MAX;
}

static void
add(struct store_class_stats *sum, const struct store_class_stats *c)
{
    sum->chunk_size = c->chunk_size; /* classes are added in rising order of their size */
    sum->chunks_per_page = c->chunks_per_page;
    sum->n_pages += c->n_pages;
    sum->n_chunks += c->n_chunks;
    sum->n_free_chunks += c->n_free_chunks;
    sum->n_items += c->n_items;
    sum->n_bytes += c->n_bytes;
    if (c->age_s > sum->age_s)
        sum->age_s = c->age_s;
    for (int i = 0; i < STORE_N_COUNTERS; i++)
        sum->n[i] += c->n[i];
}

void
class_number_stats(struct store *store, uint32_t number, struct store_class_stats *sum)
{
    uint32_t n = store_n_classes(store);
    memset(sum, 0, sizeof *sum);
    sum->id = number;
    for (uint32_t id = 1; id <= n; id++) {
        struct store_class_stats c;
        if (class_number_at(n, id) != number)
            continue;
        store_class_stats(store, id - 1, &c);
        add(sum, &c);
    }
}

uint32_t
class_number_fullest(struct store *store, uint32_t number)
{
    uint32_t n = store_n_classes(store), fullest = 0;
    uint64_t most = 0;
    for (uint32_t id = 1; id <= n; id++) {
        struct store_class_stats c;
        if (class_number_at(n, id) != number)
            continue;
        store_class_stats(store, id - 1, &c);
        if (c.n_pages < most)
            continue;
        most = c.n_pages;
        fullest = id;
    }
    return fullest;
}
