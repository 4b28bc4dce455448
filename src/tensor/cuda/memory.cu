/* memory.cu - where the GPU keeps what the host names: mirrors of host addresses, push and pull,
 * uploads of index arrays.
 *
 * One address space for ops. An op, the tape and the optimiser know host addresses alone.
 * Arithmetic on them (a row further, the keys at qkv + d, a range of the flat gradient) stays plain
 * C, and no op asks where it runs. So the GPU keeps mirrors: a table of ranges of host addresses,
 * each with device memory of the same size. An address is turned into the device's by adding an
 * offset. The ranges are the tape's step arena, the scratch arena, and what was attached
 * (parameters, a mapped model file): a few, sorted, searched by halving. Both arenas are mere
 * address space on the host's side. Of the step's, the host touches the few pages with records and
 * index arrays; of scratch, hardly any.
 *
 * Transfers. The driver copies in the background from pinned memory alone. So host bytes go through
 * a pinned ring of four segments, filled in turn. A segment is free again when the copies out of it
 * are done (an event). There is one ring for each stream that copies:
 *
 *   push, pull   on the compute stream: after all earlier kernels, before all later ones; pull
 *                waits
 *   uploads      on the stream `copies`, beside the kernels; the compute stream waits for each
 *                upload's event
 *
 * Uploads live until the next reset, in the blocks of a lap. There are two laps, and steps take
 * turns. Before a step writes over what its lap held, the copying stream waits until the kernels of
 * the step before last are done; the host does not wait. Blocks are kept. A new one is at least as
 * large as all before it together, so an array of any size finds one and they stay few.
 *
 * What is uploaded once. Arrays in the step arena do not change before the reset: those uploaded in
 * this step are remembered by address and length (twelve layers share one array of offsets).
 * Scratch and foreign memory may change, and are uploaded at each call. What was staged is found in
 * the copy of its block: a batch's arrays lie in one block that does not change during the step.
 */
#include "tensor/cuda/cuda.h"

#include <stdlib.h>
#include <string.h>

enum { SEGMENTS = 4, LAPS = 2, BLOCKS = 24, REMEMBERED = 2048, STAGED = 16 };
#define SEGMENT_BYTES ((size_t)4 << 20)
#define BLOCK_BYTES   ((size_t)8 << 20) /* the first block of a lap */
#define ALIGN         ((size_t)256)     /* of every upload: enough for loads of any width */
/* of the memory that is free at the start; parameters and uploads get what is left */
#define STEP_SHARE    0.6
#define SCRATCH_SHARE 0.2
#define STEP_MOST     ((size_t)64 << 30) /* as much as on the CPU */
#define SCRATCH_MOST  ((size_t)16 << 30)

struct range {
    const char *host;
    size_t bytes;
    char *device;
};

struct ring { /* host -> pinned -> device, on one stream */
    cudaStream_t stream;
    char *pinned; /* [SEGMENTS][SEGMENT_BYTES] */
    cudaEvent_t copied[SEGMENTS];
    int segment;
    size_t used; /* of this segment */
};

struct block {
    char *device;
    size_t bytes, used;
};

struct lap { /* the uploads of a step */
    block blocks[BLOCKS];
    int n;
    cudaEvent_t read; /* the kernels of its last step are done */
};

struct upload {
    const void *host;
    size_t bytes;
    const void *device;
    uint64_t era;
};

struct mg_cuda_memory {
    range *ranges; /* sorted by address */
    int n, room;
    const char *step; /* the first range that was mirrored: the tape's step arena */
    size_t step_bytes;
    char *scratch; /* the device's side of be->scratch */
    ring pushes, uploads;
    lap laps[LAPS];
    int turn; /* the lap of this step */
    cudaEvent_t uploaded;
    upload remembered[REMEMBERED]; /* by hash of the address; of this era only */
    upload staged[STAGED];         /* of this era only */
    int n_staged;
    uint64_t era;
};

/* ---- device memory ---- */

