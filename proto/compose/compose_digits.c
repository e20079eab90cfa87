/* compose_digits: decimal numbers, for requests as well as for replies. */
#include "proto/compose.h"

#include <string.h>

static const char pairs[] = "00010203040506070809"
                            "10111213141516171819"
                            "20212223242526272829"
                            "30313233343536373839"
                            "40414243444546474849"
                            "50515253545556575859"
                            "60616263646566676869"
                            "70717273747576777879"
                            "80818283848586878889"
                            "90919293949596979899";

/* Writes two digits a step, the highest first; numbers are usually short, so it rarely recurses twice. */
char *
compose_u64(char *dst, uint64_t v)
{
    if (v < 10) {
        *dst = (char)('0' + v);
        return dst + 1;
    }
    if (v >= 1000)
        dst = compose_u64(dst, v / 100);
    else if (v >= 100)
        *dst++ = (char)('0' + v / 100);
    memcpy(dst, pairs + v % 100 * 2, 2);
    return dst + 2;
}
