/* schedule.c - the noise schedule of 3M-Diffusion (docs/reference/3m-diffusion.md 6.2): how much of
 * the latent is left at level t.
 *
 *   beta_t = linspace(0.001, 0.2, 100),  alpha_t = product of 1 - beta_s over s = 0 .. t
 */
#include "model/latent/latent.h"

void mg_ddim_alphas(float out[MG_DDIM_T]) {
    double product = 1;
    for (int t = 0; t < MG_DDIM_T; t++) {
        product *= 1 - (0.001 + (0.2 - 0.001) * t / (MG_DDIM_T - 1));
        out[t] = (float)product;
    }
}
