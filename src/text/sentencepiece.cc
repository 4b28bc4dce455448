/* sentencepiece.cc - SentencePiece (unigram) as T5's tokeniser uses it, over Debian's
 * libsentencepiece (spec: docs/models/t5.md). The one place that includes it. Every entry catches
 * all exceptions. */
#include "text/text.h"

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

int load(mg_sentencepiece *w, const void *bytes, std::size_t n, molglot_error *err) {
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
