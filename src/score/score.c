/* score.c - generated molecules against references: sums for each prompt, measures as quotients of
 * sums, intervals.
 *
 * n prompts with one reference and `samples` outputs each. Every prompt gives a row of sums: of its
 * first output against the reference, of all its outputs against the reference (the field's
 * measures), of its outputs as a set (3M-Diffusion's, docs/reference/3m-diffusion.md 7.1, for plain
 * fingerprints and for those of Kekulised copies), and of its outputs alone. A measure divides two
 * sums over all prompts, so a bootstrap draws prompts and adds their rows. docs/scores.md defines
 * each measure; called by scoreboard.c.
 */
#include "score/score.h"

#include "score/inside.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* ---- sums ---- */

/* of two strings */
enum {
    T_DISTANCE,
    T_MATCHES,
    T_GRAMS = T_MATCHES + 4,
    T_OUTPUT_LENGTH = T_GRAMS + 4,
    T_REFERENCE_LENGTH,
    T_SUMS
};
/* of outputs against their reference; BOTH: readable output and reference, WITH_REFERENCE: readable
 * reference; UNREAD: not the same only because RDKit does not read the stereo that they say;
 * WRITTEN, CANONICAL: strings */
enum {
    P_OUTPUTS,
    P_STRING,
    P_SMILES,
    P_FLAT,
    P_INCHI,
    P_INCHI_FLAT,
    P_VALID,
    P_EMPTY,
    P_UNREAD,
    P_WITH_REFERENCE,
    P_BOTH,
    P_MACCS,
    P_RDK,
    P_MORGAN,
    P_MORGAN_BITS,
    P_WRITTEN,
    P_CANONICAL = P_WRITTEN + T_SUMS,
    P_SUMS = P_CANONICAL + T_SUMS
};
/* of outputs as a set with their reference */
enum { S_OUTPUTS, S_VALID, S_QUALIFIED, S_NOVEL, S_PAIRS, S_DISTANCE, S_SUMS };
enum { O_VALID, O_DISTINCT, O_NEW, O_SUMS }; /* of outputs alone */
enum {
    FIRST = 0,
    EVERY = FIRST + P_SUMS,
    PLAIN = EVERY + P_SUMS,
    KEKULISED = PLAIN + S_SUMS,
    OUTPUT = KEKULISED + S_SUMS,
    SUMS = OUTPUT + O_SUMS
};

_Static_assert((int)P_SUMS == (int)MG_PAIR_SUMS && (int)S_SUMS == (int)MG_SET_SUMS &&
                   (int)O_SUMS == (int)MG_OUTPUT_SUMS,
               "sums of task.h");

static const char *const pair_sum_names[P_SUMS] = {"outputs",
                                                   "exact_string",
                                                   "exact_canonical_smiles",
                                                   "exact_canonical_smiles_without_stereo",
                                                   "exact_inchi",
                                                   "exact_inchi_without_stereo",
                                                   "valid",
                                                   "empty",
                                                   "stereo_not_compared",
                                                   "with_readable_reference",
                                                   "with_readable_reference_and_valid",
                                                   "maccs_tanimoto",
                                                   "rdk_tanimoto",
                                                   "morgan2_count_tanimoto",
                                                   "morgan2_bit_tanimoto",
                                                   "levenshtein",
                                                   "bleu_matches_1",
                                                   "bleu_matches_2",
                                                   "bleu_matches_3",
                                                   "bleu_matches_4",
                                                   "bleu_ngrams_1",
                                                   "bleu_ngrams_2",
                                                   "bleu_ngrams_3",
                                                   "bleu_ngrams_4",
                                                   "output_characters",
                                                   "reference_characters",
                                                   "canonical_levenshtein",
                                                   "canonical_bleu_matches_1",
                                                   "canonical_bleu_matches_2",
                                                   "canonical_bleu_matches_3",
                                                   "canonical_bleu_matches_4",
                                                   "canonical_bleu_ngrams_1",
                                                   "canonical_bleu_ngrams_2",
                                                   "canonical_bleu_ngrams_3",
                                                   "canonical_bleu_ngrams_4",
                                                   "canonical_output_characters",
                                                   "canonical_reference_characters"};
