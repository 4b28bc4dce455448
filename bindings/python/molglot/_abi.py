"""Made by tools/python_abi.py out of include/molglot.h: do not edit."""
# ruff: noqa
from ctypes import (CFUNCTYPE, Structure, c_char, c_char_p, c_double, c_float, c_int,
                    c_int32, c_int64, c_size_t, c_uint8, c_uint64, c_void_p)

VERSION = "0.1.0"
molglot_progress = CFUNCTYPE(c_int, c_void_p, c_int64, c_int64)
molglot_on_molecule = CFUNCTYPE(c_int, c_void_p, c_void_p)

MOLGLOT_OK = 0
MOLGLOT_FAILED = 1
MOLGLOT_USAGE = 2
MOLGLOT_REJECTED = 3
MOLGLOT_BAD_FILE = 4
MOLGLOT_NO_MEMORY = 5
MOLGLOT_INTERRUPTED = 130
MOLGLOT_MOLECULES = 0
MOLGLOT_TEXTS = 1
MOLGLOT_BY_AUTO = 0
MOLGLOT_BY_MOLECULE = 1
MOLGLOT_BY_TEXT = 2
MOLGLOT_BY_NAME = 3
MOLGLOT_SCREEN_FLAG = 0
MOLGLOT_SCREEN_OMIT = 1
MOLGLOT_SCREEN_OFF = 2
MOLGLOT_OWN_LIBRARY = 0
MOLGLOT_OWN_ALWAYS = 1
MOLGLOT_OWN_NEVER = 2
MOLGLOT_SVG = 0
MOLGLOT_PNG = 1
MOLGLOT_FACTS_JSON = 0
MOLGLOT_FACTS_TEXT = 1
MOLGLOT_TSNE = 0
MOLGLOT_PCA = 1


class molglot_error(Structure):
    _fields_ = [
        ("code", c_int),
        ("message", c_char * 1020),
    ]


class molglot_row_status(Structure):
    _fields_ = [
        ("ok", c_int),
        ("offset", c_int32),
        ("reason", c_char * 120),
    ]


class molglot_options(Structure):
    _fields_ = [
        ("size", c_size_t),
        ("threads", c_int),
        ("batch", c_int),
        ("bf16", c_int),
        ("device", c_char_p),
        ("on_progress", molglot_progress),
        ("user", c_void_p),
    ]


class molglot_index_options(Structure):
    _fields_ = [
        ("size", c_size_t),
        ("bf16", c_int),
        ("side", c_int),
        ("on_progress", molglot_progress),
        ("user", c_void_p),
        ("text_vectors", c_int),
        ("inchikeys", c_int),
        ("append", c_int),
        ("n_columns", c_int),
        ("columns", c_void_p),
        ("dims", c_int),
    ]


class molglot_concat_options(Structure):
    _fields_ = [
        ("size", c_size_t),
        ("n_without", c_size_t),
        ("without", c_void_p),
        ("on_progress", molglot_progress),
        ("user", c_void_p),
    ]


class molglot_hit(Structure):
    _fields_ = [
        ("row", c_int64),
        ("score", c_float),
        ("index", c_int32),
    ]


class molglot_search_options(Structure):
    _fields_ = [
        ("size", c_size_t),
        ("k", c_int),
        ("threads", c_int),
        ("offset", c_size_t),
        ("min_score", c_float),
        ("rows", c_void_p),
        ("on_progress", molglot_progress),
        ("user", c_void_p),
        ("exact", c_int),
        ("candidates", c_int),
    ]


class molglot_found(Structure):
    _fields_ = [
        ("row", c_int64),
        ("index", c_int32),
        ("score", c_float),
        ("cosine", c_float),
        ("why", c_char_p),
        ("met", c_int),
        ("of", c_int),
        ("fails", c_char_p),
    ]


