/* Cuts the power of a process: what it wrote to the files of a folder and did not sync is lost, then it is killed.
 *
 * kill -9 alone keeps the page cache, so it cannot show whether an acknowledged write had been synced. Preloaded
 * (LD_PRELOAD), this library remembers what lay under every unsynced sector. At the power cut it puts that back, for
 * all sectors or for a random part of them, as a disk may have written any part of what it was not told to sync.
 *
 *   DROP_UNSYNCED_DIR    the folder, without links in its path
 *   DROP_UNSYNCED_AT     the power is cut at the so-manieth write, truncation or sync
 *   DROP_UNSYNCED_SEED   0: all unsynced sectors are lost; else the seed that chooses which
 *   DROP_UNSYNCED_LIE    if set, syncs succeed and sync nothing: what a test must notice
 *
 * Memory maps are not watched (SQLite's -shm is one: it holds nothing that must last), nor are directory entries.
 * At the cut, the number of lost sectors goes to standard error.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { SECTOR = 512, FILES = 64, BUCKETS = 4096 };

struct sector {
    off_t number;
    struct sector *next;
    unsigned char synced[SECTOR]; /* zeros behind the end of the file */
};

struct file {
    dev_t device;
    ino_t inode;
    int fd; /* our own; never closed, as that would drop the process's locks on the file */
    off_t synced_size;
    struct sector *dirty[BUCKETS];
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct file files[FILES];
static int known;
static char folder[4096];
static long left;
static uint64_t seed;
static int lie;

static ssize_t (*real_write)(int, const void *, size_t);
static ssize_t (*real_pwrite)(int, const void *, size_t, off_t);
static int (*real_ftruncate)(int, off_t);
static int (*real_fsync)(int);
static int (*real_fdatasync)(int);

__attribute__((constructor(101))) static void begin(void) {
    real_write = dlsym(RTLD_NEXT, "write");
    real_pwrite = dlsym(RTLD_NEXT, "pwrite64");
    real_ftruncate = dlsym(RTLD_NEXT, "ftruncate64");
    real_fsync = dlsym(RTLD_NEXT, "fsync");
    real_fdatasync = dlsym(RTLD_NEXT, "fdatasync");
    const char *dir = getenv("DROP_UNSYNCED_DIR"), *at = getenv("DROP_UNSYNCED_AT"), *with = getenv("DROP_UNSYNCED_SEED");
    snprintf(folder, sizeof folder, "%s/", dir ? dir : "");
    left = at ? atol(at) : 0;
    seed = with ? strtoull(with, NULL, 10) : 0;
    lie = getenv("DROP_UNSYNCED_LIE") != NULL;
}

static void die(const char *what) {
    dprintf(2, "drop_unsynced: %s: %s\n", what, strerror(errno));
    _exit(99);
}

static int ends_with(const char *text, const char *end) {
    size_t n = strlen(text), m = strlen(end);
    return n >= m && strcmp(text + n - m, end) == 0;
}

static off_t size_of(int fd) {
    struct stat s;
    if (fstat(fd, &s) != 0) die("fstat");
    return s.st_size;
}

/* The watched file behind a descriptor, or NULL. */
static struct file *watched(int fd) {
    struct stat s;
    if (folder[1] == 0 || fstat(fd, &s) != 0 || !S_ISREG(s.st_mode)) return NULL;
    for (int i = 0; i < known; i++)
        if (files[i].inode == s.st_ino && files[i].device == s.st_dev) return &files[i];
    char link[64], path[4096];
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    ssize_t n = readlink(link, path, sizeof path - 1);
    if (n < 0) return NULL;
    path[n] = 0;
    if (strncmp(path, folder, strlen(folder)) != 0 || ends_with(path, "-shm")) return NULL;
    if (known == FILES) die("too many files");
    struct file *file = &files[known++];
    file->device = s.st_dev;
    file->inode = s.st_ino;
    file->synced_size = s.st_size;
    file->fd = open(link, O_RDWR | O_CLOEXEC);
    if (file->fd < 0) die("open");
    return file;
}

/* Remembers the synced contents of the sectors from `from` up to `to`, before they are overwritten. */
static void remember(struct file *file, off_t from, off_t to) {
    for (off_t number = from / SECTOR; number * SECTOR < to; number++) {
        struct sector **bucket = &file->dirty[number % BUCKETS], *found = *bucket;
        while (found && found->number != number) found = found->next;
        if (found) continue;
        struct sector *sector = calloc(1, sizeof *sector);
        if (!sector) die("calloc");
        if (pread(file->fd, sector->synced, SECTOR, number * SECTOR) < 0) die("pread");
        sector->number = number;
        sector->next = *bucket;
        *bucket = sector;
    }
}

static void forget(struct file *file) {
    for (int b = 0; b < BUCKETS; b++)
        for (struct sector *sector; (sector = file->dirty[b]);) {
            file->dirty[b] = sector->next;
            free(sector);
        }
    file->synced_size = size_of(file->fd);
}

/* Whether an unsynced sector or size reached the disk nevertheless. xorshift64. */
static int survives(void) {
    if (seed == 0) return 0;
    seed ^= seed << 13;
    seed ^= seed >> 7;
    seed ^= seed << 17;
    return seed >> 63;
}

static long lose(struct file *file) {
    off_t now = size_of(file->fd);
    off_t end = now < file->synced_size && survives() ? now : file->synced_size;
    long lost = 0;
    for (int b = 0; b < BUCKETS; b++)
        for (struct sector *sector = file->dirty[b]; sector; sector = sector->next) {
            off_t from = sector->number * SECTOR, to = from + SECTOR < now ? from + SECTOR : now;
            if (from < now && survives()) {
                if (to > end) end = to;
            } else {
                if (real_pwrite(file->fd, sector->synced, SECTOR, from) != SECTOR) die("pwrite");
                lost++;
            }
        }
    if (real_ftruncate(file->fd, end) != 0) die("ftruncate");
    return lost;
}

static void count(void) {
    if (left == 0 || --left > 0) return;
    long lost = 0;
    for (int i = 0; i < known; i++) lost += lose(&files[i]);
    dprintf(2, "power cut: %ld sectors lost\n", lost);
    kill(getpid(), SIGKILL);
    for (;;) pause(); /* with the lock held: no other thread writes any more */
}

static ssize_t watched_write(struct file *file, const void *bytes, size_t n, off_t at) {
    remember(file, at, at + (off_t)n);
    ssize_t written = real_pwrite(file->fd, bytes, n, at);
    count();
    return written;
}

ssize_t write(int fd, const void *bytes, size_t n) {
    pthread_mutex_lock(&lock);
    struct file *file = watched(fd);
    ssize_t written;
    if (file) {
        off_t at = lseek(fd, 0, SEEK_CUR);
        written = watched_write(file, bytes, n, at);
        if (written > 0) lseek(fd, at + written, SEEK_SET);
    }
    pthread_mutex_unlock(&lock);
    return file ? written : real_write(fd, bytes, n);
}

ssize_t pwrite64(int fd, const void *bytes, size_t n, off_t at) {
    pthread_mutex_lock(&lock);
    struct file *file = watched(fd);
    ssize_t written = file ? watched_write(file, bytes, n, at) : 0;
    pthread_mutex_unlock(&lock);
    return file ? written : real_pwrite(fd, bytes, n, at);
}

ssize_t pwrite(int fd, const void *bytes, size_t n, off_t at) { return pwrite64(fd, bytes, n, at); }

int ftruncate64(int fd, off_t size) {
    pthread_mutex_lock(&lock);
    struct file *file = watched(fd);
    if (file) remember(file, size, size_of(file->fd));
    int done = real_ftruncate(fd, size);
    if (file) count();
    pthread_mutex_unlock(&lock);
    return done;
}

int ftruncate(int fd, off_t size) { return ftruncate64(fd, size); }

static int sync_with(int (*real)(int), int fd) {
    pthread_mutex_lock(&lock);
    struct file *file = watched(fd);
    if (file) count();
    int done = file && lie ? 0 : real(fd);
    if (file && !lie && done == 0) forget(file);
    pthread_mutex_unlock(&lock);
    return done;
}

int fsync(int fd) { return sync_with(real_fsync, fd); }

int fdatasync(int fd) { return sync_with(real_fdatasync, fd); }