static const char *const set_sum_names[S_SUMS] = {"outputs", "valid",           "qualified",
                                                  "novel",   "diversity_pairs", "diversity_sum"};
static const char *const output_sum_names[O_SUMS] = {"valid", "distinct_within_prompt",
                                                     "not_in_training"};

/* ---- measures: sum over sum; BLEU is made of several ---- */

/* BLEU: of the strings that begin at `under` */
typedef struct quotient {
    const char *name;
    int over, under;
} quotient;
enum { BLEU = -1 };

static const quotient pair_measures[MG_PAIR_MEASURES] = {
    {"bleu4_characters", BLEU, P_WRITTEN},
    {"bleu4_canonical_smiles", BLEU, P_CANONICAL},
    {"exact_string", P_STRING, P_OUTPUTS},
    {"exact_canonical_smiles", P_SMILES, P_OUTPUTS},
    {"exact_canonical_smiles_without_stereo", P_FLAT, P_OUTPUTS},
    {"exact_inchi", P_INCHI, P_OUTPUTS},
    {"exact_inchi_without_stereo", P_INCHI_FLAT, P_OUTPUTS},
    {"levenshtein", P_WRITTEN + T_DISTANCE, P_OUTPUTS},
    {"levenshtein_canonical_smiles", P_CANONICAL + T_DISTANCE, P_OUTPUTS},
    {"validity", P_VALID, P_OUTPUTS},
    {"maccs_tanimoto_valid_only", P_MACCS, P_BOTH},
    {"rdk_tanimoto_valid_only", P_RDK, P_BOTH},
    {"morgan2_count_tanimoto_valid_only", P_MORGAN, P_BOTH},
    {"morgan2_bit_tanimoto_valid_only", P_MORGAN_BITS, P_BOTH},
    {"maccs_tanimoto_invalid_as_zero", P_MACCS, P_WITH_REFERENCE},
    {"rdk_tanimoto_invalid_as_zero", P_RDK, P_WITH_REFERENCE},
    {"morgan2_count_tanimoto_invalid_as_zero", P_MORGAN, P_WITH_REFERENCE},
    {"morgan2_bit_tanimoto_invalid_as_zero", P_MORGAN_BITS, P_WITH_REFERENCE},
};
static const quotient set_measures[MG_SET_MEASURES] = {
    {"similarity", S_QUALIFIED, S_VALID}, {"similarity_over_all_outputs", S_QUALIFIED, S_OUTPUTS},
    {"novelty", S_NOVEL, S_QUALIFIED},    {"diversity", S_DISTANCE, S_PAIRS},
    {"validity", S_VALID, S_OUTPUTS},
};
static const quotient output_measures[MG_OUTPUT_MEASURES] = {
    {"uniqueness_within_prompt", O_DISTINCT, O_VALID},
    {"novelty_against_training", O_NEW, O_VALID},
};

typedef struct group {
    const quotient *measures;
    int n_measures;
    const char *const *names;
    int n_sums, at;
} group;
static const group groups[] = {
    {pair_measures, MG_PAIR_MEASURES, pair_sum_names, P_SUMS, FIRST},
    {pair_measures, MG_PAIR_MEASURES, pair_sum_names, P_SUMS, EVERY},
    {set_measures, MG_SET_MEASURES, set_sum_names, S_SUMS, PLAIN},
    {set_measures, MG_SET_MEASURES, set_sum_names, S_SUMS, KEKULISED},
    {output_measures, MG_OUTPUT_MEASURES, output_sum_names, O_SUMS, OUTPUT},
};
enum { MEASURES = 2 * MG_PAIR_MEASURES + 2 * MG_SET_MEASURES + MG_OUTPUT_MEASURES };

static double bleu_of(const double *sums) {
    mg_bleu b = {.output_length = sums[T_OUTPUT_LENGTH],
                 .reference_length = sums[T_REFERENCE_LENGTH]};
    memcpy(b.matches, sums + T_MATCHES, sizeof b.matches);
    memcpy(b.grams, sums + T_GRAMS, sizeof b.grams);
    return mg_bleu_score(&b);
}

