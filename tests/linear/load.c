/*
 * load: plays rounds against a server, and checks the history of each.
 *
 *     load ADDRESS [--rounds N] [--seconds N] [--strict] [--tight] [--limit MIB]
 *                  [--threads N] [--clients N] [--seed N] [--out DIR] [--go-on] [--quiet-server]
 *
 * --strict: no item may vanish.  Without it an item may vanish if that explains the
 * replies.  --tight: the server evicts, so a round pins its item where it must
 * not vanish, and the server may refuse commands that need memory.  A history that is
 * not linearizable is written to DIR, and ends the program with exit status 1;
 * --go-on: only after the last round.  --quiet-server: no other load on the server.
 */
#include <getopt.h>
#include <inttypes.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/clock.h"
#include "base/must.h"
#include "tests/linear/disturb.h"
#include "tests/linear/round.h"
#include "tests/linear/search.h"

enum {
    THREADS_MAX = 8,
    HOT_KEYS = 3,     /* of each thread */
    EXPIRY_KEYS = 12, /* rounds that sleep at the same time */
    EXPIRY_PHASES = 4,
    EXPIRY_CLIENTS = 4,
    VANISH_MAX = 12,
    PATH_BYTES = 512,
};

static struct {
    const char *address, *out;
    uint64_t rounds, seed, end_ns; /* 0: none */
    unsigned limit_mib;
    int threads, clients;
    bool strict, tight, go_on, quiet_server;
} options = {.out = ".", .limit_mib = 64, .threads = 2, .clients = ROUND_CLIENTS, .seed = 1};

/* Totals over all threads. */
static struct {
    atomic_bool stop;
    _Atomic uint64_t rounds, of_theme[MAKER_THEMES], ops, visited, vanished, gave_up, clock_lost, wrong;
    _Atomic uint64_t answers[ANSWER_NO_MEMORY + 1], won, stale, token_sent;
} did;

static void
add(_Atomic uint64_t *n, uint64_t much)
{
    atomic_fetch_add_explicit(n, much, memory_order_relaxed);
}

static bool
is_over(void)
{
    return atomic_load_explicit(&did.stop, memory_order_relaxed) ||
           (options.rounds != 0 &&
               atomic_load_explicit(&did.rounds, memory_order_relaxed) >= options.rounds) ||
           (options.end_ns != 0 && clock_ns() >= options.end_ns);
}

/* ---- checking --------------------------------------------------------------- */

static void
count_answers(const struct history *h)
{
    for (int i = 0; i < h->n; i++) {
        const struct op *op = &h->ops[i];
        add(&did.answers[op->answer], 1);
        add(&did.won, op_shown(op, 'W') != NULL);
        add(&did.stale, op_shown(op, 'X') != NULL);
        add(&did.token_sent, op_shown(op, 'Z') != NULL);
    }
    add(&did.ops, (uint64_t)h->n);
}

static void
report(const struct search *s, const struct round *r, uint64_t number)
{
    char path[PATH_BYTES];
    const char *theme = maker_theme_name(r->maker.theme);
    snprintf(
        path, sizeof path, "%s/%s-%" PRIu64 "-%" PRIu64 ".hist", options.out, theme, options.seed, number);
    FILE *f = fopen(path, "w");
    FILE *to[2] = {stderr, f};
    for (int i = 0; i < 2; i++) {
        if (to[i] == NULL || (i == 0 && options.go_on))
            continue;
        fprintf(to[i], "# Round %" PRIu64 ", theme %s: not linearizable.\n", number, theme);
        history_write(&r->history, to[i]);
        search_explain(s, &r->history, to[i]);
    }
    if (f != NULL)
        fclose(f);
    fprintf(stderr, "round %" PRIu64 ", theme %s: not linearizable: %s\n", number, theme, path);
}

static void
judge(struct search *s, struct round *r)
{
    int vanish = 0, most = options.strict ? 0 : VANISH_MAX;
    uint64_t number = atomic_fetch_add_explicit(&did.rounds, 1, memory_order_relaxed);
    r->history.tight = options.tight;
    add(&did.of_theme[r->maker.theme], 1);
    count_answers(&r->history);
    if (r->clock_lost) {
        add(&did.clock_lost, 1);
        return;
    }
    enum search_result result;
    do {
        result = search_order(s, &r->history, vanish);
        add(&did.visited, search_visited(s));
    } while (result == SEARCH_NONE && vanish++ < most);
    add(&did.vanished, result == SEARCH_FOUND && vanish > 0);
    add(&did.gave_up, result == SEARCH_GAVE_UP);
    if (result != SEARCH_NONE)
        return;
    report(s, r, number);
    add(&did.wrong, 1);
    if (!options.go_on)
        atomic_store(&did.stop, true);
}

