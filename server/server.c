/* server: lets any thread end the main loop; see server.h. */
#include "server/server.h"

#include <assert.h>
#include <unistd.h>

#define ASK_NOW        UINT64_C(1) /* added by server_stop to the count of stop_fd */
#define ASK_GRACEFULLY (UINT64_C(1) << 32)
static_assert(ASK_NOW < ASK_GRACEFULLY, "many requests to stop do not look like a graceful one");

void
server_stop(struct server *server, bool gracefully)
{
    MUST(server->stop_fd >= 0);
    uint64_t ask = gracefully ? ASK_GRACEFULLY : ASK_NOW;
    ssize_t ignored = write(server->stop_fd, &ask, sizeof ask);
    (void)ignored; /* fails if the counter is full: then an earlier call has asked already */
}

bool
server_asked_to_stop(int stop_fd, bool *gracefully)
{
    uint64_t asked;
    MUST(stop_fd >= 0);
    if (read(stop_fd, &asked, sizeof asked) != sizeof asked)
        return false;
    *gracefully = asked % ASK_GRACEFULLY == 0;
    return true;
}