class molglot_find_options(Structure):
    _fields_ = [
        ("size", c_size_t),
        ("k", c_int),
        ("offset", c_size_t),
        ("by", c_int),
        ("words", c_int),
        ("all_rows", c_int),
        ("threads", c_int),
        ("smarts", c_void_p),
        ("not_smarts", c_void_p),
        ("n_smarts", c_int),
        ("n_not_smarts", c_int),
        ("min_weight", c_double),
        ("max_weight", c_double),
        ("formula", c_char_p),
        ("elements", c_char_p),
        ("without_elements", c_char_p),
        ("similar", c_char_p),
        ("min_similarity", c_double),
        ("where", c_void_p),
        ("n_where", c_int),
        ("no_names", c_int),
        ("must", c_int),
        ("soft", c_int),
        ("no_rerank", c_int),
        ("exact", c_int),
        ("on_progress", molglot_progress),
        ("user", c_void_p),
    ]


class molglot_condition(Structure):
    _fields_ = [
        ("says", c_char_p),
        ("begin", c_size_t),
        ("end", c_size_t),
    ]


class molglot_name(Structure):
    _fields_ = [
        ("name", c_char_p),
        ("smiles", c_char_p),
        ("source", c_char_p),
        ("how", c_char_p),
    ]


class molglot_molecule(Structure):
    _fields_ = [
        ("smiles", c_char_p),
        ("valid", c_int),
        ("in_training", c_int),
        ("known_as", c_char_p),
        ("known_stereo", c_int),
        ("copy", c_int),
        ("duplicate", c_int),
        ("limited", c_int),
        ("repeats", c_int),
        ("odd", c_char_p),
        ("why", c_char_p),
        ("score", c_float),
        ("similarity", c_float),
        ("nll", c_double),
        ("rank", c_int),
        ("index", c_int),
        ("met", c_int),
        ("of", c_int),
        ("control_list", c_char_p),
        ("source", c_char_p),
    ]


class molglot_generation(Structure):
    _fields_ = [
        ("molecules", c_void_p),
        ("n", c_int),
        ("drawn", c_int),
        ("invalid", c_int),
        ("duplicates", c_int),
        ("cut", c_int),
        ("odd", c_int),
        ("unwanted", c_int),
        ("offered", c_int),
        ("meeting", c_int),
        ("status", molglot_row_status),
        ("controlled", c_int),
    ]


class molglot_generate_options(Structure):
    _fields_ = [
        ("size", c_size_t),
        ("n", c_int),
        ("candidates", c_int),
        ("method", c_char_p),
        ("temperature", c_float),
        ("top_p", c_float),
        ("guidance", c_float),
        ("steps", c_int),
        ("eta", c_float),
        ("diversity", c_float),
        ("max_tokens", c_int),
        ("like", c_char_p),
        ("neighbours", c_int),
        ("copy_cost", c_float),
        ("strength", c_float),
        ("seed", c_uint64),
        ("keep_all", c_int),
        ("on_progress", molglot_progress),
        ("user", c_void_p),
        ("on_molecule", molglot_on_molecule),
        ("keep", c_char_p),
        ("only_new", c_int),
        ("keep_odd", c_int),
        ("soft", c_int),
        ("screen", c_int),
        ("pull", c_float),
        ("drawn_only", c_int),
        ("as_text", c_int),
    ]


class molglot_generator_options(Structure):
    _fields_ = [
        ("size", c_size_t),
        ("ranker", c_void_p),
        ("memory", c_void_p),
        ("threads", c_int),
        ("device", c_char_p),
        ("on_progress", molglot_progress),
        ("user", c_void_p),
        ("no_memory", c_int),
        ("no_rerank", c_int),
        ("screen", c_void_p),
    ]


class molglot_captioner_options(Structure):
    _fields_ = [
        ("size", c_size_t),
        ("memory", c_void_p),
        ("no_memory", c_int),
        ("method", c_char_p),
        ("leave_out", c_char_p),
        ("threads", c_int),
        ("device", c_char_p),
        ("model", c_char_p),
    ]


class molglot_caption_options(Structure):
    _fields_ = [
        ("size", c_size_t),
        ("n", c_int),
        ("candidates", c_int),
        ("own", c_int),
        ("seed", c_uint64),
        ("beams", c_int),
        ("temperature", c_float),
        ("alone", c_int),
        ("on_progress", molglot_progress),
        ("user", c_void_p),
        ("as_copied", c_int),
    ]


