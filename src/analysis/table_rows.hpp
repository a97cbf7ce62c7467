// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "mlrepro/model/profile.hpp"
#include "mlrepro/ports/table_engine.hpp"

namespace mlrepro::analysis {

using Row = std::vector<ports::TableValue>;

// What a cell of an answer is taken for; absent for NULL.
std::optional<double> as_number(const ports::TableValue& value);
std::uint64_t as_count(const ports::TableValue& value);  // 0 for NULL
std::string as_text(const ports::TableValue& value);     // "" for NULL

// The only row of an answer; as many NULLs as columns where it has none.
Row one_row(ports::TableSession& session, const std::string& sql);
void each_row(ports::TableSession& session, const std::string& sql,
              const std::function<void(const Row&)>& visit);

// The class of a type in the engine's words.
model::ColumnClass class_of(const std::string& type);
bool is_floating(const std::string& type);

// Expressions over a column: a number or time as a double, and whether it is a value (neither NULL
// nor NaN).
std::string number_of(const ports::TableColumn& column);
std::string is_value(const ports::TableColumn& column);

// A double as SQL has it, to the last bit.
std::string sql_number(double value);

// What goes behind FROM: the finite numbers of a column as x, and for how many rows each is as n.
std::string finite_numbers(const std::string& table, const ports::TableColumn& column);

// How many of such numbers are at or below each edge, between them and above the last.
std::vector<std::uint64_t> count_bins(ports::TableSession& session, const std::string& numbers,
                                      const std::vector<double>& edges);

}  // namespace mlrepro::analysis
