// SPDX-License-Identifier: Apache-2.0
#include "mlrepro/format/scalar_text.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "mlrepro/format/number_text.hpp"
#include "support/expect_error.hpp"

namespace mlrepro::format {
namespace {

using model::ScalarRules;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

// "name=value @step line pattern".
std::string describe(const TextScalar& found)
{
  return found.key + "=" + to_text(found.value) +
         (found.step ? " @" + std::to_string(*found.step) : "") + " " + std::to_string(found.line) +
         " " + std::string(found.pattern);
}

std::vector<std::string> read(const std::string& text, const ScalarRules& rules,
                              std::size_t piece = std::string::npos)
{
  std::vector<std::string> found;
  ScalarReader reader(rules, [&](const TextScalar& one) { found.push_back(describe(one)); });
  for (std::size_t at = 0; at < text.size(); at += std::min(piece, text.size() - at)) {
    reader.feed(std::string_view(text).substr(at, piece));
  }
  reader.finish();
  return found;
}

std::vector<std::string> read(const std::string& text)
{
  return read(text, default_scalar_rules());
}

TEST(ScalarText, PlainPrints)
{
  EXPECT_THAT(
      read("loss: 0.3\nacc=0.9\nRMSE = 12.5, R2: 0.8\n"),
      ElementsAre("loss=0.3 1 pairs", "acc=0.9 2 pairs", "RMSE=12.5 3 pairs", "R2=0.8 3 pairs"));
  EXPECT_THAT(read("Test accuracy: 93.1%\nMean squared error: 2e-3\nF1-score: 1\n"),
              ElementsAre("Test_accuracy=93.1 1 pairs", "Mean_squared_error=0.002 2 pairs",
                          "F1-score=1 3 pairs"));
  EXPECT_THAT(
      read("loss: nan\nval_loss = inf\nloss: -Infinity\n"),
      ElementsAre("loss=NaN 1 pairs", "val_loss=Infinity 2 pairs", "loss=-Infinity 3 pairs"));
  EXPECT_THAT(read("accuracy: 0.93 +/- 0.02\nauc: np.float64(0.75)\nloss: tensor(0.25)"),
              ElementsAre("accuracy=0.93 1 pairs", "auc=0.75 2 pairs", "loss=0.25 3 pairs"));
}

TEST(ScalarText, StepsOfALine)
{
  EXPECT_THAT(read("Epoch 3/10 - train loss: 0.3 - val loss: 0.4\n"),
              ElementsAre("train_loss=0.3 @3 1 pairs", "val_loss=0.4 @3 1 pairs"));
  EXPECT_THAT(read("Iteration 12, loss = 0.69314718\n"),
              ElementsAre("loss=0.69314718 @12 1 pairs"));
  EXPECT_THAT(read("[100] train-rmse:0.3  val-rmse:0.4\n"),
              ElementsAre("train-rmse=0.3 @100 1 pairs", "val-rmse=0.4 @100 1 pairs"));
  EXPECT_THAT(read("Episode 10 reward: 200\n"), ElementsAre("reward=200 @10 1 pairs"));
  // Steps begin anew in each epoch, so that neither counts.
  EXPECT_THAT(read("epoch 2 step 30 loss: 0.5\n"), ElementsAre("loss=0.5 1 pairs"));
  EXPECT_THAT(read("2026-11-25 08:00:01,123 INFO root: epoch=4 loss=0.5\n"),
              ElementsAre("loss=0.5 @4 1 pairs"));
}

TEST(ScalarText, ExamplesOfPyTorch)
{
  EXPECT_THAT(read("Train Epoch: 1 [6400/60000 (11%)]\tLoss: 0.462041\n"
                   "\n"
                   "Test set: Average loss: 0.0262, Accuracy: 9913/10000 (99%)\n"),
              ElementsAre("Loss=0.462041 @1 1 pairs", "Average_loss=0.0262 3 pairs",
                          "Accuracy=99 3 pairs"));
  EXPECT_THAT(read("val acc: 93/100 (93.5 %), f1: 9/10 (2), loss: 12/24 (50%)\n"),
              ElementsAre("loss=50 1 pairs"));
  EXPECT_THAT(read("Epoch: [0][10/391]\tTime  0.101 ( 0.210)\tLoss 4.2e+00 (5.1e+00)\t"
                   "Acc@1  10.00 (  9.12)\n"),
              ElementsAre("Loss=4.2 @0 1 pairs", "Acc@1=10 @0 1 pairs"));
  EXPECT_THAT(read("step 250: train loss 4.2874, val loss 4.2823\n"
                   "iter 250: loss 4.2801, time 34.12ms, mfu 12.30%\n"),
              ElementsAre("train_loss=4.2874 @250 1 pairs", "val_loss=4.2823 @250 1 pairs",
                          "loss=4.2801 @250 2 pairs"));
}

TEST(ScalarText, JsonLines)
{
  EXPECT_THAT(read(R"({"epoch": 2, "step": 70, "loss": 0.3, "val": {"acc": 0.9}, "time": 3.5})"),
              ElementsAre("loss=0.3 @70 1 json", "val/acc=0.9 @70 1 json"));
  EXPECT_THAT(read("2026-11-25 INFO {\"step\": 7, \"entropy\": 1.5, \"done\": true}\n"),
              ElementsAre("entropy=1.5 @7 1 json"));
  // A logging library's own fields are none.
  EXPECT_THAT(read(R"({"level":"info","msg":"done","loss":0.5,"caller":12,"attempt":3})"),
              ElementsAre("loss=0.5 1 json"));
}

TEST(ScalarText, DictionariesOfHuggingFaceTrainer)
{
  const std::string text =
      "  0%|          | 0/30 [00:00<?, ?it/s]\r 33%|███▎      | 10/30 [00:01<00:02,  9.5it/s]"
      "\r                                               \r"
      "{'loss': 0.6931, 'grad_norm': 2.125, 'learning_rate': 4e-05, 'epoch': 0.33}\n"
      "\r 33%|███▎      | 10/30 [00:01<00:02,  9.5it/s]\r                \r"
      "{'eval_loss': 0.5, 'eval_accuracy': 0.8, 'eval_runtime': 0.1234, "
      "'eval_samples_per_second': 810.3, 'eval_steps_per_second': 101.2, 'epoch': 1.0}\n"
      "{'train_runtime': 5.1, 'train_samples_per_second': 47.0, 'train_steps_per_second': 5.8, "
      "'train_loss': 0.55, 'epoch': 1.0}\n"
      "100%|██████████| 30/30 [00:05<00:00,  5.87it/s]\n";
  EXPECT_THAT(read(text), ElementsAre("loss=0.6931 1 dict", "grad_norm=2.125 1 dict",
                                      "learning_rate=4e-05 1 dict", "eval_loss=0.5 2 dict",
                                      "eval_accuracy=0.8 2 dict", "train_loss=0.55 3 dict"));
  EXPECT_THAT(read("{'loss': '0.25', 'epoch': '1'}\nepoch 4: {'f1': np.float64(0.5)}\n"),
              ElementsAre("loss=0.25 1 dict", "f1=0.5 @4 2 dict"));
}

TEST(ScalarText, Keras)
{
  const std::string text =
      "Epoch 1/2\n"
      "\x1b[1m 1/30\x1b[0m \x1b[37m━━━━━━━\x1b[0m \x1b[1m9s\x1b[0m 341ms/step - accuracy: 0.1 - "
      "loss: 2.3\b\b\b\b\b\b\r"
      "\x1b[1m30/30\x1b[0m \x1b[32m━━━━━━━\x1b[0m \x1b[1m1s\x1b[0m 12ms/step - accuracy: 0.5 - "
      "loss: 1.25 - val_accuracy: 0.75 - val_loss: 1.0\n"
      "Epoch 2/2\n"
      "30/30 - 1s - 12ms/step - accuracy: 0.8125 - mean: 3\n"
      "30/30 - 1s - 33ms/epoch - loss: 0.5\n";
  EXPECT_THAT(read(text), ElementsAre("accuracy=0.5 @1 2 progress", "loss=1.25 @1 2 progress",
                                      "val_accuracy=0.75 @1 2 progress", "val_loss=1 @1 2 progress",
                                      "accuracy=0.8125 @2 4 progress", "mean=3 @2 4 progress",
                                      "loss=0.5 5 progress"));
}

TEST(ScalarText, ProgressBarsOfTqdmAndLightning)
{
  EXPECT_THAT(read("Epoch 3:  50%|█████     | 5/10 [00:01<00:01, 4.91it/s, loss=0.9]\r"
                   "Epoch 3: 100%|██████████| 10/10 [00:02<00:00, 4.91it/s, v_num=0, "
                   "train_loss=0.3, kl=1.5, gpu_mem=3.2]\n"),
              ElementsAre("train_loss=0.3 @3 1 progress", "kl=1.5 @3 1 progress"));
  EXPECT_THAT(read("loss: 0.31: 100%|███| 10/10 [00:12<00:00,  1.2s/it]\r      \r\n"),
              ElementsAre("loss=0.31 1 progress"));
}

TEST(ScalarText, BoostingLibraries)
{
  EXPECT_THAT(
      read("[10]\ttrain-rmse:0.3\tval-rmse:0.4\n"
           "[11]\tvalid_0's l2: 0.24\tvalid_0's binary_logloss: 0.5\n"
           "[12]\tcv_agg's valid auc: 0.9 + 0.01\n"),
      ElementsAre("train-rmse=0.3 @10 1 boosting", "val-rmse=0.4 @10 1 boosting",
                  "valid_0/l2=0.24 @11 2 boosting", "valid_0/binary_logloss=0.5 @11 2 boosting",
                  "cv_agg/valid_auc=0.9 @12 3 boosting"));
  EXPECT_THAT(read("7:\tlearn: 0.68\ttest: 0.69\tbest: 0.69 (7)\ttotal: 1.2ms\tremaining: 12ms\n"),
              ElementsAre("learn=0.68 @7 1 boosting", "test=0.69 @7 1 boosting",
                          "best=0.69 @7 1 boosting"));
}

TEST(ScalarText, LinesThatAreNoMetrics)
{
  const std::vector<std::string> lines = {
      "2026-11-25 08:00:01 start",
      "08:00:01.123 INFO worker 3: took 0.5 s",
      "date: 2026-11-25",
      "version: 2.3",
      "Python 3.10.12, torch==2.1.0+cu118",
      "listening on http://localhost:8080/loss",
      "/data/loss=0.3/model.pt",
      "saved checkpoints/epoch=3-val_loss=0.31.ckpt",
      "--loss=0.3 --lr=0.1",
      "lr: 0.1 depth: 6 batch_size: 32",
      "seed=42",
      "took: 3s",
      "time: 3.5",
      "train_time: 3.5  loss_time=0.2",
      "loss_weight: 0.5, target_accuracy: 0.9, score threshold: 0.5",
      "label_smoothing=0.1",
      "samples: 60000, accuracy: 9913/10000",
      "speed: 30.2 samples/s",
      "ETA: 0:00:12",
      "memory: 512 MB, cost: 3.5 ms, loss: 12 MB",
      "error: 404",
      "ERROR 12.5",
      "precision: 16",
      "Adam(lr=0.1, loss=0.3)",
      "GradientBoostingRegressor(alpha=0.9, error_score=0.5)",
      "Namespace(lr=0.1, loss=0.3, f1=(1, 2))",
      "{'lr': 0.1, 'depth': 6, 'epochs': 10}",
      R"({"lr": 0.1, "hidden": 64, "epoch": 3})",
      R"({"level": "info", "ts": 1700000000.5, "msg": "listening", "port": 8080})",
      "Best params: {'alpha': 0.5, 'loss_weight': 0.3}",
      "[LightGBM] [Info] Start training from score 2.080000",
      "[LightGBM] [Info] Total Bins 6132",
      "Epoch 00003: val_loss improved from 0.50000 to 0.40000, saving model to best.h5",
      "Epoch 5: early stopping",
      "sha256: 0.3a45 loss: 0x3f",
      "our new best overall dev loss: 0.5",
      "loss: about 0.5",
      "loss: 0.3.1",
      "loss::0.3 loss:=0.3 x=>0.3",
      "  0%|          | 0/30 [00:00<?, ?it/s]",
      "100%|██████████| 30/30 [00:05<00:00,  5.87it/s]",
      "938/938 [==============================] - 4s 4ms/step",
      "ip 10.0.0.1:80 mac 0.3",
      "[12]\ttime: 0.5",
      "[1/3] building",
      "   1        0.5123        1.2s",
      "loss",
      "= : . () {}",
  };
  for (const std::string& line : lines) {
    EXPECT_THAT(read(line + "\n"), IsEmpty()) << line;
  }
}

TEST(ScalarText, PiecesOfAnySize)
{
  const std::string text =
      "loss: 0.1\r\n 10%|█ | loss=5\r\r100%|██| [1it/s, loss=0.25]\r   \r\n"
      "\nacc: 0.5";
  const auto whole = read(text);
  EXPECT_THAT(whole, ElementsAre("loss=0.1 1 pairs", "loss=0.25 2 progress", "acc=0.5 4 pairs"));
  for (const std::size_t piece : {1U, 2U, 3U, 7U, 20U}) {
    EXPECT_EQ(read(text, default_scalar_rules(), piece), whole) << piece;
  }
}

TEST(ScalarText, LongLinesSayNothingAndTheNextOneCounts)
{
  const std::string blanks(16384, ' ');
  const std::string text = blanks + "loss: 0.1\nloss: 0.2\n";
  const std::string redrawn =
      std::string(200'000, 'x') + "\rloss: 0.3\r" + std::string(16'000, ' ') + "\r \nloss: 0.4\n";
  for (const std::size_t piece : {1000U, 50'000U, 1'000'000U}) {
    EXPECT_THAT(read(text, default_scalar_rules(), piece), ElementsAre("loss=0.2 2 pairs"));
    EXPECT_THAT(read(redrawn, default_scalar_rules(), piece),
                ElementsAre("loss=0.3 1 pairs", "loss=0.4 2 pairs"))
        << piece;
  }
}

TEST(ScalarText, TellsWhereALineEnds)
{
  std::vector<std::uint64_t> ends;
  ScalarReader reader(default_scalar_rules(),
                      [&](const TextScalar& one) { ends.push_back(one.end); });
  reader.feed("loss: 0.1\nx\nlo");
  reader.feed("ss: 0.2\nloss: 0.3");
  reader.finish();
  EXPECT_THAT(ends, ElementsAre(10, 22, 31));
}

TEST(ScalarText, PatternsThatAreOff)
{
  const std::string text =
      "loss: 0.1\n{'loss': 0.2}\n[1]\ttrain-rmse:0.3\n"
      "10%|█ | [1it/s, loss=0.4]\n{\"loss\": 0.5}\n";
  EXPECT_THAT(read(text, {{"pairs", "json"}, {}}),
              ElementsAre("loss=0.1 1 pairs", "loss=0.5 5 json"));
  EXPECT_THAT(read(text, {}), IsEmpty());
}

TEST(ScalarText, Templates)
{
  const ScalarRules rules{
      {"pairs"}, {"val acc {val_acc} at step {step}", "depth * -> {gain}", "{width} px", "t{t}s"}};
  EXPECT_THAT(read("INFO val  acc 0.5 at step 12, loss: 0.1\n"
                   "depth of the tree = 5 -> 0.25\n"
                   "loss: 0.2\n"
                   "val acc 0.5x at step 1\n"
                   "3.5 px, v1.2 px\n"
                   "took t12s\n",
                   rules),
              ElementsAre("val_acc=0.5 @12 1 val acc {val_acc} at step {step}",
                          "gain=0.25 2 depth * -> {gain}", "loss=0.2 3 pairs",
                          "width=3.5 5 {width} px", "t=12 6 t{t}s"));
}

TEST(ScalarText, RulesThatCanNotBe)
{
  const auto refuses = [](const ScalarRules& rules, const std::string& message) {
    testing::expect_error(model::ErrorKind::usage, HasSubstr(message),
                          [&] { check_scalar_rules(rules); });
  };
  refuses({{"pair"}, {}}, "no pattern is called 'pair'");
  refuses({{}, {"step {step}"}}, "template 'step {step}' names no metric");
  refuses({{}, {""}}, "names no metric");
  check_scalar_rules(default_scalar_rules());
  check_scalar_rules({{}, {"{a} * {b}"}});
}

}  // namespace
}  // namespace mlrepro::format
