/* cuda.cu - the backend on an NVIDIA GPU: its table and its life.
 *
 * mg_cuda_backend_new is the only symbol that libmolglot_cuda.so shows; load.c calls it. A backend
 * has one stream. All kernels and products run on it in the order of the calls, so the host waits
 * in pull and sumsq alone. One thread at a time may use a backend.
 */
#include "tensor/cuda/cuda.h"

#include <stdlib.h>
#include <string.h>

enum { OLDEST_MAJOR = 8 }; /* compute capability 8.0: the first with bf16 tensor cores */

/* ---- the table ---- */

static void cuda_free(mg_backend *be) {
    mg_cuda *cu = mg_cuda_of(be);
    (void)cudaSetDevice(cu->gpu); /* of a dead backend too: nothing below minds failures */
    if (cu->stream) (void)cudaStreamSynchronize(cu->stream);
    if (cu->copies) (void)cudaStreamSynchronize(cu->copies);
    mg_cuda_products_free(cu);
    mg_cuda_memory_free(cu);
    (void)cudaFree(cu->partial);
    (void)cudaFree(cu->sum);
    if (cu->stream) (void)cudaStreamDestroy(cu->stream);
    if (cu->copies) (void)cudaStreamDestroy(cu->copies);
    free(cu);
    free(be);
}

static void fill_table(mg_backend *be) {
    be->name = "cuda";
    be->threads = 1;
    be->free = cuda_free;
    be->mirror = mg_cuda_mirror;
    be->unmirror = mg_cuda_unmirror;
    be->push = mg_cuda_push;
    be->pull = mg_cuda_pull;
    be->where = mg_cuda_where;
    be->stage = mg_cuda_stage;
    be->new_step = mg_cuda_new_step;
    be->linear = mg_cuda_linear;
    be->linear_back = mg_cuda_linear_back;
    be->act = mg_cuda_act;
    be->act_back = mg_cuda_act_back;
    be->axpby = mg_cuda_axpby;
    be->scale_by = mg_cuda_scale_by;
    be->mul = mg_cuda_mul;
    be->dropout = mg_cuda_dropout;
    be->gather = mg_cuda_gather;
    be->norm = mg_cuda_norm;
    be->norm_back = mg_cuda_norm_back;
    be->bnorm = mg_cuda_bnorm;
    be->bnorm_back = mg_cuda_bnorm_back;
    be->attention = mg_cuda_attention;
    be->attention_back = mg_cuda_attention_back;
    be->normalize = mg_cuda_normalize;
    be->normalize_back = mg_cuda_normalize_back;
    be->infonce = mg_cuda_infonce;
    be->xent = mg_cuda_xent;
    be->xent_back = mg_cuda_xent_back;
    be->windows = mg_cuda_windows;
    be->windows_back = mg_cuda_windows_back;
    be->cluster = mg_cuda_cluster;
    be->merge = mg_cuda_merge;
    be->merge_back = mg_cuda_merge_back;
    be->scored = mg_cuda_scored;
    be->scored_back = mg_cuda_scored_back;
    be->place = mg_cuda_place;
    be->place_back = mg_cuda_place_back;
    be->contrast = mg_cuda_contrast;
    be->late = mg_cuda_late;
    be->late_back = mg_cuda_late_back;
    be->product_nt = mg_cuda_product_nt;
    be->sumsq = mg_cuda_sumsq;
    be->zero = mg_cuda_zero;
    be->adamw = mg_cuda_adamw;
}

/* ---- life ---- */