class molglot_span(Structure):
    _fields_ = [
        ("begin", c_size_t),
        ("end", c_size_t),
    ]


class molglot_caption(Structure):
    _fields_ = [
        ("text", c_char_p),
        ("method", c_char_p),
        ("score", c_float),
        ("agreement", c_float),
        ("cosine", c_float),
        ("nll", c_float),
        ("near", c_int),
        ("words", c_int),
        ("n_wrong", c_int),
        ("edited", c_int),
        ("wrong", c_void_p),
    ]


class molglot_neighbour(Structure):
    _fields_ = [
        ("name", c_char_p),
        ("smiles", c_char_p),
        ("text", c_char_p),
        ("cosine", c_float),
        ("caption_cosine", c_float),
        ("tanimoto", c_float),
    ]


class molglot_captioned(Structure):
    _fields_ = [
        ("status", molglot_row_status),
        ("captions", c_void_p),
        ("n", c_int),
        ("near", c_void_p),
        ("n_near", c_int),
        ("facts", c_char_p),
    ]


class molglot_domain(Structure):
    _fields_ = [
        ("nearest", c_char_p),
        ("similarity", c_float),
        ("inside", c_int),
    ]


class molglot_depict_options(Structure):
    _fields_ = [
        ("size", c_size_t),
        ("format", c_int),
        ("width", c_int),
        ("height", c_int),
        ("transparent", c_int),
        ("legend", c_char_p),
        ("highlight", c_void_p),
        ("n_highlight", c_int),
        ("colours", c_void_p),
        ("places", c_void_p),
        ("max_places", c_int),
    ]


class molglot_standard(Structure):
    _fields_ = [
        ("size", c_size_t),
        ("smiles", c_char_p),
        ("inchikey", c_char_p),
        ("formula", c_char_p),
        ("weight", c_double),
    ]


class molglot_map_options(Structure):
    _fields_ = [
        ("size", c_size_t),
        ("method", c_int),
        ("perplexity", c_double),
        ("iterations", c_int),
        ("seed", c_uint64),
        ("threads", c_int),
        ("on_progress", molglot_progress),
        ("user", c_void_p),
    ]


class molglot_separation(Structure):
    _fields_ = [
        ("size", c_size_t),
        ("rows", c_int64),
        ("groups", c_int64),
        ("silhouette", c_double),
        ("accuracy", c_double),
        ("chance", c_double),
    ]


