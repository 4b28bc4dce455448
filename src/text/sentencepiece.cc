/* sentencepiece.cc - SentencePiece (unigram) as T5's tokeniser uses it, over Debian's
 * libsentencepiece (spec: docs/models/t5.md). The one place that includes it. Every entry catches
 * all exceptions. */
#include "text/text.h"

#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <new>
#include <sentencepiece_processor.h>
#include <string>
#include <vector>

struct mg_sentencepiece {
    sentencepiece::SentencePieceProcessor model;
};

namespace {

/* What transformers calls "clean up": blanks before marks are dropped. */
void clean_up(std::string &s) {
    static const char *const from[] = {" .",   " ?",  " !",  " ,",   " ' ",
                                       " n't", " 'm", " 's", " 've", " 're"};
    static const char *const to[] = {".", "?", "!", ",", "'", "n't", "'m", "'s", "'ve", "'re"};
    for (std::size_t i = 0; i < sizeof from / sizeof *from; i++) {
        std::string out;
        std::size_t at = 0;
        for (std::size_t hit; (hit = s.find(from[i], at)) != std::string::npos;
             at = hit + std::strlen(from[i])) {
            out.append(s, at, hit - at);
            out += to[i];
        }
        s = out.append(s, at, std::string::npos);
    }
}

void strip(std::string &s) {
    static const char blanks[] = " \t\n\r\f\v";
    const auto first = s.find_first_not_of(blanks);
    s = first == std::string::npos ? "" : s.substr(first, s.find_last_not_of(blanks) - first + 1);
}

/* ---- what the library follows unchecked ----
 * ModelProto.normalizer_spec (field 3) and denormalizer_spec (5) have a table of characters (field
 * 2): a size, a double array of so many bytes, and strings with a zero behind each. */

struct wire { /* a message of Protocol Buffers */
    const unsigned char *at, *end;
};

bool read_varint(wire &w, std::uint64_t &out) {
    out = 0;
    for (int shift = 0; shift < 64 && w.at < w.end; shift += 7) {
        const unsigned char byte = *w.at++;
        out |= static_cast<std::uint64_t>(byte & 0x7f) << shift;
        if (byte < 0x80) return true;
    }
    return false;
}

std::uint32_t read_unit(const unsigned char *at) {
    return static_cast<std::uint32_t>(at[0]) | static_cast<std::uint32_t>(at[1]) << 8 |
           static_cast<std::uint32_t>(at[2]) << 16 | static_cast<std::uint32_t>(at[3]) << 24;
}

/* Wherever a walk through the double array (darts-clone) goes, it stays inside, and the strings
 * that it finds are strings. */
bool is_table(wire w) {
    const std::size_t size = static_cast<std::size_t>(w.end - w.at);
    if (size == 0) return true;
    if (size <= 4) return false;
    const std::uint32_t bytes = read_unit(w.at), units = bytes / 4;
    if (bytes % 4 || bytes < 4 || bytes >= size - 4 || w.end[-1] != 0) return false;
    const unsigned char *array = w.at + 4;
    const std::uint32_t strings = static_cast<std::uint32_t>(size - 4) - bytes;
    for (std::uint32_t i = 0; i < units; i++) {
        const std::uint32_t u = read_unit(array + 4 * static_cast<std::size_t>(i));
        if (i && u >> 31) continue; /* a value: no label is like it; the root has none */
        const std::uint32_t to = i ^ ((u >> 10) << ((u & (1U << 9)) >> 6));
        if ((to | 0xff) >= units) return false;
        const std::uint32_t value = read_unit(array + 4 * static_cast<std::size_t>(to)) << 1 >> 1;
        if ((u >> 8 & 1) && value >= strings) return false;
    }
    return true;
}

/* Of a model (depth 0) or of a spec inside it. */
bool has_sound_tables(wire w, int depth) {
    while (w.at < w.end) {
        std::uint64_t key, n;
        if (!read_varint(w, key)) return false;
        const std::uint64_t field = key >> 3, type = key & 7;
        if (type == 0) {
            if (!read_varint(w, n)) return false;
            continue;
        }
        if (type == 2 ? !read_varint(w, n) : type != 1 && type != 5) return false;
        if (type != 2) n = type == 1 ? 8 : 4;
        if (n > static_cast<std::uint64_t>(w.end - w.at)) return false;
        const wire inside = {w.at, w.at + n};
        if (type == 2 && depth == 0 && (field == 3 || field == 5) && !has_sound_tables(inside, 1))
            return false;
        if (type == 2 && depth == 1 && field == 2 && !is_table(inside)) return false;
        w.at += n;
    }
    return true;
}

int load(mg_sentencepiece *w, const void *bytes, std::size_t n, molglot_error *err) {
    const auto *from = static_cast<const unsigned char *>(bytes);
    if (!has_sound_tables({from, from + n}, 0))
        return mg_fail(err, MOLGLOT_BAD_FILE, "no SentencePiece model, or one that is damaged");
    const auto status =
        w->model.LoadFromSerializedProto(absl::string_view(static_cast<const char *>(bytes), n));
    if (!status.ok())
        return mg_fail(err, MOLGLOT_BAD_FILE, "no SentencePiece model: %s", status.error_message());
    const auto &m = w->model;
    if (m.GetPieceSize() < 4 || m.pad_id() != 0 || m.eos_id() != 1 || m.unk_id() != 2)
        return mg_fail(err, MOLGLOT_BAD_FILE,
                       "a SentencePiece model whose pad, end and unknown pieces are %d, %d and %d; "
                       "T5's are 0, 1 and 2",
                       m.pad_id(), m.eos_id(), m.unk_id());
    return MOLGLOT_OK;
}

} // namespace

