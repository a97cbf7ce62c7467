// SPDX-License-Identifier: Apache-2.0
#pragma once

namespace mlrepro::plan {

// The probabilities of what lies above; relative precision 1e-10 or better down to 1e-300.
double normal_survival(double z);
// `degrees` > 0.
double chi_square_survival(double x, double degrees);
// Of sqrt(n) times the distance of Kolmogorov and Smirnov, for large n.
double kolmogorov_survival(double lambda);

// The value above which lies the probability `p`, between 0 and 1.
double chi_square_critical(double p, double degrees);

}  // namespace mlrepro::plan
