/* test_plot.c - charts: where a point of the unit square lies in the picture, what is left out,
 * what the axes and the legend say. The square is 380 wide, from (62, 44) on. */
#include "../must.h"
#include "base/plot.h"

#include <math.h>

static int count(const char *s, const char *what) {
    int n = 0;
    for (; (s = strstr(s, what)); s++) n++;
    return n;
}

static void has(const mg_str *s, const char *what) {
    if (!strstr(s->s, what)) fail_msg("no %s in\n%s", what, s->s);
}

static void frames(void **state) {
    (void)state;
    mg_str s = {0};
    mg_plot_begin(&s, "a<b & \"c\">", "the x", "the y");
    has(&s, "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"640\" height=\"480\" viewBox=\"0 0 "
            "640 480\"");
    has(&s, "<title>a&lt;b &amp; \"c\"></title>");
    has(&s,
        "<text x=\"62.0\" y=\"24.0\" font-size=\"15\" fill=\"#222\">a&lt;b &amp; \"c\"></text>");
    has(&s, "<text x=\"252.0\" y=\"462.0\" text-anchor=\"middle\" fill=\"#222\">the x</text>");
    has(&s, "<g transform=\"translate(16 234) rotate(-90)\"><text x=\"0.0\" y=\"0.0\" "
            "text-anchor=\"middle\" fill=\"#222\">the y</text>");
    static const char *const quarters[] = {"62.0", "157.0", "252.0", "347.0", "442.0"},
                             *const up[] = {"424.0", "329.0", "234.0", "139.0", "44.0"};
    char line[200];
    assert_int_equal(count(s.s, "<line "), 10);
    for (int i = 0; i < 5; i++) {
        snprintf(line, sizeof line,
                 "<line x1=\"%s\" y1=\"424.0\" x2=\"%s\" y2=\"44.0\" stroke=\"#dcdcdc\" "
                 "stroke-width=\"1\"/>",
                 quarters[i], quarters[i]);
        has(&s, line);
        snprintf(line, sizeof line, "<line x1=\"62.0\" y1=\"%s\" x2=\"442.0\" y2=\"%s\"", up[i],
                 up[i]);
        has(&s, line);
    }
    s.n = 0;
    mg_plot_scale(&s, 2, 10);
    static const char *const numbers[] = {"2", "4", "6", "8", "10"};
    assert_int_equal(count(s.s, "<text "), 10);
    for (int i = 0; i < 5; i++) {
        snprintf(line, sizeof line,
                 "<text x=\"%s\" y=\"442.0\" text-anchor=\"middle\" fill=\"#444\">%s</text>",
                 quarters[i], numbers[i]);
        has(&s, line);
        snprintf(line, sizeof line,
                 "<text x=\"54.0\" y=\"%.1f\" text-anchor=\"end\" fill=\"#444\">%s</text>",
                 atof(up[i]) + 4, numbers[i]);
        has(&s, line);
    }
    s.n = 0;
    mg_plot_line(&s, -1, 0.5, 2, 0.25, false); /* kept inside */
    assert_string_equal(s.s, "<line x1=\"62.0\" y1=\"234.0\" x2=\"442.0\" y2=\"329.0\" "
                             "stroke=\"#888\" stroke-width=\"1.5\"/>\n");
    s.n = 0;
    mg_plot_end(&s);
    assert_string_equal(s.s, "</svg>\n");
    mg_str_free(&s);
}

