/* ask: the kinds of request that a load sends. */
#ifndef BENCH_LOAD_PLAN_ASK_H
#define BENCH_LOAD_PLAN_ASK_H

enum ask { ASK_SET, ASK_GET, ASK_WAIT, ASK_LOGIN, N_ASKS };

#endif
