/* role: see role.h. */
#include "server/auth/role.h"

#include <assert.h>

bool
role_rights(struct bytes name, enum rights *rights)
{
    static const struct {
        struct bytes name;
        enum rights rights;
    } roles[] = {
        {{"admin", 5}, RIGHTS_ALL},
        {{"write", 5}, RIGHTS_WRITE},
        {{"read", 4}, RIGHTS_READ},
        {{"monitor", 7}, RIGHTS_MONITOR},
    };
    static_assert(sizeof roles / sizeof *roles == RIGHTS_N - 1, "all rights after a login have a role");
    for (size_t i = 0; i < sizeof roles / sizeof *roles; i++) {
        if (bytes_equal(roles[i].name, name)) {
            *rights = roles[i].rights;
            return true;
        }
    }
    return false;
}
