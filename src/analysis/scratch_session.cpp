// SPDX-License-Identifier: Apache-2.0
#include "analysis/scratch_session.hpp"

#include "mlrepro/model/error.hpp"

namespace mlrepro::analysis {
namespace {

template <typename Action>
auto renamed(const std::string& scratch, Action action)
{
  try {
    return action();
  } catch (const model::Error& error) {
    throw model::Error(error.kind(), without_scratch(error.message(), scratch), error.hint());
  }
}

class NamingRows final : public ports::TableRows {
 public:
  NamingRows(std::unique_ptr<ports::TableRows> rows, const std::string& scratch)
      : rows_(std::move(rows)), scratch_(scratch)
  {
  }

  [[nodiscard]] const std::vector<ports::TableColumn>& columns() const override
  {
    return rows_->columns();
  }
  bool next(std::vector<ports::TableValue>& row) override
  {
    return renamed(scratch_, [&] { return rows_->next(row); });
  }

 private:
  std::unique_ptr<ports::TableRows> rows_;
  const std::string& scratch_;
};

class NamingSession final : public ports::TableSession {
 public:
  NamingSession(std::unique_ptr<ports::TableSession> session, std::string scratch)
      : session_(std::move(session)), scratch_(std::move(scratch))
  {
  }

  void execute(const std::string& sql) override
  {
    renamed(scratch_, [&] { session_->execute(sql); });
  }
  std::unique_ptr<ports::TableRows> query(const std::string& sql) override
  {
    return renamed(scratch_, [&]() -> std::unique_ptr<ports::TableRows> {
      return std::make_unique<NamingRows>(session_->query(sql), scratch_);
    });
  }
  std::unique_ptr<ports::TableAppender> append(const std::string& table) override
  {
    return session_->append(table);
  }
  std::uint64_t write_parquet(const std::string& select, const ports::ParquetFile& file) override
  {
    return renamed(scratch_, [&] { return session_->write_parquet(select, file); });
  }
  void use_database(const std::string& name) override { session_->use_database(name); }
  void confine(const ports::Readable& readable) override { session_->confine(readable); }

 private:
  std::unique_ptr<ports::TableSession> session_;
  std::string scratch_;
};

}  // namespace

std::string without_scratch(const std::string& text, const std::string& scratch)
{
  const std::string prefix = scratch + "/";
  std::string out;
  std::size_t from = 0;
  while (true) {
    const std::size_t at = text.find(prefix, from);
    if (at == std::string::npos) {
      return out + text.substr(from);
    }
    out += text.substr(from, at - from);
    const std::size_t number = at + prefix.size();
    const std::size_t slash = text.find_first_not_of("0123456789", number);
    const bool placed = slash != std::string::npos && slash > number && text[slash] == '/';
    from = placed ? slash + 1 : number;
    out += placed ? "" : prefix;
  }
}

std::unique_ptr<ports::TableSession> naming_tables(std::unique_ptr<ports::TableSession> session,
                                                   const std::string& scratch)
{
  return std::make_unique<NamingSession>(std::move(session), scratch);
}

}  // namespace mlrepro::analysis