void *mg_cuda_malloc(mg_cuda *cu, size_t bytes) {
    void *p = NULL;
    if (cu->dead) return NULL;
    cudaError_t e = cudaMalloc(&p, bytes);
    if (e == cudaErrorMemoryAllocation) {
        (void)cudaGetLastError(); /* forgotten: a request that was too large harms nothing */
        mg_cuda_refuse(cu, "no room for %zu bytes on the GPU", bytes);
        return NULL;
    }
    return mg_cuda_check(cu, e, "allocate") ? NULL : p;
}

/* NULL when it does not fit. */
static char *block_take(block *b, size_t bytes) {
    const size_t whole = (bytes + ALIGN - 1) / ALIGN * ALIGN;
    if (whole > b->bytes - b->used) return NULL;
    b->used += whole;
    return b->device + b->used - whole;
}

/* A block for `bytes`, of at least `least`. */
static int block_new(mg_cuda *cu, block *b, size_t least, size_t bytes) {
    const size_t size = ((bytes > least ? bytes : least) + ALIGN - 1) / ALIGN * ALIGN;
    char *device = (char *)mg_cuda_malloc(cu, size);
    if (!device) return 1;
    *b = {device, size, 0};
    return 0;
}

/* ---- ranges ---- */

/* How many ranges begin at or before an address. */
static int ranges_before(const mg_cuda_memory *m, const char *host) {
    int low = 0, high = m->n;
    while (low < high) {
        int middle = (low + high) / 2;
        if (m->ranges[middle].host <= host)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

/* The mirror of bytes that lie in one range; NULL, and a refusal, for others. */
static char *mirror_of(mg_cuda *cu, const void *address, size_t bytes) {
    const mg_cuda_memory *m = cu->memory;
    const char *host = (const char *)address;
    const int i = ranges_before(m, host) - 1;
    const range *r = i < 0 ? NULL : &m->ranges[i];
    const size_t from = r ? (size_t)(host - r->host) : 0;
    if (r && from < r->bytes && bytes <= r->bytes - from) return r->device + from;
    mg_cuda_refuse(cu, "address %p (%zu bytes) is not on the GPU: neither of the step nor attached",
                   address, bytes);
    return NULL;
}

void *mg_cuda_address(mg_cuda *cu, const void *host) {
    return host ? mirror_of(cu, host, 1) : NULL;
}

static int make_room(mg_cuda *cu) {
    mg_cuda_memory *m = cu->memory;
    if (m->n < m->room) return 0;
    const int room = m->room ? 2 * m->room : 16;
    range *more = (range *)realloc(m->ranges, (size_t)room * sizeof *more);
    if (!more) return mg_cuda_refuse(cu, "out of memory for a table of %d ranges", room);
    m->ranges = more;
    m->room = room;
    return 0;
}

/* Device memory of its own for a range that meets no other. */
static char *add_range(mg_cuda *cu, const void *base, size_t bytes) {
    mg_cuda_memory *m = cu->memory;
    const char *host = (const char *)base;
    const int at = ranges_before(m, host);
    if ((at > 0 && host < m->ranges[at - 1].host + m->ranges[at - 1].bytes) ||
        (at < m->n && m->ranges[at].host < host + bytes)) {
        mg_cuda_refuse(cu, "%zu bytes at %p overlap what is attached", bytes, base);
        return NULL;
    }
    char *device = make_room(cu) ? NULL : (char *)mg_cuda_malloc(cu, bytes);
    if (!device) return NULL;
    memmove(m->ranges + at + 1, m->ranges + at, (size_t)(m->n - at) * sizeof *m->ranges);
    m->ranges[at] = {host, bytes, device};
    m->n++;
    return device;
}

int mg_cuda_mirror(mg_backend *be, const void *base, size_t bytes) {
    mg_cuda *cu = mg_cuda_of(be);
    mg_cuda_memory *m = cu->memory;
    if (mg_cuda_enter(cu) || !add_range(cu, base, bytes)) return 1;
    if (!m->step) {
        m->step = (const char *)base;
        m->step_bytes = bytes;
    }
    return 0;
}

void mg_cuda_unmirror(mg_backend *be, const void *base) {
    mg_cuda *cu = mg_cuda_of(be);
    mg_cuda_memory *m = cu->memory;
    const int i = ranges_before(m, (const char *)base) - 1;
    if (i < 0 || m->ranges[i].host != base) return;
    /* kernels may still read it */
    if (!mg_cuda_enter(cu)) mg_cuda_check(cu, cudaStreamSynchronize(cu->stream), "detach");
    (void)cudaFree(m->ranges[i].device);
    m->n--;
    memmove(m->ranges + i, m->ranges + i + 1, (size_t)(m->n - i) * sizeof *m->ranges);
}

void *mg_cuda_room(mg_cuda *cu, size_t bytes) {
    mg_arena *scratch = &cu->be->scratch;
    const uint8_t *p = (const uint8_t *)mg_arena_alloc(scratch, bytes);
    if (p) return cu->memory->scratch + (p - scratch->base);
    mg_cuda_refuse(cu, "scratch memory is full: %zu bytes asked for, %zu of %zu in use", bytes,
                   scratch->used, scratch->reserved);
    return NULL;
}

/* ---- push and pull ---- */

static int next_segment(mg_cuda *cu, ring *r) {
    if (mg_cuda_check(cu, cudaEventRecord(r->copied[r->segment], r->stream), "copy")) return 1;
    r->segment = (r->segment + 1) % SEGMENTS;
    r->used = 0;
    return mg_cuda_check(cu, cudaEventSynchronize(r->copied[r->segment]), "copy");
}

/* Queues the copy, in pieces; the host's bytes have been read when it returns. */
static int ring_copy(mg_cuda *cu, ring *r, char *device, const void *host, size_t bytes) {
    for (size_t at = 0, piece; at < bytes; at += piece) {
        if (r->used == SEGMENT_BYTES && next_segment(cu, r)) return 1;
        char *pinned = r->pinned + (size_t)r->segment * SEGMENT_BYTES + r->used;
        piece = bytes - at < SEGMENT_BYTES - r->used ? bytes - at : SEGMENT_BYTES - r->used;
        memcpy(pinned, (const char *)host + at, piece);
        r->used += (piece + ALIGN - 1) / ALIGN * ALIGN;
        if (mg_cuda_check(
                cu, cudaMemcpyAsync(device + at, pinned, piece, cudaMemcpyHostToDevice, r->stream),
                "copy to the GPU"))
            return 1;
    }
    return 0;
}

int mg_cuda_push(mg_backend *be, const void *host, size_t bytes) {
    mg_cuda *cu = mg_cuda_of(be);
    if (mg_cuda_enter(cu)) return 1;
    if (bytes == 0) return 0;
    char *device = mirror_of(cu, host, bytes);
    return !device || ring_copy(cu, &cu->memory->pushes, device, host, bytes);
}

int mg_cuda_pull(mg_backend *be, void *host, size_t bytes) {
    mg_cuda *cu = mg_cuda_of(be);
    if (mg_cuda_enter(cu)) return 1;
    if (bytes == 0) return 0;
    const char *device = mirror_of(cu, host, bytes);
    return !device ||
           mg_cuda_check(cu,
                         cudaMemcpyAsync(host, device, bytes, cudaMemcpyDeviceToHost, cu->stream),
                         "copy from the GPU") ||
           mg_cuda_check(cu, cudaStreamSynchronize(cu->stream), "wait for the GPU");
}

void *mg_cuda_where(mg_backend *be, const void *host, size_t bytes, void **stream) {
    mg_cuda *cu = mg_cuda_of(be);
    if (mg_cuda_enter(cu)) return NULL;
    *stream = cu->stream;
    return mirror_of(cu, host, bytes);
}

/* ---- uploads ---- */

/* Where an array is remembered, or would be; NULL when it must not be or there is no place left
 * near its own. */
static upload *remembered(mg_cuda_memory *m, const void *host, size_t bytes) {
    if (!m->step || (uintptr_t)host - (uintptr_t)m->step >= m->step_bytes) return NULL;
    const uint64_t h = ((uint64_t)(uintptr_t)host >> 2) * 0x9E3779B97F4A7C15u >> 32;
    for (uint64_t probe = 0; probe < 16; probe++) {
        upload *u = &m->remembered[(h + probe) % REMEMBERED];
        if (u->era != m->era || (u->host == host && u->bytes == bytes)) return u;
    }
    return NULL;
}

/* Room in this step's lap: the first block with enough, or a new one. */
static char *lap_take(mg_cuda *cu, lap *l, size_t bytes) {
    size_t all = BLOCK_BYTES;
    for (int i = 0; i < l->n; i++) {
        char *device = block_take(&l->blocks[i], bytes);
        if (device) return device;
        all += l->blocks[i].bytes;
    }
    if (l->n == BLOCKS) mg_cuda_refuse(cu, "no room for an index array of %zu bytes", bytes);
    if (l->n == BLOCKS || block_new(cu, &l->blocks[l->n], all, bytes)) return NULL;
    return block_take(&l->blocks[l->n++], bytes);
}

/* A copy beside the kernels that run; those launched from here on wait for it. */
static char *upload_beside(mg_cuda *cu, const void *host, size_t bytes) {
    mg_cuda_memory *m = cu->memory;
    char *device = lap_take(cu, &m->laps[m->turn], bytes);
    if (!device || ring_copy(cu, &m->uploads, device, host, bytes) ||
        mg_cuda_check(cu, cudaEventRecord(m->uploaded, cu->copies), "upload") ||
        mg_cuda_check(cu, cudaStreamWaitEvent(cu->stream, m->uploaded, 0), "upload"))
        return NULL;
    return device;
}

/* The device's copy of an array that lies in a staged range; NULL for others. */
static const void *staged(const mg_cuda *cu, const void *host, size_t bytes) {
    const mg_cuda_memory *m = cu->memory;
    for (int i = 0; i < m->n_staged; i++) {
        const upload *u = &m->staged[i];
        const uintptr_t at = (uintptr_t)host - (uintptr_t)u->host;
        if (at < u->bytes && bytes <= u->bytes - at && at % sizeof(float) == 0)
            return (const char *)u->device + at;
    }
    return NULL;
}

int mg_cuda_stage(mg_backend *be, const void *base, size_t bytes) {
    mg_cuda *cu = mg_cuda_of(be);
    mg_cuda_memory *m = cu->memory;
    if (mg_cuda_enter(cu)) return 1;
    if (m->n_staged == STAGED) return 0; /* its arrays go one by one */
    const char *device = upload_beside(cu, base, bytes);
    if (device) m->staged[m->n_staged++] = {base, bytes, device, m->era};
    return mg_cuda_done(cu, "stage");
}

const void *mg_cuda_upload(mg_cuda *cu, const void *host, size_t bytes) {
    mg_cuda_memory *m = cu->memory;
    if (!host || cu->dead || cu->refused) return NULL;
    /* an empty array: an address that nobody reads, and not NULL, which can mean "none" */
    if (bytes == 0) return m->scratch;
    const void *already = staged(cu, host, bytes);
    if (already) return already;
    upload *u = remembered(m, host, bytes);
    if (u && u->era == m->era) return u->device;
    const void *device = upload_beside(cu, host, bytes);
    if (u && device) *u = {host, bytes, device, m->era};
    return device;
}

/* A reset may come before kernels of the step have run: the copies of the next but one wait for
 * them, not the host. */
void mg_cuda_new_step(mg_backend *be) {
    mg_cuda *cu = mg_cuda_of(be);
    mg_cuda_memory *m = cu->memory;
    cu->refused = false;
    if (mg_cuda_enter(cu) ||
        mg_cuda_check(cu, cudaEventRecord(m->laps[m->turn].read, cu->stream), "reset"))
        return;
    m->turn = (m->turn + 1) % LAPS;
    lap *l = &m->laps[m->turn];
    mg_cuda_check(cu, cudaStreamWaitEvent(cu->copies, l->read, 0), "reset");
    for (int i = 0; i < l->n; i++) l->blocks[i].used = 0;
    m->era++; /* what was uploaded is uploaded anew */
    m->n_staged = 0;
}

/* ---- life ---- */

static int event_new(mg_cuda *cu, cudaEvent_t *event) {
    return mg_cuda_check(cu, cudaEventCreateWithFlags(event, cudaEventDisableTiming),
                         "make an event");
}

static int ring_new(mg_cuda *cu, ring *r, cudaStream_t stream) {
    r->stream = stream;
    for (int i = 0; i < SEGMENTS; i++)
        if (event_new(cu, &r->copied[i])) return 1;
    return mg_cuda_check(cu, cudaMallocHost((void **)&r->pinned, SEGMENTS * SEGMENT_BYTES),
                         "allocate pinned memory");
}

static void ring_free(ring *r) {
    for (int i = 0; i < SEGMENTS; i++)
        if (r->copied[i]) (void)cudaEventDestroy(r->copied[i]);
    (void)cudaFreeHost(r->pinned);
}

static size_t share(size_t bytes, double part, size_t most) {
    const size_t some = (size_t)((double)bytes * part) >> 20 << 20; /* whole MiB, as arenas are */
    return some < most ? some : most;
}

/* The step arena is the tape's, which mirrors it; be->step_bytes says how large it may be. */
static int share_memory(mg_cuda *cu) {
    mg_backend *be = cu->be;
    size_t spare = 0, all = 0;
    molglot_error err;
    if (mg_cuda_check(cu, cudaMemGetInfo(&spare, &all), "ask for the free memory")) return 1;
    be->step_bytes = share(spare, STEP_SHARE, STEP_MOST);
    if (be->step_bytes == 0) return mg_cuda_refuse(cu, "all memory of the GPU is in use");
    if (mg_arena_init(&be->scratch, share(spare, SCRATCH_SHARE, SCRATCH_MOST), &err))
        return mg_cuda_refuse(cu, "%.200s", err.message);
    cu->memory->scratch = add_range(cu, be->scratch.base, be->scratch.reserved);
    return !cu->memory->scratch;
}

int mg_cuda_memory_new(mg_cuda *cu) {
    mg_cuda_memory *m = cu->memory = (mg_cuda_memory *)calloc(1, sizeof *m);
    if (!m) return mg_cuda_refuse(cu, "out of memory for the CUDA backend");
    m->era = 1; /* 0: nothing is remembered there */
    if (event_new(cu, &m->uploaded) || ring_new(cu, &m->pushes, cu->stream) ||
        ring_new(cu, &m->uploads, cu->copies))
        return 1;
    for (int i = 0; i < LAPS; i++)
        if (event_new(cu, &m->laps[i].read)) return 1;
    return share_memory(cu);
}

void mg_cuda_memory_free(mg_cuda *cu) {
    mg_cuda_memory *m = cu->memory;
    if (!m) return;
    for (int i = 0; i < m->n; i++) (void)cudaFree(m->ranges[i].device);
    for (int l = 0; l < LAPS; l++) {
        for (int i = 0; i < m->laps[l].n; i++) (void)cudaFree(m->laps[l].blocks[i].device);
        if (m->laps[l].read) (void)cudaEventDestroy(m->laps[l].read);
    }
    if (m->uploaded) (void)cudaEventDestroy(m->uploaded);
    ring_free(&m->pushes);
    ring_free(&m->uploads);
    mg_arena_free(&cu->be->scratch);
    free(m->ranges);
    free(m);
}
