/*
 * topology_probe: runs the commands of standard input with one handle, for topology.py.
 *
 *     topology_probe SERVERS [OPTION=VALUE...]
 *
 *   get KEY             -> the code, and the value
 *   set KEY VALUE       -> the code
 *   names               -> the servers' names
 *   servers LIST        -> the code, and larder_why
 *   refresh             -> the same
 *   option NAME=VALUE   -> the code
 *   submit N            -> submits N reads; how many were accepted
 *   service MS          -> lets the library work for this time; how often each code was returned since
 *   pool N LIST LIST    -> N threads use a pool while its servers change all the time; "good"
 *
 * The file that TOPOLOGY_HOSTS names has lines "name address..."; these names are
 * resolved from it, and all others as usual.
 */
#include <dlfcn.h>
#include <netdb.h>
#include <pthread.h>
#include <stdatomic.h>
#include <time.h>

#include "tests/client/probe.h"

struct larder *probe_handle;

/* ---- names -------------------------------------------------------------- */

typedef int resolver(const char *, const char *, const struct addrinfo *, struct addrinfo **);

/* The addresses in the line if it is for `name`, else NULL. */
static char *
addresses_of(char *line, const char *name)
{
    size_t n = strcspn(line, " \n");

    if (n != strlen(name) || strncmp(line, name, n) != 0)
        return NULL;
    return line + n;
}

static int
look_up_each(
    resolver *real, char *words, const char *port, const struct addrinfo *hints, struct addrinfo **result)
{
    struct addrinfo **end = result, numeric = *hints;
    char *rest;

    *result = NULL;
    numeric.ai_flags = AI_NUMERICHOST | AI_NUMERICSERV;
    for (char *w = strtok_r(words, " \n", &rest); w != NULL; w = strtok_r(NULL, " \n", &rest)) {
        CHECK(real(w, port, &numeric, end) == 0);
        while (*end != NULL)
            end = &(*end)->ai_next;
    }
    return *result != NULL ? 0 : EAI_NONAME;
}

/* Replaces the C library's getaddrinfo. */
int probe_getaddrinfo(const char *, const char *, const struct addrinfo *, struct addrinfo **) __asm__(
    "getaddrinfo");

int
probe_getaddrinfo(const char *name, const char *port, const struct addrinfo *hints, struct addrinfo **result)
{
    resolver *real;
    const char *path = getenv("TOPOLOGY_HOSTS");
    FILE *f = path != NULL ? fopen(path, "r") : NULL;
    char line[1024];

    *(void **)&real = dlsym(RTLD_NEXT, "getaddrinfo");
    while (f != NULL && fgets(line, sizeof line, f) != NULL) {
        char *words = addresses_of(line, name);
        if (words == NULL || (hints->ai_flags & AI_NUMERICHOST))
            continue;
        fclose(f);
        return look_up_each(real, words, port, hints, result);
    }
    if (f != NULL)
        fclose(f);
    return real(name, port, hints, result);
}

/* ---- one handle --------------------------------------------------------- */

static void
say_code(struct larder *l, int code)
{
    printf("%d %s\n", code, code == LARDER_OK ? "" : larder_why(l));
}

static void
do_get(struct larder *l, char *key)
{
    struct larder_item item = {0};
    int code = larder_get(l, key, strlen(key), &item);

    printf(
        "%d %.*s\n", code, code == LARDER_OK ? (int)item.n_value : 0, item.value != NULL ? item.value : "");
}

static void
do_set(struct larder *l, char *words)
{
    char *value = strchr(words, ' ');

    *value++ = '\0';
    printf("%d\n", larder_set(l, words, strlen(words), value, strlen(value), 0, 0));
}

static void
do_names(struct larder *l, char *words)
{
    (void)words;
    for (size_t i = 0; i < larder_n_servers(l); i++)
        printf("%s%s", i > 0 ? " " : "", larder_server_name(l, i));
    printf("\n");
}

static void
do_servers(struct larder *l, char *list)
{
    say_code(l, larder_servers(l, list));
}

static void
do_refresh(struct larder *l, char *words)
{
    (void)words;
    say_code(l, larder_refresh(l));
}

static void
do_option(struct larder *l, char *word)
{
    char *value = strchr(word, '=');

    *value++ = '\0';
    printf("%d\n", larder_option(l, word, value));
}

static size_t n_codes[64];

static void
on_done(void *arg, int code, const struct larder_item *item)
{
    (void)item;
    n_codes[code]++;
    if (code == LARDER_CLOSED && arg != NULL) { /* reads again, from the new server */
        struct larder_request get = {.operation = LARDER_GET, .key = "again", .n_key = 5};
        CHECK_CODE(larder_submit(arg, &get, on_done, NULL), LARDER_OK);
    }
}