/* All measures of all groups, one after the other; NaN where there is nothing to divide by. */
static void measures_of(const double sums[SUMS], double out[MEASURES]) {
    for (size_t g = 0; g < MG_COUNT(groups); g++) {
        const double *s = sums + groups[g].at;
        for (int k = 0; k < groups[g].n_measures; k++, out++) {
            const quotient *q = &groups[g].measures[k];
            if (q->over == BLEU)
                *out = s[P_OUTPUTS] > 0 ? bleu_of(s + q->under) : NAN;
            else
                *out = s[q->under] > 0 ? s[q->over] / s[q->under] : NAN;
        }
    }
}

/* ---- an output against its reference ---- */

/* What tells whether two molecules are the same, asked for only where the elements agree: the
 * InChIKey and SMILES without stereo. Miswritten: the canonical SMILES is read as another molecule
 * (RDKit 2022.09 writes some E and Z at ring closures the wrong way round). */
typedef struct identity {
    char *key, *flat;
    bool miswritten, made;
} identity;
typedef struct reference {
    const mg_profile *profile;
    const char *text;
    identity identity;
} reference;

static identity identity_of(const char *smiles, const char *canonical) {
    mg_mol *m = mg_read_scored(smiles), *again = mg_read_scored(canonical);
    identity out = {.made = true};
    if (m) out.key = mg_mol_inchikey(m);
    if (m) out.flat = mg_mol_smiles(m, false);
    char *key = again ? mg_mol_inchikey(again) : NULL;
    out.miswritten = out.key && key && strcmp(out.key, key) != 0;
    free(key);
    mg_mol_free(m);
    mg_mol_free(again);
    return out;
}

static void identity_free(identity *x) {
    free(x->key);
    free(x->flat);
}

/* A key is 14 letters for the skeleton, 8 for stereo and isotopes, two flags, and after the last
 * hyphen the protonation. Where there is no InChI (a wildcard atom) the SMILES stands in. */
static void compare_identity(const identity *a, const identity *b, bool *smiles, bool *inchi,
                             double *sums) {
    enum { SKELETON = 14 };
    const bool flat = a->flat && b->flat && !strcmp(a->flat, b->flat);
    sums[P_FLAT] += flat;
    if (!a->key || !b->key) {
        *inchi = *smiles;
        sums[P_INCHI_FLAT] += flat;
        return;
    }
    *inchi = !strcmp(a->key, b->key);
    *smiles |= *inchi && flat && (a->miswritten || b->miswritten);
    sums[P_INCHI_FLAT] += !strncmp(a->key, b->key, SKELETON) &&
                          a->key[strlen(a->key) - 1] == b->key[strlen(b->key) - 1];
}

/* Two strings that differ and say stereo that was not read are not taken for one molecule. */
static void same_molecule(reference *r, const mg_profile *o, const char *output, double *sums) {
    const size_t n = strcspn(output, " \t");
    bool smiles = !strcmp(r->profile->smiles, o->smiles), inchi = true;
    if (n == strcspn(r->text, " \t") && !strncmp(output, r->text, n)) {
        sums[P_SMILES]++;
        sums[P_FLAT]++;
        sums[P_INCHI]++;
        sums[P_INCHI_FLAT]++;
    } else if (r->profile->composition == o->composition) {
        if (!r->identity.made) r->identity = identity_of(r->text, r->profile->smiles);
        identity other = identity_of(output, o->smiles);
        compare_identity(&r->identity, &other, &smiles, &inchi, sums);
        identity_free(&other);
        const bool unread = r->profile->unread_stereo || o->unread_stereo;
        sums[P_SMILES] += smiles && !unread;
        sums[P_INCHI] += inchi && !unread;
        sums[P_UNREAD] += unread && (smiles || inchi);
    }
}

