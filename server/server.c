/* server: asking the main loop to end; see server.h. */
#include "server/server.h"

#include <unistd.h>

#define ASK_NOW        UINT64_C(1) /* what server_stop adds to stop_fd's count */
#define ASK_GRACEFULLY (UINT64_C(1) << 32)

void
server_stop(struct server *server, bool gracefully)
{
    uint64_t ask = gracefully ? ASK_GRACEFULLY : ASK_NOW;
    ssize_t ignored =
        write(server->stop_fd, &ask, sizeof ask); /* full is as good: it has been asked before */
    (void)ignored;
}

bool
server_asked_to_stop(int stop_fd, bool *gracefully)
{
    uint64_t asked;
    if (read(stop_fd, &asked, sizeof asked) != sizeof asked)
        return false;
    *gracefully = asked % ASK_GRACEFULLY == 0;
    return true;
}
