/* Drawing: SVG that can be pasted into a page, PNG, highlights, hostile legends, sizes, shapes that
 * trouble layouts. */
#include "chem/chem.h"
#include "test_chem.h"

static char *svg_of(const char *smiles, const mg_draw_options *o) {
    mg_mol *m = read_mol(smiles);
    char *svg = NULL;
    molglot_error err;
    if (mg_draw_svg(m, o, &svg, &err)) fail_msg("%s: %s", smiles, err.message);
    mg_mol_free(m);
    return svg;
}

static void svg_fits_into_html(void **state) {
    (void)state;
    const mg_draw_options o = {
        .width = 200, .height = 150, .legend = "</svg><script>alert(1)</script> & \"x\" \xce\xb1"};
    char *svg = svg_of("C[C@H](N)C(=O)O", &o);
    assert_int_equal(strncmp(svg, "<svg", 4), 0);
    assert_non_null(strstr(svg, "</svg>"));
    assert_null(strstr(svg, "<?xml"));
    assert_null(strstr(svg, "<script"));
    assert_null(strstr(svg, " id="));
    assert_null(strstr(svg, "<metadata"));
    assert_non_null(strstr(svg, "width='200px' height='150px'"));
    assert_ptr_equal(strstr(svg, "</svg>"), strrchr(svg, '<'));
    free(svg);
}

static void png_has_its_size(void **state) {
    (void)state;
    const mg_draw_options o = {.width = 200, .height = 150, .legend = "ethanol"};
    static const uint8_t magic[8] = {0x89, 'P', 'N', 'G', '\r', '\n', 0x1a, '\n'};
    mg_mol *m = read_mol("CCO");
    uint8_t *png = NULL;
    size_t n = 0;
    assert_int_equal(mg_draw_png(m, &o, &png, &n, NULL), MOLGLOT_OK);
    assert_true(n > 100);
    assert_memory_equal(png, magic, sizeof magic);
    assert_int_equal(png[19], 200);
    assert_int_equal(png[23], 150);
    free(png);
    mg_mol_free(m);
}

static void highlights_and_background(void **state) {
    (void)state;
    static const int32_t atoms[] = {0, 1, 99, -5};
    static const float colours[][3] = {
        {0.0f, 1.0f, 0.0f}, {0.0f, 1.0f, 0.0f}, {1.0f, 0.0f, 0.0f}, {1.0f, 0.0f, 0.0f}};
    mg_draw_options o = {.width = 200, .height = 200};
    char *plain = svg_of("CCO", &o);
    o.transparent = true;
    char *clear = svg_of("CCO", &o);
    o.highlight = atoms;
    o.n_highlight = 4;
    o.colours = colours;
    char *lit = svg_of("CCO", &o);
    assert_non_null(strstr(plain, "<rect"));
    assert_null(strstr(clear, "<rect"));
    assert_null(strstr(clear, "#00FF00"));
    assert_non_null(strstr(lit, "#00FF00"));
    free(plain);
    free(clear);
    free(lit);
}

static void troublesome_shapes(void **state) {
    (void)state;
    static const char *const shapes[] = {"[H][H]",
                                         "C",
                                         "[Na+].[Cl-]",
                                         "C12C3C4C1C5C2C3C45",
                                         "[O-][Cl+3]([O-])([O-])[O-].[Na+]",
                                         "*c1ccccc1",
                                         "C#CC#CC#C",
                                         "C1CCCCCCCCCCCCCCCCCCCCCCCCCCCCC1",
                                         "F[P-](F)(F)(F)(F)F",
                                         "N->[Fe]",
                                         "C1CC2CCC1C2",
                                         "OC12CC3CC(C1)CC(C3)C2"};
    const mg_draw_options o = {.width = 120, .height = 120, .legend = ""};
    for (size_t i = 0; i < MG_COUNT(shapes); i++) {
        char *svg = svg_of(shapes[i], &o);
        assert_null(strstr(svg, "nan"));
        assert_null(strstr(svg, "inf"));
        free(svg);
    }
}

/* Beyond 20 rings CoordGen can take minutes: RDKit's layout must be used. */
static void many_rings_in_time(void **state) {
    (void)state;
    char smiles[1024] = "c1ccccc1";
    for (int k = 0; k < 40; k++) strcat(smiles, "-c1ccc(cc1)");
    strcat(smiles, "C");
    const mg_draw_options o = {.width = 300, .height = 300};
    free(svg_of(smiles, &o));
}

static void silly_sizes(void **state) {
    (void)state;
    mg_mol *m = read_mol("C");
    char *svg;
    molglot_error err;
    static const int sizes[][2] = {{0, 100}, {100, -1}, {100, 1 << 20}};
    for (size_t i = 0; i < MG_COUNT(sizes); i++) {
        const mg_draw_options o = {.width = sizes[i][0], .height = sizes[i][1]};
        assert_int_equal(mg_draw_svg(m, &o, &svg, &err), MOLGLOT_USAGE);
        assert_null(svg);
    }
    mg_mol_free(m);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(svg_fits_into_html),        cmocka_unit_test(png_has_its_size),
        cmocka_unit_test(highlights_and_background), cmocka_unit_test(troublesome_shapes),
        cmocka_unit_test(many_rings_in_time),        cmocka_unit_test(silly_sizes),
    };
    return cmocka_run_group_tests(tests, start_chemistry, check_no_living_molecules);
}