/* ---- players ------------------------------------------------------------------ */

struct player {
    int number;
    pthread_t thread;
};

static struct maker
new_maker(int number)
{
    return (struct maker){.pinned = options.tight && options.strict,
        .random = (options.seed * UINT64_C(0x9E3779B97F4A7C15)) ^
                  (uint64_t)(number + 1) * UINT64_C(0xD1B54A32D192ED03)};
}

/* Plays one round after another. */
static void *
play_short(void *arg)
{
    const struct player *player = arg;
    struct round_clients *clients = malloc(sizeof *clients);
    struct round *round = calloc(1, sizeof *round);
    struct search *search = search_new();
    char key[32];
    MUST(clients != NULL && round != NULL);
    snprintf(key, sizeof key, "clock%d", player->number);
    round_connect(clients, options.address, options.clients, key, options.tight);
    round->maker = new_maker(player->number);
    for (uint64_t i = 0; !is_over(); i++) {
        enum maker_theme theme = (enum maker_theme)(maker_random(&round->maker) % MAKER_EXPIRY);
        int each = theme == MAKER_LARGE ? 3 : 2 + (int)(maker_random(&round->maker) % 6);
        snprintf(key, sizeof key, "hot%d-%d", player->number, (int)(i % HOT_KEYS));
        round_begin(clients, round, theme, key);
        round_phase(clients, round, each);
        round_end(clients, round);
        judge(search, round);
    }
    round_hang_up(clients);
    search_free(&search);
    free(clients);
    free(round);
    return NULL;
}

static void
sleep_a_second(void)
{
    nanosleep(&(struct timespec){0, 700000000}, NULL);
}

/* Rounds in which items expire: several at once, because each sleeps. */
static void
play_expiry(struct round_clients *clients, struct round *rounds, struct search *search, int player)
{
    char key[32];
    for (int i = 0; i < EXPIRY_KEYS; i++) {
        snprintf(key, sizeof key, "exp%d-%d", player, i);
        round_begin(clients, &rounds[i], MAKER_EXPIRY, key);
    }
    for (int phase = 0; phase < EXPIRY_PHASES; phase++) {
        for (int i = 0; i < EXPIRY_KEYS; i++) {
            if (phase > 0)
                round_read_clock(clients, &rounds[i]);
            round_phase(clients, &rounds[i], 3);
        }
        sleep_a_second();
    }
    for (int i = 0; i < EXPIRY_KEYS; i++) {
        round_end(clients, &rounds[i]);
        judge(search, &rounds[i]);
    }
}

static void *
play_long(void *arg)
{
    const struct player *player = arg;
    struct round_clients *clients = malloc(sizeof *clients);
    struct round *rounds = calloc(EXPIRY_KEYS, sizeof *rounds);
    struct search *search = search_new();
    char key[32];
    MUST(clients != NULL && rounds != NULL);
    snprintf(key, sizeof key, "clock%d", player->number);
    round_connect(clients, options.address, EXPIRY_CLIENTS, key, options.tight);
    for (int i = 0; i < EXPIRY_KEYS; i++)
        rounds[i].maker = new_maker(player->number * 100 + i);
    do
        play_expiry(clients, rounds, search, player->number);
    while (!is_over());
    round_hang_up(clients);
    search_free(&search);
    free(clients);
    free(rounds);
    return NULL;
}

/* ---- the server's counters ------------------------------------------------------- */

/* A number from `stats GROUP`. */
static uint64_t
server_counted(struct peer *p, const char *group, const char *name)
{
    char line[PATH_BYTES];
    uint64_t value = 0;
    peer_queue_text(p, "stats%s%s\r\n", group[0] != '\0' ? " " : "", group);
    size_t n = peer_ask(p);
    for (const char *at = p->in, *end; (end = memchr(at, '\n', n - (size_t)(at - p->in))) != NULL;
         at = end + 1) {
        char found[PATH_BYTES];
        snprintf(line, sizeof line, "%.*s", (int)(end - at), at);
        if (sscanf(line, "STAT %511s %" SCNu64, found, &value) == 2 && strcmp(found, name) == 0)
            break;
        value = 0;
    }
    peer_consume(p, n + 4);
    return value;
}