static void compare_molecules(reference *r, const mg_profile *o, const char *output, double *sums) {
    const mg_profile *p = r->profile;
    sums[P_BOTH]++;
    same_molecule(r, o, output, sums);
    sums[P_MACCS] += mg_tanimoto(p->maccs[MG_PLAIN], o->maccs[MG_PLAIN], MG_MACCS_BITS);
    sums[P_RDK] += mg_tanimoto(p->rdk, o->rdk, MG_RDK_BITS);
    sums[P_MORGAN] += mg_count_tanimoto(p->environments, p->n_environments, o->environments,
                                        o->n_environments);
    sums[P_MORGAN_BITS] += mg_tanimoto(p->morgan2, o->morgan2, MG_MORGAN_BITS);
}

static bool compare_texts(const char *wanted, const char *output, double *sums) {
    mg_bleu b = {0};
    int64_t distance = mg_levenshtein(wanted, output);
    if (distance < 0 || !mg_bleu_add(&b, wanted, output)) return false;
    sums[T_DISTANCE] += (double)distance;
    for (int n = 0; n < 4; n++) {
        sums[T_MATCHES + n] += b.matches[n];
        sums[T_GRAMS + n] += b.grams[n];
    }
    sums[T_OUTPUT_LENGTH] += b.output_length;
    sums[T_REFERENCE_LENGTH] += b.reference_length;
    return true;
}

static bool compare(reference *r, const mg_profile *o, const char *output, double *sums) {
    sums[P_OUTPUTS]++;
    sums[P_VALID] += o->valid;
    sums[P_EMPTY] += output && !*output;
    sums[P_WITH_REFERENCE] += r->profile->valid;
    if (o->valid && r->profile->valid) compare_molecules(r, o, output, sums);
    const char *written = output ? output : "";
    sums[P_STRING] += !strcmp(r->text, written);
    return compare_texts(r->text, written, sums + P_WRITTEN) &&
           compare_texts(r->profile->valid ? r->profile->smiles : r->text,
                         o->valid ? o->smiles : written, sums + P_CANONICAL);
}

/* ---- a prompt's outputs as a set ---- */

/* Qualified: MACCS cosine with the reference >= 0.5; novel: below 0.8. Diversity pools all pairs
 * among reference and qualified ones. */
static void set_sums(const mg_profile *r, const mg_profile *const *outputs, int samples,
                     int variant, const mg_profile **kept, double *sums) {
    int n = 0;
    kept[n++] = r;
    for (int i = 0; i < samples; i++) {
        sums[S_OUTPUTS]++;
        sums[S_VALID] += outputs[i]->valid;
        double s = outputs[i]->valid
                       ? mg_cosine(r->maccs[variant], outputs[i]->maccs[variant], MG_MACCS_BITS)
                       : 0;
        if (s < 0.5) continue;
        sums[S_QUALIFIED]++;
        sums[S_NOVEL] += s < 0.8;
        for (int k = 0; k < n; k++)
            sums[S_DISTANCE] += 1 - mg_tanimoto(kept[k]->morgan3[variant],
                                                outputs[i]->morgan3[variant], MG_MORGAN_BITS);
        sums[S_PAIRS] += n;
        kept[n++] = outputs[i];
    }
}

static void output_sums(const mg_profile *const *outputs, int samples,
                        const mg_string_set *training, double *sums) {
    for (int i = 0; i < samples; i++) {
        if (!outputs[i]->valid) continue;
        bool seen = false;
        for (int k = 0; k < i && !seen; k++)
            seen = outputs[k]->valid && !strcmp(outputs[k]->smiles, outputs[i]->smiles);
        sums[O_VALID]++;
        sums[O_DISTINCT] += !seen;
        sums[O_NEW] += training->n ? !mg_string_set_has(training, outputs[i]->smiles) : NAN;
    }
}

/* ---- the scorer ---- */

struct mg_scorer {
    int64_t n;
    reference *references;
    mg_scorer_options o;
    mg_profile_cache cache;
    mg_string_set training;
    char **training_smiles;
    int64_t n_training;
};

