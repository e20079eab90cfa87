/* source: see source.h. */
#include "client/source.h"

#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/text/hostport.h"
#include "base/text/split.h"
#include "client/larder.h"
#include "client/conn/target.h"
#include "proto/request.h"

enum source_kind
source_kind_of(const char *text, const char **place)
{
    static const struct {
        const char *word;
        enum source_kind kind;
    } kinds[] = {{"file+", SOURCE_FILE}, {"dns+", SOURCE_DNS}, {"cluster+", SOURCE_CLUSTER}};

    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        size_t n = strlen(kinds[i].word);
        if (strncmp(text, kinds[i].word, n) != 0)
            continue;
        *place = text + n;
        return kinds[i].kind;
    }
    *place = text;
    return SOURCE_LIST;
}

/* ---- a file ------------------------------------------------------------- */

/*
 * Reads up to `n_max` bytes and one more, to detect a longer file.  Returns the
 * number of bytes, or a negative errno.
 */
static ssize_t
read_whole(const char *path, char *dst, size_t n_max)
{
    size_t n = 0;
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK); /* opening a pipe must not block */

    if (fd < 0)
        return -errno;
    while (n <= n_max) {
        ssize_t got = read(fd, dst + n, n_max + 1 - n);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0) {
            int error = errno;
            close(fd);
            return -error;
        }
        if (got == 0)
            break;
        n += (size_t)got;
    }
    close(fd);
    return (ssize_t)n;
}

static void
blank_comments(char *text)
{
    for (char *p = text; (p = strchr(p, '#')) != NULL;)
        while (*p != '\0' && *p != '\n')
            *p++ = ' ';
}

/*
 * Refuses an invalid or empty list: another program may be writing the file, and
 * the next read gets all of it.
 */
int
source_check(const char *list)
{
    struct target target;
    size_t n = 0;
    int code;

    while ((code = target_next(&list, &target)) == LARDER_OK)
        n++;
    if (code == LARDER_MISS)
        return n > 0 ? LARDER_OK : LARDER_NO_SERVERS;
    return code;
}

int
source_file(const char *path, char **list, char *why, size_t n_why)
{
    char *text = malloc(SOURCE_LIST_MAX + 2);

    if (text == NULL) {
        snprintf(why, n_why, "%s: out of memory", path);
        return LARDER_NO_MEMORY;
    }
    ssize_t n = read_whole(path, text, SOURCE_LIST_MAX);
    text[n > 0 ? n : 0] = '\0';
    int code = n < 0 || n > SOURCE_LIST_MAX || memchr(text, '\0', (size_t)n) != NULL ? LARDER_BAD_ARGUMENT
                                                                                     : LARDER_OK;
    if (code == LARDER_OK) {
        blank_comments(text);
        code = source_check(text);
    }
    if (code == LARDER_OK) {
        *list = text;
        return LARDER_OK;
    }
    snprintf(why, n_why, "%s: %s", path,
        n < 0                       ? strerror((int)-n)
        : code == LARDER_NO_SERVERS ? "it has no servers"
                                    : "it is not a list of servers");
    free(text);
    return code;
}

/* ---- a name ------------------------------------------------------------- */

enum { PLACE_MAX = NI_MAXHOST + 16 };

static int
compare_places(const void *a, const void *b)
{
    return strcmp(a, b);
}

static bool
write_place(char *dst, const struct addrinfo *a)
{
    char host[NI_MAXHOST], port[NI_MAXSERV];

    if (getnameinfo(a->ai_addr, a->ai_addrlen, host, sizeof host, port, sizeof port,
            NI_NUMERICHOST | NI_NUMERICSERV) != 0)
        return false;
    snprintf(dst, PLACE_MAX, a->ai_family == AF_INET6 ? "[%s]:%s" : "%s:%s", host, port);
    return true;
}

