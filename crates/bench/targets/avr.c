/* What a program for an ATmega328P needs to run under simavr: what it prints goes to the serial port, which simavr echoes, then
   "@status n"; sleep without interrupts ends the emulation. With COUNT, it prints the cycles of calls of FN in place of `tested`. */
#include <avr/interrupt.h>
#include <avr/io.h>
#include <avr/pgmspace.h>
#include <avr/sleep.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

static int put(char c, FILE *file)
{
    (void)file;
    while (!(UCSR0A & (1 << UDRE0)))
        ;
    UDR0 = (uint8_t)c;
    return 0;
}

static FILE serial = FDEV_SETUP_STREAM(put, NULL, _FDEV_SETUP_WRITE);

#ifdef COUNT
static const REAL inputs[] PROGMEM = {
#include "inputs.h"
};
REAL FN(REAL x);
REAL nothing(REAL x);
__asm__(".text\n.global nothing\nnothing: ret\n");
static volatile REAL in, out;

/* Timer 1 at the clock of the processor, read while it runs, with room for one overflow. */
#define CYCLES(n, statement) do { \
    TCCR1B = 1; TCNT1 = 0; TIFR1 = 1 << TOV1; \
    __asm__ volatile("" ::: "memory"); statement; __asm__ volatile("" ::: "memory"); \
    const uint16_t count = TCNT1; const uint8_t flags = TIFR1; \
    n = count; if ((flags & (1 << TOV1)) && count < 0xff00) n += 65536UL; } while (0)

__attribute__((noinline, noclone)) static void wait(void) { __builtin_avr_delay_cycles(1000); }
__attribute__((noinline, noclone)) static void pass(void) { __asm__ volatile(""); }

static int tested(void)
{
    uint32_t empty, n, sum = 0, most = 0, waited, passed;
    TCCR1A = 0;
    CYCLES(waited, wait());
    CYCLES(passed, pass());
    CYCLES(empty, out = nothing(in));
    for (uint16_t i = 0; i < N; i++) {
        REAL x;
        memcpy_P(&x, &inputs[i], sizeof x);
        in = x;
        CYCLES(n, out = FN(in));
        n = n - empty + 4; /* the return's */
        sum += n;
        if (n > most)
            most = n;
    }
    printf("@cycles %lu %lu\n", (unsigned long)sum, (unsigned long)most);
    return waited - passed == 1000 ? 0 : 1;
}
#else
extern int tested(void);
#endif

int main(void)
{
    UBRR0 = 0;
    UCSR0A = 1 << U2X0;
    UCSR0B = 1 << TXEN0;
    stdout = stderr = &serial;
    const int status = tested();
    printf("\n@status %d\n", status);
    for (int i = 0; i < 2000; i++)
        __asm__ volatile("nop"); /* what was printed leaves the port */
    cli();
    set_sleep_mode(SLEEP_MODE_PWR_DOWN);
    sleep_enable();
    sleep_cpu();
    for (;;)
        ;
}