static void
do_submit(struct larder *l, char *words)
{
    int n = atoi(words), n_taken = 0;

    for (int i = 0; i < n; i++) {
        char key[32];
        struct larder_request get = {.operation = LARDER_GET, .key = key};
        get.n_key = (size_t)snprintf(key, sizeof key, "submit%d", i);
        n_taken += larder_submit(l, &get, on_done, l) == LARDER_OK;
    }
    printf("%d\n", n_taken);
}

static uint64_t
now_ms(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * 1000 + (uint64_t)t.tv_nsec / 1000000;
}

static void
do_service(struct larder *l, char *words)
{
    uint64_t until = now_ms() + (uint64_t)atoi(words);

    for (uint64_t now; (now = now_ms()) < until;)
        CHECK_CODE(larder_service(l, (int)(until - now)), LARDER_OK);
    for (size_t i = 0; i < N_OF(n_codes); i++) {
        if (n_codes[i] > 0)
            printf("%zu:%zu ", i, n_codes[i]);
        n_codes[i] = 0;
    }
    printf("%zu\n", larder_outstanding(l));
}

/* ---- a pool ------------------------------------------------------------- */

enum { N_THREADS_MAX = 16, N_ROUNDS = 300 };

struct user {
    struct larder_pool *pool;
    int id;
    atomic_bool *stop;
};

/* Each key's value is its own name, so that a wrong value is detected. */
static void *
use(void *arg)
{
    struct user *u = arg;
    struct larder_item item;
    char key[32];

    for (int i = 0; !atomic_load(u->stop); i++) {
        struct larder *l = larder_pool_take(u->pool, -1);
        CHECK(l != NULL);
        size_t n = (size_t)snprintf(key, sizeof key, "pool%d.%d", u->id, i % 50);
        CHECK_CODE(larder_set(l, key, n, key, n, 0, 0), LARDER_OK);
        CHECK_CODE(larder_get(l, key, n, &item), LARDER_OK);
        CHECK(has_value(&item, key));
        larder_pool_give(u->pool, l);
    }
    return NULL;
}

static void
do_pool(struct larder *l, char *words)
{
    static atomic_bool stop;
    struct user users[N_THREADS_MAX];
    pthread_t threads[N_THREADS_MAX];
    char *rest, *word = strtok_r(words, " ", &rest), *lists[2];
    int n = atoi(word);
    struct larder_pool *pool = larder_pool_new(l, 3);

    CHECK(n <= N_THREADS_MAX && pool != NULL);
    lists[0] = strtok_r(NULL, " ", &rest);
    lists[1] = strtok_r(NULL, " ", &rest);
    for (int i = 0; i < n; i++) {
        users[i] = (struct user){pool, i, &stop};
        CHECK(pthread_create(&threads[i], NULL, use, &users[i]) == 0);
    }
    for (int i = 0; i < N_ROUNDS; i++)
        CHECK_CODE(larder_pool_servers(pool, lists[i & 1]), LARDER_OK);
    atomic_store(&stop, true);
    for (int i = 0; i < n; i++)
        CHECK(pthread_join(threads[i], NULL) == 0);
    larder_pool_free(pool);
    printf("good\n");
}

/* ---- commands ----------------------------------------------------------- */

static const struct {
    const char *word;
    void (*run)(struct larder *, char *);
} commands[] = {{"get", do_get}, {"set", do_set}, {"names", do_names}, {"servers", do_servers},
    {"refresh", do_refresh}, {"option", do_option}, {"submit", do_submit}, {"service", do_service},
    {"pool", do_pool}};

static void
run_line(struct larder *l, char *line)
{
    size_t n = strcspn(line, " \n");

    line[strcspn(line, "\n")] = '\0';
    for (size_t i = 0; i < N_OF(commands); i++)
        if (strncmp(line, commands[i].word, n) == 0 && commands[i].word[n] == '\0')
            commands[i].run(l, line + n + (line[n] == ' '));
    fflush(stdout);
}

int
main(int argc, char **argv)
{
    static char line[70000];
    struct larder *l = larder_new();

    if (argc < 2 || l == NULL)
        return 2;
    probe_handle = l;
    for (int i = 2; i < argc; i++) {
        char *value = strchr(argv[i], '=');
        CHECK(value != NULL);
        *value++ = '\0';
        CHECK_CODE(larder_option(l, argv[i], value), LARDER_OK);
    }
    say_code(l, larder_servers(l, argv[1]));
    fflush(stdout);
    while (fgets(line, sizeof line, stdin) != NULL)
        run_line(l, line);
    larder_free(l);
    return 0;
}
