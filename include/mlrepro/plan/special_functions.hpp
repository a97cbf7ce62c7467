// SPDX-License-Identifier: Apache-2.0
#pragma once

namespace mlrepro::plan {

// The probabilities of what lies above; relative precision 1e-10 or better down to 1e-300.
double normal_survival(double z);
// `degrees` > 0.
double chi_square_survival(double x, double degrees);
// Of sqrt(n) times the distance of Kolmogorov and Smirnov, for large n.
double kolmogorov_survival(double lambda);
// That of `hits` among n + m, each as likely to be any of them, k or more are of the m. Whole
// numbers; n and m may be fractions.
double hypergeometric_survival(double k, double hits, double n, double m);

// The value above which lies the probability `p`, between 0 and 1.
double chi_square_critical(double p, double degrees);

}  // namespace mlrepro::plan
