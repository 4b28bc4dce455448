/* foreign.c - what a file is that is none of tensors: by its first bytes, in words that say what to
 * do.
 */
#include "tensor/files/inside.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

static const struct {
    size_t at, n;
    const char *magic, *what;
} known[] = {
    {0, 23, "version https://git-lfs",
     "a Git LFS pointer: the weights were not downloaded (git lfs pull)"},
    {0, 4, "GGUF", "a GGUF file (llama.cpp): give the checkpoint that it was made from"},
    {0, 4, "ggml", "a GGML file (llama.cpp): give the checkpoint that it was made from"},
    {0, 8, "\x89HDF\r\n\x1a\n",
     "an HDF5 file (Keras, TensorFlow): give a PyTorch or safetensors file"},
    {4, 4, "TFL3", "a TensorFlow Lite model: give a PyTorch or safetensors file"},
    {0, 6, "\x93NUMPY", "a NumPy array: give a PyTorch or safetensors file"},
    {0, 2, "\x1f\x8b", "gzip: unpack it first"},
    {0, 3, "BZh", "bzip2: unpack it first"},
    {0, 6,
     "\xfd"
     "7zXZ\0",
     "xz: unpack it first"},
    {0, 4, "\x28\xb5\x2f\xfd", "zstd: unpack it first"},
    {0, 6, "7z\xbc\xaf\x27\x1c", "a 7z archive: unpack it first"},
    {0, 4, "Rar!", "a RAR archive: unpack it first"},
    {257, 5, "ustar", "a tar archive: unpack it first"},
    {0, 4, "PK\5\6", "an empty zip archive"},
    {0, 5, "%PDF-", "a PDF"},
    {0, 4, "\x89PNG", "a picture (PNG)"},
    {0, 4, "PAR1", "a Parquet table"},
    {0, 15, "SQLite format 3", "an SQLite database"},
    {0, 4,
     "\x7f"
     "ELF",
     "a program (ELF)"},
    {0, 7, "MGINDEX", "an index of Molglot, not a model"},
    {0, 6, "MGDATA", "a training set's cache of Molglot, not a model"},
    {0, 3, "\x08\x01\x12", "a TensorFlow SavedModel: give a PyTorch or safetensors file"},
};

/* A page instead of the file, as sites send it that want a click or a login. */
static bool is_html(const char *s, size_t n) {
    static const char *const starts[] = {"<!doctype", "<html", "<head", "<!--", "<?xml", "<script"};
    for (size_t i = 0; i < MG_COUNT(starts); i++) {
        const size_t m = strlen(starts[i]);
        if (n >= m && !strncasecmp(s, starts[i], m)) return true;
    }
    return false;
}

/* ONNX is a protobuf: field 1, the version; field 2 (producer) or 7 (graph). */
static bool is_onnx(const uint8_t *b, size_t n) {
    return n > 4 && b[0] == 0x08 && b[1] > 1 && b[1] < 32 && (b[2] == 0x12 || b[2] == 0x3a);
}

static bool is_text(const uint8_t *b, size_t n) {
    for (size_t i = 0; i < n && i < 512; i++)
        if (b[i] < 9 || (b[i] > 13 && b[i] < 32)) return false;
    return n > 0;
}

const char *mg_foreign_kind(const uint8_t *bytes, size_t n) {
    size_t blank = 0;
    if (!n) return "an empty file";
    for (size_t i = 0; i < MG_COUNT(known); i++)
        if (n >= known[i].at + known[i].n &&
            !memcmp(bytes + known[i].at, known[i].magic, known[i].n))
            return known[i].what;
    while (blank < n && (isspace(bytes[blank]) || (blank < 3 && bytes[blank] >= 0xBB))) blank++;
    if (is_html((const char *)bytes + blank, n - blank))
        return "an HTML page: the download gave a page, not the file";
    if (n >= 8 && !memcmp(bytes + n - 8, "\x57\xfb\x80\x8b\x24\x75\x47\xdb", 8))
        return "the index of a TensorFlow checkpoint: give a PyTorch or safetensors file";
    if (is_onnx(bytes, n))
        return "an ONNX model: give the PyTorch checkpoint that it was made from";
    if (bytes[0] == 0x80 && n > 1 && bytes[1] >= 2 && bytes[1] <= 5)
        return "a Python pickle, but none that torch.save wrote";
    if (blank < n && (bytes[blank] == '{' || bytes[blank] == '['))
        return "JSON, and no index of shards (it has no weight_map): give the weights";
    if (is_text(bytes, n)) return "a text file";
    return NULL;
}