/* Sorted, so that all clients have the same order, whatever the resolver's is: some rings depend on it. */
static char *
sorted_places(const struct addrinfo *first, int family)
{
    size_t n = 0, n_list = 0;

    for (const struct addrinfo *a = first; a != NULL; a = a->ai_next)
        n += a->ai_family == family;
    char(*places)[PLACE_MAX] = calloc(n + 1, sizeof *places), *list = malloc((n + 1) * PLACE_MAX);
    if (places == NULL || list == NULL) {
        free(places);
        free(list);
        return NULL;
    }
    size_t n_room = (n + 1) * PLACE_MAX;
    n = 0;
    for (const struct addrinfo *a = first; a != NULL; a = a->ai_next)
        n += a->ai_family == family && write_place(places[n], a);
    qsort(places, n, sizeof *places, compare_places);
    list[0] = '\0';
    for (size_t i = 0; i < n; i++)
        if (i == 0 || strcmp(places[i], places[i - 1]) != 0)
            n_list += (size_t)sprintf(list + n_list, "%s%s", n_list > 0 ? "," : "", places[i]);
    MUST(n_list < n_room);
    free(places);
    return list;
}

/* A server with addresses of both families is one server, so only one family is used. */
static int
list_of_addresses(const struct addrinfo *first, char **list)
{
    int family = AF_INET6;

    for (const struct addrinfo *a = first; a != NULL; a = a->ai_next)
        if (a->ai_family == AF_INET)
            family = AF_INET;
    *list = sorted_places(first, family);
    if (*list == NULL)
        return LARDER_NO_MEMORY;
    if ((*list)[0] != '\0')
        return LARDER_OK;
    free(*list);
    return LARDER_NO_SERVERS;
}

int
source_dns(const char *place, char **list, char *why, size_t n_why)
{
    const struct addrinfo hints = {.ai_socktype = SOCK_STREAM, .ai_flags = AI_NUMERICSERV};
    struct addrinfo *found;
    struct target target;
    char port[8];

    if (target_next(&place, &target) != LARDER_OK || target.port == 0) {
        snprintf(why, n_why, "dns+: expected host or host:port");
        return LARDER_BAD_ARGUMENT;
    }
    snprintf(port, sizeof port, "%u", target.port);
    int error = getaddrinfo(target.host, port, &hints, &found);
    if (error != 0) {
        snprintf(why, n_why, "%s: %s", target.host, gai_strerror(error));
        return LARDER_UNREACHABLE;
    }
    MUST(found != NULL);
    int code = list_of_addresses(found, list);
    freeaddrinfo(found);
    if (code != LARDER_OK)
        snprintf(why, n_why, "%s: %s", target.host,
            code == LARDER_NO_MEMORY ? "out of memory" : "the name has no address");
    return code;
}

/* ---- a cluster ---------------------------------------------------------- */

/* A character with a meaning in a list is in no host name; a server must not make the client open a path. */
static bool
is_host(struct bytes host)
{
    for (size_t i = 0; i < host.n; i++) {
        char c = host.p[i];
        if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' ||
                c == '-' || c == '_' || c == ':'))
            return false;
    }
    return host.n > 0 && host.n <= TARGET_HOST_MAX;
}

/* Writes a node, host|address|port, into a list.  Returns the end, or NULL if the node is invalid. */
static char *
write_node(char *dst, const char *limit, struct bytes node, bool first)
{
    struct bytes host = split_off(&node, '|'), address = split_off(&node, '|');
    uint16_t port;

    if (host.n == 0)
        host = address;
    if (!is_host(host) || !hostport_port(node, &port))
        return NULL;
    if (!first)
        *dst++ = ',';
    return dst + hostport_text(dst, (size_t)(limit - dst), host, port);
}

int
source_cluster(struct bytes value, uint64_t *version, char **list)
{
    struct bytes first = split_line(&value), nodes = split_line(&value), node;

    if (value.n > SOURCE_LIST_MAX || nodes.n > SOURCE_LIST_MAX || !request_u64(first, version))
        return LARDER_PROTOCOL;
    /* the shortest node is "a||1" and a blank; brackets and a comma add three bytes */
    size_t n_text = nodes.n * 2 + 16;
    char *text = malloc(n_text), *end = text;
    if (text == NULL)
        return LARDER_NO_MEMORY;
    *text = '\0';
    while (end != NULL && (node = request_word(&nodes)).n > 0) {
        end = write_node(end, text + n_text, node, end == text);
        MUST(end == NULL || end < text + n_text);
    }
    if (end != NULL && end > text) {
        *list = text;
        return LARDER_OK;
    }
    free(text);
    return end == NULL ? LARDER_PROTOCOL : LARDER_NO_SERVERS;
}
