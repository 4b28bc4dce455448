/* cpu_kernels_table.h - the table of the kernels above, named by MG_TABLE (the last thing cpu_isa_*.c includes). */

const mg_cpu_kernels MG_TABLE = {
    .name = MG_TABLE_NAME,
    .act = k_act, .act_back = k_act_back, .axpby = k_axpby, .mul = k_mul, .dropout = k_dropout,
    .to_half = k_to_half, .from_half = k_from_half, .sumsq = k_sumsq, .adamw = k_adamw,
    .bias_act = k_bias_act, .dots = k_dots, .dots_half = k_dots_half,
    .norm = k_norm, .normalize = k_normalize, .normalize_back = k_normalize_back,
    .bnorm = k_bnorm, .bnorm_back = k_bnorm_back,
    .gather = k_gather, .gather_part = k_gather_part,
    .attention = k_attention, .attention_back = k_attention_back, .attention_work = k_attention_work,
    .nce_share = k_nce_share, .nce_rows = k_nce_rows, .nce_columns = k_nce_columns, .nce_grad = k_nce_grad,
    .xent = k_xent, .xent_back = k_xent_back,
    .sums_half = k_sums_half, .sums_norm_back = k_sums_norm_back,
    .sums_bnorm = k_sums_bnorm, .sums_bnorm_square = k_sums_bnorm_square, .sums_bnorm_back = k_sums_bnorm_back,
};