static void
summarize(uint64_t took_ns, const struct disturb *d)
{
    struct peer p;
    peer_connect(&p, options.address);
    printf("%" PRIu64 " rounds, %" PRIu64 " operations, %" PRIu64 " places searched in %.1f s; ", did.rounds,
        did.ops, did.visited, (double)took_ns / 1e9);
    printf("%" PRIu64 " not linearizable, %" PRIu64 " with an item that vanished, %" PRIu64
           " given up, %" PRIu64 " without the server's second\n",
        did.wrong, did.vanished, did.gave_up, did.clock_lost);
    for (int i = 0; i < MAKER_THEMES; i++)
        printf("%s %" PRIu64 "%s", maker_theme_name((enum maker_theme)i), did.of_theme[i],
            i + 1 < MAKER_THEMES ? ", " : "\n");
    printf("answers: done %" PRIu64 ", missing %" PRIu64 ", exists %" PRIu64 ", not stored %" PRIu64
           ", no number %" PRIu64 ", no memory %" PRIu64 "; W %" PRIu64 ", X %" PRIu64 ", Z %" PRIu64 "\n",
        did.answers[ANSWER_DONE], did.answers[ANSWER_MISSING], did.answers[ANSWER_EXISTS],
        did.answers[ANSWER_NOT_STORED], did.answers[ANSWER_NOT_NUMBER], did.answers[ANSWER_NO_MEMORY],
        did.won, did.stale, did.token_sent);
    printf("during the rounds: limit changed %" PRIu64 " times, %" PRIu64
           " page moves requested; the server moved %" PRIu64 " pages, relocated %" PRIu64
           " items, evicted %" PRIu64 "\n",
        (uint64_t)d->n_resized, (uint64_t)d->n_moves, server_counted(&p, "", "slabs_moved"),
        server_counted(&p, "larder", "store_relocated"), server_counted(&p, "", "evictions"));
    peer_close(&p);
}

/* ---- start -------------------------------------------------------------------- */

enum {
    O_ROUNDS = 256,
    O_SECONDS,
    O_STRICT,
    O_TIGHT,
    O_LIMIT,
    O_THREADS,
    O_CLIENTS,
    O_SEED,
    O_OUT,
    O_GO_ON,
    O_QUIET
};

static bool
read_options(int argc, char **argv)
{
    static const struct option known[] = {{"rounds", 1, NULL, O_ROUNDS}, {"seconds", 1, NULL, O_SECONDS},
        {"strict", 0, NULL, O_STRICT}, {"tight", 0, NULL, O_TIGHT}, {"limit", 1, NULL, O_LIMIT},
        {"threads", 1, NULL, O_THREADS}, {"clients", 1, NULL, O_CLIENTS}, {"seed", 1, NULL, O_SEED},
        {"out", 1, NULL, O_OUT}, {"go-on", 0, NULL, O_GO_ON}, {"quiet-server", 0, NULL, O_QUIET},
        {NULL, 0, NULL, 0}};
    for (int c; (c = getopt_long(argc, argv, "", known, NULL)) != -1;) {
        switch (c) {
        case O_ROUNDS: options.rounds = strtoull(optarg, NULL, 10); break;
        case O_SECONDS: options.end_ns = clock_ns() + strtoull(optarg, NULL, 10) * 1000000000u; break;
        case O_STRICT: options.strict = true; break;
        case O_TIGHT: options.tight = true; break;
        case O_LIMIT: options.limit_mib = (unsigned)atoi(optarg); break;
        case O_THREADS: options.threads = atoi(optarg); break;
        case O_CLIENTS: options.clients = atoi(optarg); break;
        case O_SEED: options.seed = strtoull(optarg, NULL, 10); break;
        case O_OUT: options.out = optarg; break;
        case O_GO_ON: options.go_on = true; break;
        case O_QUIET: options.quiet_server = true; break;
        default: return false;
        }
    }
    options.address = argv[optind];
    return optind + 1 == argc && options.threads > 0 && options.threads < THREADS_MAX &&
           options.clients > 0 && options.clients <= ROUND_CLIENTS;
}

int
main(int argc, char **argv)
{
    static struct player players[THREADS_MAX + 1];
    if (!read_options(argc, argv)) {
        fprintf(stderr, "usage: %s ADDRESS [options; see load.c]\n", argv[0]);
        return 64;
    }
    struct disturb d = {.address = options.address,
        .limit_mib = options.limit_mib,
        .n_keys = options.tight ? 400000 : 40000,
        .n_players = (unsigned)options.threads,
        .seed = options.seed};
    uint64_t began = clock_ns();
    if (!options.quiet_server)
        disturb_begin(&d);
    for (int i = 0; i <= options.threads; i++) {
        players[i].number = i;
        MUST(pthread_create(
                 &players[i].thread, NULL, i < options.threads ? play_short : play_long, &players[i]) == 0);
    }
    for (int i = 0; i <= options.threads; i++)
        pthread_join(players[i].thread, NULL);
    if (!options.quiet_server)
        disturb_end(&d);
    summarize(clock_ns() - began, &d);
    return did.wrong == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