# name: (result, arguments)
FUNCTIONS = {
    "molglot_version": (c_char_p, []),
    "molglot_version_number": (c_int, []),
    "molglot_free": (None, [c_void_p]),
    "molglot_model_load": (c_void_p, [c_char_p, c_void_p]),
    "molglot_model_free": (None, [c_void_p]),
    "molglot_model_dim": (c_int, [c_void_p]),
    "molglot_model_info": (c_char_p, [c_void_p, c_char_p]),
    "molglot_model_sha256": (c_char_p, [c_void_p, c_void_p]),
    "molglot_model_writer": (c_void_p, [c_void_p, c_void_p]),
    "molglot_options_init": (None, [c_void_p, c_size_t]),
    "molglot_session_new": (c_void_p, [c_void_p, c_void_p, c_void_p]),
    "molglot_session_free": (None, [c_void_p]),
    "molglot_embed_texts": (c_int, [c_void_p, c_void_p, c_size_t, c_void_p, c_void_p, c_void_p]),
    "molglot_embed_smiles": (c_int, [c_void_p, c_void_p, c_size_t, c_void_p, c_void_p, c_void_p]),
    "molglot_index_options_init": (None, [c_void_p, c_size_t]),
    "molglot_index_builder_open": (c_void_p, [c_void_p, c_char_p, c_void_p, c_void_p]),
    "molglot_index_builder_add": (c_int, [c_void_p, c_void_p, c_void_p, c_void_p, c_size_t, c_void_p, c_void_p]),
    "molglot_index_builder_add_cells": (c_int, [c_void_p, c_void_p, c_void_p, c_void_p, c_void_p, c_void_p, c_size_t, c_void_p, c_void_p]),
    "molglot_index_builder_commit": (c_int, [c_void_p, c_void_p]),
    "molglot_index_builder_free": (None, [c_void_p]),
    "molglot_index_build": (c_int, [c_void_p, c_void_p, c_void_p, c_void_p, c_size_t, c_int, c_char_p, c_void_p, c_void_p]),
    "molglot_concat_options_init": (None, [c_void_p, c_size_t]),
    "molglot_index_concat": (c_int, [c_char_p, c_void_p, c_size_t, c_void_p, c_void_p]),
    "molglot_index_open": (c_void_p, [c_char_p, c_void_p]),
    "molglot_index_free": (None, [c_void_p]),
    "molglot_index_verify": (c_int, [c_void_p, molglot_progress, c_void_p, c_void_p]),
    "molglot_index_size": (c_size_t, [c_void_p]),
    "molglot_index_dim": (c_int, [c_void_p]),
    "molglot_index_model_dim": (c_int, [c_void_p]),
    "molglot_index_code_width": (c_int, [c_void_p]),
    "molglot_index_side": (c_int, [c_void_p]),
    "molglot_index_model_sha256": (c_char_p, [c_void_p]),
    "molglot_index_model_name": (c_char_p, [c_void_p]),
    "molglot_index_id": (c_char_p, [c_void_p, c_size_t]),
    "molglot_index_smiles": (c_char_p, [c_void_p, c_size_t]),
    "molglot_index_text": (c_char_p, [c_void_p, c_size_t]),
    "molglot_index_columns": (c_int, [c_void_p, c_void_p]),
    "molglot_index_cell": (c_char_p, [c_void_p, c_size_t, c_int]),
    "molglot_index_number": (c_int64, [c_void_p, c_size_t]),
    "molglot_index_inchikey": (c_char_p, [c_void_p, c_size_t]),
    "molglot_index_molecule": (c_uint64, [c_void_p, c_size_t]),
    "molglot_index_text_vectors": (c_size_t, [c_void_p]),
    "molglot_index_vectors": (c_int, [c_void_p, c_size_t, c_size_t, c_int, c_void_p, c_void_p]),
    "molglot_index_arrow": (c_int, [c_void_p, c_void_p, c_void_p]),
    "molglot_search_options_init": (None, [c_void_p, c_size_t]),
    "molglot_search": (c_int, [c_void_p, c_void_p, c_size_t, c_void_p, c_size_t, c_void_p, c_void_p, c_void_p]),
    "molglot_index_search": (c_int, [c_void_p, c_void_p, c_size_t, c_int, c_void_p, c_void_p]),
    "molglot_find_options_init": (None, [c_void_p, c_size_t]),
    "molglot_find": (c_int, [c_void_p, c_void_p, c_size_t, c_char_p, c_void_p, c_void_p, c_void_p, c_void_p, c_void_p]),
    "molglot_find_many": (c_int, [c_void_p, c_void_p, c_size_t, c_void_p, c_size_t, c_void_p, c_void_p, c_void_p, c_void_p, c_void_p]),
    "molglot_found_free": (None, [c_void_p, c_size_t]),
    "molglot_understand": (c_int, [c_void_p, c_char_p, c_void_p, c_void_p, c_void_p]),
    "molglot_unknown_words": (c_int, [c_void_p, c_char_p, c_void_p, c_void_p]),
    "molglot_conditions": (c_int, [c_void_p, c_char_p, c_void_p, c_void_p, c_void_p]),
    "molglot_conditions_free": (None, [c_void_p, c_size_t]),
    "molglot_names_find": (c_int, [c_void_p, c_char_p, c_size_t, c_int, c_void_p, c_void_p, c_void_p]),
    "molglot_names_of": (c_int, [c_void_p, c_char_p, c_size_t, c_void_p, c_void_p, c_void_p]),
    "molglot_names_free": (None, [c_void_p, c_size_t]),
    "molglot_screen_open": (c_void_p, [c_char_p, c_size_t, c_void_p]),
    "molglot_screen_close": (None, [c_void_p]),
    "molglot_screen_lists": (c_char_p, [c_void_p]),
    "molglot_generate_options_init": (None, [c_void_p, c_size_t]),
    "molglot_writer_load": (c_void_p, [c_char_p, c_void_p]),
    "molglot_writer_free": (None, [c_void_p]),
    "molglot_generator_options_init": (None, [c_void_p, c_size_t]),
    "molglot_generator_open": (c_void_p, [c_void_p, c_void_p, c_void_p]),
    "molglot_generator_new": (c_void_p, [c_char_p, c_void_p, c_void_p, c_void_p]),
    "molglot_generator_free": (None, [c_void_p]),
    "molglot_generate": (c_int, [c_void_p, c_void_p, c_size_t, c_void_p, c_void_p, c_void_p]),
    "molglot_generation_free": (None, [c_void_p]),
    "molglot_latents_size": (c_size_t, [c_void_p]),
    "molglot_encode": (c_int, [c_void_p, c_void_p, c_size_t, c_void_p, c_void_p, c_void_p]),
    "molglot_decode": (c_int, [c_void_p, c_void_p, c_size_t, c_void_p, c_void_p]),
    "molglot_molecules_free": (None, [c_void_p, c_size_t]),
    "molglot_interpolate": (c_int, [c_void_p, c_void_p, c_void_p, c_size_t, c_float, c_int, c_uint64, c_void_p, c_void_p]),
    "molglot_captioner_options_init": (None, [c_void_p, c_size_t]),
    "molglot_captioner_open": (c_void_p, [c_void_p, c_void_p, c_void_p]),
    "molglot_captioner_free": (None, [c_void_p]),
    "molglot_caption_options_init": (None, [c_void_p, c_size_t]),
    "molglot_caption_smiles": (c_int, [c_void_p, c_void_p, c_size_t, c_void_p, c_void_p, c_void_p]),
    "molglot_captioned_free": (None, [c_void_p]),
    "molglot_predictor_open": (c_void_p, [c_char_p, c_void_p, c_void_p, c_void_p]),
    "molglot_predictor_free": (None, [c_void_p]),
    "molglot_predictor_tasks": (c_int, [c_void_p]),
    "molglot_predictor_task": (c_char_p, [c_void_p, c_int]),
    "molglot_predictor_classes": (c_int, [c_void_p]),
    "molglot_predict": (c_int, [c_void_p, c_void_p, c_size_t, c_void_p, c_void_p, c_void_p, c_void_p, c_void_p]),
    "molglot_depict_options_init": (None, [c_void_p, c_size_t]),
    "molglot_depict": (c_int, [c_char_p, c_void_p, c_void_p, c_void_p, c_void_p, c_void_p]),
    "molglot_standardise": (c_int, [c_char_p, c_void_p, c_void_p, c_void_p]),
    "molglot_standard_free": (None, [c_void_p]),
    "molglot_molfile": (c_int, [c_char_p, c_void_p, c_void_p, c_void_p]),
    "molglot_screen_molecule": (c_int, [c_void_p, c_char_p, c_void_p, c_void_p, c_void_p]),
    "molglot_triage": (c_int, [c_void_p, c_char_p, c_void_p, c_void_p, c_void_p]),
    "molglot_triage_known": (c_int, [c_void_p, c_void_p, c_void_p, c_size_t, c_char_p, c_void_p, c_void_p, c_void_p]),
    "molglot_groups_open": (c_void_p, [c_char_p, c_size_t, c_void_p]),
    "molglot_groups_close": (None, [c_void_p]),
    "molglot_describe": (c_int, [c_void_p, c_char_p, c_int, c_void_p, c_void_p, c_void_p]),
    "molglot_explain": (c_int, [c_void_p, c_void_p, c_char_p, c_char_p, c_void_p, c_void_p, c_void_p]),
    "molglot_map_options_init": (None, [c_void_p, c_size_t]),
    "molglot_map": (c_int, [c_void_p, c_size_t, c_int, c_void_p, c_void_p, c_void_p]),
    "molglot_separate": (c_int, [c_void_p, c_size_t, c_int, c_void_p, c_int, c_void_p, c_void_p]),
}
