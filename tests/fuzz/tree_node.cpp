// SPDX-License-Identifier: Apache-2.0
#include "mlrepro/format/tree_node.hpp"
#include "fuzz/target.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size)
{
  const std::string_view text = mlrepro::fuzz::text_of(bytes, size);
  mlrepro::model::TreeNode node;
  if (mlrepro::fuzz::accepts([&] { node = mlrepro::format::decode_tree(text); })) {
    mlrepro::fuzz::require(mlrepro::format::encode_tree(node) == text,
                           "only canonical bytes are a folder");
  }
  return 0;
}
