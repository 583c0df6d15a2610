/* Calls FN at N inputs, for those who count its instructions. */
#include <stdint.h>

static const REAL inputs[] = {
#include "inputs.h"
};
volatile REAL out;

#ifdef __arm__
/* The place where the function returns to has a name. */
__asm__(".syntax unified\n.thumb\n.global call, returned\n.thumb_func\ncall: push {r4, lr}\n bl " NAME "\nreturned: pop {r4, pc}\n");
REAL call(REAL x);
#else
REAL FN(REAL x);
#define call FN
#endif

int main(void)
{
    for (int i = 0; i < N; i++) {
        const volatile REAL in = inputs[i];
        out = call(in);
    }
    return 0;
}