/* The third number is none; the fifth is behind the end. */
static void curves_and_points(void **state) {
    (void)state;
    static const double x[5] = {0, 0.5, 0.75, 1, 0.1}, y[5] = {0, 0.25, NAN, 1, 0.9};
    mg_str s = {0};
    mg_plot_curve(&s, x, y, 4, 0, "one");
    has(&s,
        "stroke=\"#1f5fa8\" stroke-width=\"1.6\" points=\"62.0,424.0 252.0,329.0 442.0,44.0 \"/>");
    assert_int_equal(count(s.s, "<circle "), 3);
    has(&s, "<circle cx=\"252.0\" cy=\"329.0\" r=\"3\" fill=\"#1f5fa8\"/>");
    has(&s, "<rect x=\"456.0\" y=\"49.0\" width=\"10\" height=\"10\" fill=\"#1f5fa8\"/>");
    has(&s, "<text x=\"472.0\" y=\"58.0\" fill=\"#222\" font-size=\"11\">one</text>");
    s.n = 0;
    mg_plot_curve(&s, x, y, 1, 13, "fourteenth"); /* of twelve colours */
    has(&s, "<rect x=\"456.0\" y=\"283.0\" width=\"10\" height=\"10\" fill=\"#c2571a\"/>");
    s.n = 0;
    static const float px[5] = {2, 4, NAN, 6, 3}, py[5] = {2, 3, 4, 6, 3};
    mg_plot_points(&s, px, py, 4, 2, 6, 1, "points");
    assert_int_equal(count(s.s, "<circle "), 3);
    has(&s, "<g fill=\"#c2571a\" fill-opacity=\".5\">");
    has(&s, "<circle cx=\"62.0\" cy=\"424.0\" r=\"2.5\"/>");
    has(&s, "<circle cx=\"252.0\" cy=\"329.0\" r=\"2.5\"/>");
    has(&s, "<circle cx=\"442.0\" cy=\"44.0\" r=\"2.5\"/>");
    /* at most 4000 are drawn */
    static float many[8004];
    static const int cases[][2] = {{3999, 3999}, {4000, 2000}, {8001, 2667}};
    for (size_t i = 0; i < MG_COUNT(cases); i++) {
        s.n = 0;
        mg_plot_points(&s, many, many, (size_t)cases[i][0], 0, 1, 0, "many");
        assert_int_equal(count(s.s, "<circle "), cases[i][1]);
    }
    s.n = 0;
    static const double p[4] = {1, 0, 150, 1}, t[4] = {2, 0, 50, 1}, n[4] = {4, 0, 200, 1};
    mg_plot_bins(&s, p, t, n, 3, 2, "bins");
    has(&s, "stroke=\"#2e7d32\" points=\"157.0,234.0 347.0,329.0 \"/>");
    assert_int_equal(count(s.s, "<circle "), 2);
    has(&s, "<circle cx=\"157.0\" cy=\"234.0\" r=\"2.9\" fill=\"#2e7d32\" "
            "fill-opacity=\".7\"><title>4</title></circle>");
    has(&s, "r=\"5.5\" fill=\"#2e7d32\" fill-opacity=\".7\"><title>200</title>");
    mg_str_free(&s);
}

/* Shares of ones and zeros above each score, equal scores at once, unknown ones left out. */
static void roc_curves(void **state) {
    (void)state;
    static const float score[7] = {0.9f, 0.8f, 0.8f, 0.3f, 0.5f, 0.1f, 0.95f},
                       truth[7] = {1, 1, 0, 0, NAN, 1, 1};
    mg_str s = {0};
    mg_plot_roc(&s, score, truth, 6, 0, "roc");
    /* (0, 0), (0, 1/3), (1/2, 2/3), (1, 2/3), (1, 1) */
    has(&s, "points=\"62.0,424.0 62.0,297.3 252.0,170.7 442.0,170.7 442.0,44.0 \"/>");
    s.n = 0;
    mg_str_addz(&s, "-");
    static const float ones[2] = {1, 1}, zeros[2] = {0, 0}, none[2] = {NAN, NAN};
    mg_plot_roc(&s, score, ones, 2, 0, "nothing");
    mg_plot_roc(&s, score, zeros, 2, 0, "nothing");
    mg_plot_roc(&s, score, none, 2, 0, "nothing");
    assert_string_equal(s.s, "-");
    mg_str_free(&s);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(frames),
                                       cmocka_unit_test(curves_and_points),
                                       cmocka_unit_test(roc_curves)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