static int read_references(mg_scorer *s, const char *const *smiles, molglot_error *err) {
    const mg_profile **profiles = malloc((size_t)s->n * sizeof *profiles);
    s->references = calloc((size_t)s->n, sizeof *s->references);
    int code = profiles && s->references ? MOLGLOT_OK
                                         : mg_no_memory(err, "%lld references", (long long)s->n);
    if (!code)
        code = mg_profile_cache_read(&s->cache, smiles, (size_t)s->n, s->o.threads, profiles, err);
    for (int64_t i = 0; i < s->n && !code; i++)
        s->references[i] = (reference){.profile = profiles[i], .text = smiles[i]};
    free(profiles);
    return code;
}

mg_scorer *mg_scorer_new(const char *const *smiles, int64_t n, mg_scorer_options o,
                         molglot_error *err) {
    mg_scorer *s = NULL;
    o.threads = mg_threads(o.threads);
    int code = n > 0 ? mg_chem_init(err) : mg_fail(err, MOLGLOT_USAGE, "there is nothing to score");
    if (!code && !(s = calloc(1, sizeof *s))) code = mg_no_memory(err, "a scorer");
    if (code) return NULL;
    s->n = n;
    s->o = o;
    if (read_references(s, smiles, err) == MOLGLOT_OK) return s;
    mg_scorer_free(s);
    return NULL;
}

void mg_scorer_free(mg_scorer *s) {
    if (!s) return;
    for (int64_t i = 0; i < s->n && s->references; i++) identity_free(&s->references[i].identity);
    mg_profile_cache_free(&s->cache);
    for (int64_t i = 0; i < s->n_training; i++) free(s->training_smiles[i]);
    free(s->references);
    free(s->training_smiles);
    mg_string_set_free(&s->training);
    free(s);
}

int mg_scorer_training(mg_scorer *s, const char *const *smiles, int64_t n, bool *readable,
                       molglot_error *err) {
    s->training_smiles = calloc((size_t)n + 1, sizeof *s->training_smiles);
    if (!s->training_smiles || !mg_string_set_init(&s->training, (size_t)n))
        return mg_no_memory(err, "%lld molecules", (long long)n);
    s->n_training = n;
    mg_canonical_smiles(smiles, (size_t)n, true, s->o.threads, s->training_smiles);
    for (int64_t i = 0; i < n; i++) {
        readable[i] = s->training_smiles[i] != NULL;
        if (readable[i]) mg_string_set_add(&s->training, s->training_smiles[i]);
    }
    return MOLGLOT_OK;
}

/* ---- a run ---- */

typedef struct run {
    const mg_scorer *s;
    const char *const *output;   /* [n, samples] */
    const mg_profile **profiles; /* beside them */
    int samples;
    double *sums; /* [n, SUMS] */
} run;

/* kept: scratch for samples + 1 pointers. A prompt without a readable reference has no sums of
 * sets. */
static bool prompt_sums(const run *r, int64_t i, const mg_profile **kept) {
    const mg_profile *const *outputs = r->profiles + i * r->samples;
    reference *wanted = &r->s->references[i];
    double *sums = r->sums + i * SUMS;
    bool ok = true;
    for (int k = 0; k < r->samples; k++) {
        ok = ok && compare(wanted, outputs[k], r->output[i * r->samples + k], sums + EVERY);
        if (k == 0) memcpy(sums + FIRST, sums + EVERY, P_SUMS * sizeof *sums);
    }
    output_sums(outputs, r->samples, &r->s->training, sums + OUTPUT);
    if (!wanted->profile->valid) return ok;
    set_sums(wanted->profile, outputs, r->samples, MG_PLAIN, kept, sums + PLAIN);
    set_sums(wanted->profile, outputs, r->samples, MG_KEKULISED, kept, sums + KEKULISED);
    return ok;
}

static int all_sums(const run *r, molglot_error *err) {
    bool ok = true;
#pragma omp parallel num_threads(r->s->o.threads) reduction(&& : ok)
    {
        const mg_profile **kept = malloc(((size_t)r->samples + 1) * sizeof *kept);
#pragma omp for schedule(dynamic, 8)
        for (int64_t i = 0; i < r->s->n; i++) ok = ok && kept && prompt_sums(r, i, kept);
        free(kept);
    }
    return ok ? MOLGLOT_OK : mg_no_memory(err, "the scores");
}

