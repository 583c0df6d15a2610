//! Names that a function cannot have in C or in Rust.

/// Words and types of C99, of C++ and of Rust, and what the files themselves use.
const WORDS: &str = "a a0 a1 at b b0 b1 bits cell dx error h1 i j middle n other piece rise size slope sum sum_of_sums u \
    wanted worst wrong x y z linux unix int8_t int16_t int32_t int64_t uint8_t uint16_t uint32_t uint64_t max_align_t offsetof ptrdiff_t size_t wchar_t \
    abstract as asm async auto await become bool box break case char complex const continue crate default do \
    double dyn else enum extern false final float fn for gen goto if imaginary impl in inline int let long loop macro main match \
    mod move mut override priv pub ref register restrict return self short signed sizeof static struct super switch tests trait \
    true try type typedef typeof union unsafe unsigned unsized use virtual void volatile where while yield \
    alignas alignof and and_eq bitand bitor catch char8_t char16_t char32_t class compl concept const_cast consteval constexpr \
    constinit co_await co_return co_yield decltype delete dynamic_cast explicit export friend mutable namespace new noexcept not \
    not_eq nullptr operator or or_eq private protected public reinterpret_cast requires static_assert static_cast template this \
    thread_local throw typeid typename using wchar_t xor xor_eq";

/// Functions, objects and macros of C99's library and of Unix systems, whose meaning a linker would change.
const LIBRARY: &str = "abort abs accept access acos acosh alarm asctime asin asinh assert atan atan2 atanh atexit atof atoi atol \
    atoll basename bind brk bsearch cabs cacos cacosh calloc carg casin casinh catan catanh cbrt ccos ccosh ceil cexp chdir chmod \
    chown chroot cimag clearerr clock clog close closedir confstr conj connect copysign cos cosh cpow cproj creal creat crypt \
    csin csinh csqrt ctan ctanh ctermid ctime daemon difftime dirname div drand48 drem dup dup2 duplocale encrypt environ erand48 \
    erf erfc err errno error exec execl execle execlp execv execve execvp exit exp exp10 exp2 expm1 fabs fchdir fchmod fclose \
    fcntl fdim fdopen feof ferror fflush ffs fgetc fgetpos fgets fgetwc fgetws fileno finite float flock floor fma fmax fmin fmod \
    fnmatch fopen fork fpclassify fprintf fputc fputs fputwc fputws fread free freopen frexp fscanf fseek fsetpos fstat fsync ftell \
    ftruncate ftw fwide fwprintf fwrite fwscanf gamma getc getchar getcwd getenv getgid getline getopt getpid gets getuid getw \
    getwc getwchar glob gmtime hypot ilogb imaxabs imaxdiv index inet init initstate insque ioctl isalnum isalpha isatty isblank \
    iscntrl isdigit isfinite isgraph isgreater isinf isless islower isnan isnormal isprint ispunct isspace isupper iswalnum \
    iswalpha iswctype isxdigit j0 j1 jn jrand48 kill killpg labs lchown lcong48 ldexp ldiv lfind lgamma link linkat listen llabs \
    lldiv llrint llround localeconv localtime lockf log log10 log1p log2 logb longjmp lrand48 lrint lround lsearch lseek lstat \
    malloc mblen mbrlen mbrtowc mbsinit mbsrtowcs mbstowcs mbtowc memccpy memchr memcmp memcpy memmove memset mkdir mkfifo \
    mknod mkstemp mktemp mktime mlock mmap modf mount mprotect mrand48 msync munmap nan nanosleep nearbyint newlocale nextafter \
    nexttoward nftw nice nrand48 open openat opendir openlog pause pclose perror pipe poll popen pow pow10 pread printf psignal \
    ptrace putc putchar putenv puts pututxline putw putwc putwchar pwrite qsort raise rand random read readdir readlink readv \
    realloc realpath reboot recv regcomp regexec remainder remove remque remquo rename rewind rewinddir rindex rint rmdir round \
    sbrk scalb scalbln scalbn scanf seed48 seekdir select send setbuf setenv setgid setjmp setkey setlocale setsid setstate setuid \
    setvbuf shutdown sigaction signal signbit significand sin sincos sinh sleep snprintf socket sprintf sqrt srand srand48 srandom \
    sscanf stat statfs stderr stdin stdout stime strcasecmp strcat strchr strcmp strcoll strcpy strcspn strdup strerror strfmon \
    strftime strlen strncat strncmp strncpy strndup strnlen strpbrk strptime strrchr strsep strsignal strspn strstr strtod strtof \
    strtok strtol strtold strtoll strtoul strtoull strxfrm swab swprintf swscanf symlink sync syscall sysconf syslog system tan \
    tanh tcdrain tell telldir tempnam tgamma time times timezone tmpfile tmpnam toascii tolower toupper towctrans towlower towupper \
    trunc truncate ttyname tzname tzset ulimit umask umount uname ungetc ungetwc unlink unsetenv usleep utime va_arg va_copy \
    va_end va_start vfork vfprintf vprintf vscanf vsnprintf vsprintf wait wait3 waitpid warn wcrtomb wcscat wcschr wcscmp wcscoll \
    wcscpy wcscspn wcslen wcsncat wcsncmp wcsncpy wcspbrk wcsrchr wcsspn wcsstr wcstod wcstok wcstol wcstombs wcstoul wcsxfrm \
    wctob wctomb wctrans wctype wmemchr wmemcmp wmemcpy wmemmove wmemset wprintf write writev wscanf y0 y1 yn";

/// Whether C or Rust have the name already. C's mathematical functions have twins in `float` and `long double`, with an f or l
/// after the name.
pub(crate) fn is_taken(name: &str) -> bool {
    let is_known = |name: &str| {
        let mut known = WORDS.split_whitespace().chain(LIBRARY.split_whitespace());
        known.any(|known| known == name)
    };
    let twin = name.strip_suffix(['f', 'l']);
    is_known(name) || twin.is_some_and(is_known)
}