extern "C" mg_sentencepiece *mg_sentencepiece_new(const void *model, size_t n, molglot_error *err) {
    try {
        std::unique_ptr<mg_sentencepiece> w(new mg_sentencepiece);
        return load(w.get(), model, n, err) ? nullptr : w.release();
    } catch (const std::bad_alloc &) {
        (void)mg_no_memory(err, "the SentencePiece model");
    } catch (...) {
        (void)mg_fail(err, MOLGLOT_BAD_FILE, "a damaged SentencePiece model");
    }
    return nullptr;
}

extern "C" void mg_sentencepiece_free(mg_sentencepiece *w) { delete w; }

extern "C" int32_t mg_sentencepiece_size(const mg_sentencepiece *w) {
    return w->model.GetPieceSize();
}

extern "C" int mg_sentencepiece_encode(const mg_sentencepiece *w, const char *text, size_t n,
                                       int32_t max, int32_t **out, int32_t *count,
                                       molglot_error *err) {
    *out = nullptr;
    *count = 0;
    try {
        std::vector<int> ids;
        const auto status = w->model.Encode(absl::string_view(text, n), &ids);
        if (!status.ok())
            return mg_fail(err, MOLGLOT_FAILED, "SentencePiece: %s", status.error_message());
        if (max > 0 && ids.size() > static_cast<std::size_t>(max - 1))
            ids.resize(static_cast<std::size_t>(max - 1));
        ids.push_back(w->model.eos_id());
        *out = static_cast<int32_t *>(std::malloc(ids.size() * sizeof **out));
        if (!*out) return mg_no_memory(err, "%zu pieces", ids.size());
        for (const int id : ids) (*out)[(*count)++] = id;
        return MOLGLOT_OK;
    } catch (...) {
        return mg_no_memory(err, "the pieces of a text");
    }
}

extern "C" char *mg_sentencepiece_decode(const mg_sentencepiece *w, const int32_t *ids, size_t n,
                                         molglot_error *err) {
    try {
        std::vector<int> kept;
        std::string text;
        for (std::size_t i = 0; i < n; i++)
            if (ids[i] > 2 && ids[i] < w->model.GetPieceSize()) kept.push_back(ids[i]);
        const auto status = w->model.Decode(kept, &text);
        if (!status.ok()) {
            (void)mg_fail(err, MOLGLOT_FAILED, "SentencePiece: %s", status.error_message());
            return nullptr;
        }
        strip(text);
        clean_up(text);
        char *s = static_cast<char *>(std::malloc(text.size() + 1));
        if (s) std::memcpy(s, text.c_str(), text.size() + 1);
        if (!s) (void)mg_no_memory(err, "a text");
        return s;
    } catch (...) {
        (void)mg_no_memory(err, "a text");
        return nullptr;
    }
}
