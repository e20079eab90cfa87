/* The store: init, tick and free. */
#include "slab/store.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "slab/core/flush.h"
#include "slab/core/forms.h"
#include "slab/form/cold.h"
#include "slab/form/pack_always.h"
#include "slab/form/promote.h"
#include "slab/form/share.h"
#include "slab/form/share_always.h"
#include "slab/reclaim/mover.h"
#include "slab/core/store_thread.h"

enum { ITEM_MAX_LIMIT = 1 << 30, ITEM_MIN_DEFAULT = 16 };

struct store_options
store_defaults(void)
{
    return (struct store_options){
        .limit = (size_t)64 << 20,
        .item_max = 1 << 20,
        .growth = 1.08,
        .item_min = ITEM_MIN_DEFAULT,
        .evict = true,
        .shadow = 128,
        .pin_pct = 10,
        .numa = true,
        .compression = STORE_COMPRESSION_OFF,
        .compression_cpu = 5,
        .n_workers = 1,
        .background = true,
        .backing = STORE_PRIVATE,
    };
}

static bool
options_are_valid(const struct store_options *o, char *why, size_t n_why)
{
    const char *invalid = NULL;
    if (o->limit < STORE_LIMIT_MIN)
        invalid = "the memory limit is below 1 MiB";
    else if (o->item_max > ITEM_MAX_LIMIT || o->item_max > o->limit / 2)
        invalid = "the largest item may be half the memory limit, and 1 GiB";
    else if (!(o->growth > 1.0 && o->growth <= 64))
        invalid = "the growth factor must be above 1 and at most 64";
    else if (o->item_min < 1 || o->item_min > 4096)
        invalid = "the smallest chunk must hold 1 to 4096 bytes";
    if (invalid != NULL)
        snprintf(why, n_why, "%s", invalid);
    return invalid == NULL;
}

static bool
init_counters(struct store *store)
{
    store->retired_counters = calloc(store->classes.n + 1, sizeof *store->retired_counters);
    store->baseline = calloc(store->classes.n + 1, sizeof *store->baseline);
    store->retired_forms = calloc(1, sizeof *store->retired_forms);
    return store->retired_counters != NULL && store->baseline != NULL && store->retired_forms != NULL;
}

struct store *
store_new(const struct store_options *o, char *why, size_t n_why)
{
    if (!options_are_valid(o, why, n_why))
        return NULL;
    struct store *store = aligned_alloc(64, (sizeof *store + 63) & ~(size_t)63);
    if (store == NULL)
        goto no_memory;
    memset(store, 0, sizeof *store);
    store->magic = STORE_MAGIC;
    store->options = *o;
    atomic_init(&store->limit, o->limit);
    atomic_init(&store->flush_unswept_s, 0);
    size_t ghosts = o->evict ? ghost_size(o->limit) : 0;
    size_t most_ghosts = o->evict ? ghost_size(o->limit_max) : 0;
    struct arena_options ao = {
        .limit = o->limit - ghosts,
        .limit_max = o->limit_max > o->limit ? o->limit_max - most_ghosts : 0,
        .backing = (enum arena_backing)o->backing,
        .path = o->path,
        .one_node = !o->numa,
        .huge_pages = o->huge_pages,
        .lock_memory = o->lock_memory,
    };
    if (!arena_init(&store->arena, &ao, why, n_why))
        goto free_store;
    if (!class_set_init(&store->classes, &store->arena, o->growth, sizeof(struct item) + o->item_min))
        goto fini_arena;
    if (!index_init(&store->index, &store->arena) || !init_counters(store) ||
        !ghost_init(&store->ghosts, ghosts, most_ghosts))
        goto fini_classes;
    epoch_init(&store->epoch);
    cutoff_init(&store->cutoff, CUTOFF_SHARE);
    if (!shadow_init(&store->shadow, o->shadow, o->limit))
        goto fini_cutoff;
    atomic_init(&store->policy, (uint8_t)o->policy);
    atomic_init(&store->pin_pct, o->pin_pct);
    lock_init(&store->threads_lock, LOCK_LEAF);
    atomic_store(&arena_superblock(&store->arena)->seq, SEQ_BLOCK);
    arena_beat(&store->arena);
    dictionary_init(&store->dictionaries, &store->arena);
    if (!cold_init(store) || !share_init(store) || !promote_init(store))
        goto fini_shadow;
    store->packs_always = pack_always_wanted();
    store->shares_always = share_always_wanted();
    if (o->background && !mover_start(store))
        goto fini_shadow;
    return store;

fini_shadow:
    promote_fini(store);
    share_fini(store);
    cold_fini(store);
    dictionary_fini(&store->dictionaries);
    lock_fini(&store->threads_lock);
    shadow_fini(&store->shadow);
fini_cutoff:
    cutoff_fini(&store->cutoff);
    ghost_fini(&store->ghosts);
    index_fini(&store->index);
fini_classes:
    free(store->retired_counters);
    free(store->retired_forms);
    free(store->baseline);
    class_set_fini(&store->classes);
fini_arena:
    arena_fini(&store->arena);
    snprintf(why, n_why, "out of memory");
free_store:
    free(store);
    return NULL;
no_memory:
    snprintf(why, n_why, "out of memory");
    return NULL;
}

void
store_free(struct store **ps)
{
    struct store *store = *ps;
    *ps = NULL;
    if (store == NULL)
        return;
    store_must_be(store);
    mover_stop(store);
#ifdef LARDER_CHECKS_FULL
    char why[256];
    if (!store_check(store, why, sizeof why))
        must_fail(why, __FILE__, __LINE__, __func__);
#endif
    for (int i = 0; i < EPOCH_RECORDS; i++)
        MUST(atomic_load_explicit(&store->threads[i], memory_order_relaxed) == NULL);
    ghost_fini(&store->ghosts);
    shadow_fini(&store->shadow);
    cutoff_fini(&store->cutoff);
    lock_fini(&store->threads_lock);
    index_fini(&store->index);
    free(store->retired_counters);
    free(store->retired_forms);
    free(store->baseline);
    class_set_fini(&store->classes);
    promote_fini(store);
    share_fini(store);
    cold_fini(store);
    dictionary_fini(&store->dictionaries);
    arena_fini(&store->arena);
    store->magic = 0;
    free(store);
}

void
store_tick(struct store *store)
{
    store_must_be(store);
    arena_beat(&store->arena);
    flush_if_due(store);
    mover_tick(store);
}