static void add_rows(double *sum, const double *rows, int64_t n, mg_rng *rng) {
    memset(sum, 0, SUMS * sizeof *sum);
    for (int64_t i = 0; i < n; i++) {
        const double *row = rows + SUMS * (rng ? (int64_t)mg_rng_below(rng, (uint64_t)n) : i);
        for (int k = 0; k < SUMS; k++) sum[k] += row[k];
    }
}

/* resamples [MEASURES][times] of prompts drawn with replacement. */
static void resample(const run *r, int times, double *resamples) {
#pragma omp parallel for num_threads(r->s->o.threads) schedule(static)
    for (int t = 0; t < times; t++) {
        mg_rng rng = {.seed = r->s->o.seed, .stream = (uint64_t)t};
        double sum[SUMS], one[MEASURES];
        add_rows(sum, r->sums, r->s->n, &rng);
        measures_of(sum, one);
        for (int k = 0; k < MEASURES; k++) resamples[(int64_t)k * times + t] = one[k];
    }
}

static int summarise(const run *r, mg_scores *out, molglot_error *err) {
    mg_measure *measures[] = {out->first, out->every, out->plain, out->kekulised, out->output};
    mg_sum *named[] = {out->first_sums, out->every_sums, out->plain_sums, out->kekulised_sums,
                       out->output_sums};
    double sum[SUMS], value[MEASURES], *resamples = NULL;
    int times = r->s->o.bootstrap > 1 ? r->s->o.bootstrap : 0, k = 0;
    if (times && !(resamples = malloc(sizeof *resamples * MEASURES * (size_t)times)))
        return mg_no_memory(err, "%d resamples", times);
    add_rows(sum, r->sums, r->s->n, NULL);
    measures_of(sum, value);
    if (times) resample(r, times, resamples);
    for (size_t g = 0; g < MG_COUNT(groups); g++) {
        for (int i = 0; i < groups[g].n_measures; i++, k++) {
            mg_interval v = {value[k], value[k], value[k]};
            measures[g][i] = (mg_measure){
                groups[g].measures[i].name,
                times ? mg_interval95(value[k], resamples + (int64_t)k * times, times) : v};
        }
        for (int i = 0; i < groups[g].n_sums; i++)
            named[g][i] = (mg_sum){groups[g].names[i], sum[groups[g].at + i]};
    }
    free(resamples);
    return MOLGLOT_OK;
}

int mg_scorer_run(mg_scorer *s, const char *const *output, int samples, mg_scores *out,
                  molglot_error *err) {
    size_t outputs, bytes;
    memset(out, 0, sizeof *out);
    if (samples < 1) return mg_fail(err, MOLGLOT_USAGE, "there are no outputs to score");
    if (!mg_mul_size((size_t)s->n, (size_t)samples, &outputs) || outputs >= UINT32_MAX ||
        !mg_mul_size((size_t)s->n, SUMS * sizeof(double), &bytes))
        return mg_fail(err, MOLGLOT_USAGE, "%lld prompts of %d outputs are too many",
                       (long long)s->n, samples);
    run r = {.s = s,
             .output = output,
             .samples = samples,
             .sums = calloc(1, bytes),
             .profiles = malloc((outputs + 1) * sizeof *r.profiles)};
    out->prompts = s->n;
    out->samples = samples;
    for (int64_t i = 0; i < s->n; i++) {
        out->references_unreadable += !s->references[i].profile->valid;
        out->references_tangled += s->references[i].profile->tangled;
    }
    int code = r.sums && r.profiles
                   ? MOLGLOT_OK
                   : mg_no_memory(err, "the sums of %lld prompts", (long long)s->n);
    if (!code)
        code = mg_profile_cache_read(&s->cache, output, outputs, s->o.threads, r.profiles, err);
    for (size_t i = 0; i < outputs && !code; i++) out->outputs_tangled += r.profiles[i]->tangled;
    if (!code) code = all_sums(&r, err);
    if (!code) code = summarise(&r, out, err);
    free(r.sums);
    free(r.profiles);
    return code;
}
