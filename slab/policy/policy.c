/* policy: the table; see policy.h. */
#include "slab/policy/policy.h"

#include "base/must.h"
#include "slab/store.h"

const struct policy policy_table[STORE_N_POLICIES] = {
#define POLICY(name, text) {#name, policy_##name##_rank},
#include "slab/policy/policy.def"
#undef POLICY
};

const char *
store_policy_name(enum store_policy policy)
{
    MUST((unsigned)policy < STORE_N_POLICIES);
    return policy_table[policy].name;
}