/* Is there a GPU of this number that these kernels run on? */
static int find_gpu(int gpu, cudaDeviceProp *device, molglot_error *err) {
    int count = 0, driver = 0;
    cudaError_t e = cudaGetDeviceCount(&count);
    if (e != cudaSuccess && (cudaDriverGetVersion(&driver) != cudaSuccess || driver == 0))
        return mg_fail(err, MOLGLOT_FAILED,
                       "device cuda: no NVIDIA driver is installed here; use the device cpu");
    if (e == cudaErrorInsufficientDriver)
        return mg_fail(err, MOLGLOT_FAILED,
                       "device cuda: the NVIDIA driver is for CUDA %d.%d at most, this build needs "
                       "%d.%d: install a newer "
                       "driver",
                       driver / 1000, driver % 1000 / 10, CUDART_VERSION / 1000,
                       CUDART_VERSION % 1000 / 10);
    if (e == cudaErrorNoDevice || (e == cudaSuccess && count == 0))
        return mg_fail(err, MOLGLOT_FAILED,
                       "device cuda: this machine has no NVIDIA GPU (or CUDA_VISIBLE_DEVICES hides "
                       "it); use the device cpu");
    if (e != cudaSuccess)
        return mg_fail(err, MOLGLOT_FAILED, "device cuda: %s", cudaGetErrorString(e));
    if (gpu < 0 || gpu >= count)
        return mg_fail(err, MOLGLOT_FAILED,
                       "device cuda:%d: there is no such GPU, the last of %d is cuda:%d", gpu,
                       count, count - 1);
    if ((e = cudaGetDeviceProperties(device, gpu)) != cudaSuccess)
        return mg_fail(err, MOLGLOT_FAILED, "device cuda:%d: %s", gpu, cudaGetErrorString(e));
    if (device->major < OLDEST_MAJOR)
        return mg_fail(err, MOLGLOT_FAILED,
                       "device cuda:%d: %s has compute capability %d.%d, at least %d.0 is needed",
                       gpu, device->name, device->major, device->minor, OLDEST_MAJOR);
    return MOLGLOT_OK;
}

/* Streams and memory; mg_cuda_memory_new last, because it shares out what is free then. */
static int take_gpu(mg_cuda *cu, const cudaDeviceProp *device) {
    mg_backend *be = cu->be;
    cu->processors = device->multiProcessorCount;
    snprintf(be->about, sizeof be->about, "%.80s, %.0f GiB", device->name,
             (double)device->totalGlobalMem / (1 << 30));
    if (mg_cuda_enter(cu) ||
        mg_cuda_check(cu, cudaStreamCreateWithFlags(&cu->stream, cudaStreamNonBlocking),
                      "make a stream") ||
        mg_cuda_check(cu, cudaStreamCreateWithFlags(&cu->copies, cudaStreamNonBlocking),
                      "make a stream"))
        return 1;
    cu->partial = (float *)mg_cuda_malloc(cu, MG_CUDA_PARTIAL * sizeof(float));
    cu->sum = (double *)mg_cuda_malloc(cu, sizeof(double));
    return !cu->partial || !cu->sum || mg_cuda_products_new(cu) || mg_cuda_memory_new(cu);
}

/* table_bytes: sizeof(mg_backend) where the caller was compiled. */
extern "C" __attribute__((visibility("default"))) mg_backend *mg_cuda_backend_new(
    int gpu, const char *version, size_t table_bytes, molglot_error *err) {
    cudaDeviceProp device;
    if (strcmp(version, MOLGLOT_VERSION) != 0 || table_bytes != sizeof(mg_backend)) {
        mg_fail(err, MOLGLOT_FAILED,
                "device cuda: libmolglot_cuda.so is of another build (%s, table of %zu bytes) than "
                "this program (%s, %zu bytes): "
                "build both from the same source",
                MOLGLOT_VERSION, sizeof(mg_backend), version, table_bytes);
        return NULL;
    }
    if (find_gpu(gpu, &device, err)) return NULL;
    mg_backend *be = (mg_backend *)calloc(1, sizeof *be);
    mg_cuda *cu = (mg_cuda *)calloc(1, sizeof *cu);
    if (!be || !cu) {
        free(be);
        free(cu);
        mg_no_memory(err, "the CUDA backend");
        return NULL;
    }
    fill_table(be);
    be->self = cu;
    cu->be = be;
    cu->gpu = gpu;
    if (take_gpu(cu, &device) == 0) return be;
    mg_fail(err, MOLGLOT_FAILED, "device cuda:%d: %s", gpu, be->reason);
    cuda_free(be);
    return NULL;
}
