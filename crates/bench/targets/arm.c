/* What a program for Cortex-M needs to run under qemu-arm, which emulates an A core with the same instructions: printf and the exit
   status, by Linux system calls. */
#include <stdint.h>
#include <stdlib.h>
#include <sys/stat.h>

extern int main(void);
extern void __libc_init_array(void);

static long call(long number, long a, long b, long c)
{
    register long r0 __asm__("r0") = a, r1 __asm__("r1") = b, r2 __asm__("r2") = c;
    /* r7 may be the frame pointer: it is kept by hand. */
    __asm__ volatile("mov r12, r7\n mov r7, %3\n svc 0\n mov r7, r12"
                     : "+r"(r0) : "r"(r1), "r"(r2), "r"(number) : "r12", "memory");
    return r0;
}

int _write(int file, const void *text, unsigned n) { return (int)call(4, file, (long)text, (long)n); }
void _exit(int status) { for (;;) call(248, status, 0, 0); }
int _read(int file, void *text, unsigned n) { (void)file; (void)text; (void)n; return 0; }
int _close(int file) { (void)file; return -1; }
int _lseek(int file, int offset, int from) { (void)file; (void)offset; (void)from; return 0; }
int _isatty(int file) { (void)file; return 1; }
int _fstat(int file, struct stat *status) { (void)file; status->st_mode = S_IFCHR; return 0; }
int _kill(int process, int signal) { (void)process; _exit(128 + signal); return 0; }
int _getpid(void) { return 1; }
void _init(void) {}
void _fini(void) {}

void *_sbrk(int n)
{
    static uint64_t heap[768];
    static int top;
    if (top + n > (int)sizeof heap)
        return (void *)-1;
    top += n;
    return (char *)heap + top - n;
}

__attribute__((used)) static void start(void) { __libc_init_array(); exit(main()); }
__asm__(".syntax unified\n.thumb\n.global _start\n.thumb_func\n_start: bl start\n");
