// SPDX-License-Identifier: Apache-2.0
#include "mlrepro/format/table_facts_document.hpp"

#include <gtest/gtest.h>

namespace mlrepro::format {
namespace {

model::TableFacts sample_facts()
{
  model::TableFacts facts;
  facts.columns = {"id", "a \"b\",\n\xc3\xa9"};
  facts.types = {"BIGINT", "VARCHAR"};
  facts.rows = 12'345'678'901;
  facts.delimiter = '\t';
  facts.long_rows = true;
  facts.shapes = {2, 255};
  return facts;
}

TEST(TableFactsDocument, KeepsAll)
{
  EXPECT_EQ(decode_table_facts(encode_table_facts(sample_facts())), sample_facts());
  model::TableFacts little;
  little.columns = {"x"};
  EXPECT_EQ(decode_table_facts(encode_table_facts(little)), little);
}

TEST(TableFactsDocument, TakesNothingOnTrust)
{
  model::TableFacts facts = sample_facts();
  facts.types.pop_back();
  EXPECT_FALSE(decode_table_facts(encode_table_facts(facts)));
  facts = sample_facts();
  facts.shapes.push_back(1);
  EXPECT_FALSE(decode_table_facts(encode_table_facts(facts)));
  facts = sample_facts();
  facts.rows.reset();
  EXPECT_FALSE(decode_table_facts(encode_table_facts(facts))) << "who saw all cells counted them";
  facts = sample_facts();
  facts.delimiter = '"';
  EXPECT_FALSE(decode_table_facts(encode_table_facts(facts)));
  std::string text = encode_table_facts(sample_facts());
  text.replace(text.find("255"), 3, "256");
  EXPECT_FALSE(decode_table_facts(text));
  EXPECT_FALSE(decode_table_facts(encode_table_facts({})));
  EXPECT_FALSE(decode_table_facts("{}"));
  EXPECT_FALSE(decode_table_facts("no JSON"));
}

}  // namespace
}  // namespace mlrepro::format
